/** The codec: round trips, and every way a hostile header can lie. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayOver, itemSize, type StoredDType } from '../dtypes.ts';
import { encodeSafetensors, MAX_HEADER_BYTES, parseSafetensorsHeader, type StoredTensor } from './safetensors.ts';

function join(chunks: Iterable<Uint8Array>): Uint8Array {
  return Uint8Array.from([...chunks].flatMap((chunk) => [...chunk]));
}

/** A file from header text (or bytes) and a number of data bytes. */
function file(header: string | Uint8Array, dataBytes = 0, claimed?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const parse = (bytes: Uint8Array) => parseSafetensorsHeader(bytes, { file: 'evil.safetensors' });
const tensor = (dtype: string, shape: unknown, offsets: unknown) =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

describe('round trip', () => {
  const dtypes = Object.keys(itemSize) as StoredDType[];
  const anyTensor: fc.Arbitrary<Omit<StoredTensor, 'name'>> = fc
    .tuple(
      fc.constantFrom(...dtypes),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      fc.infiniteStream(fc.nat(255)),
    )
    .map(([dtype, shape, stream]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      const bytes = Uint8Array.from(
        { length: length * itemSize[dtype] },
        () => (stream.next().value as number) & (dtype === 'bool' ? 1 : 255),
      );
      return { dtype, shape, data: arrayOver(dtype, bytes) };
    });

  it('keeps names, types, shapes, bytes and metadata', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), anyTensor, { maxKeys: 6 }),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        (named, metadata) => {
          const tensors = Object.entries(named).filter(([name]) => name !== '__metadata__');
          const bytes = join(
            encodeSafetensors(
              tensors.map(([name, rest]) => ({ name, ...rest })),
              metadata,
            ),
          );
          const header = parseSafetensorsHeader(bytes);
          expect(header.dataStart % 8).toBe(0);
          expect({ ...header.metadata }).toEqual({ ...metadata });
          expect([...header.tensors.keys()].sort()).toEqual(tensors.map(([name]) => name).sort());
          for (const [name, { dtype, shape, data }] of tensors) {
            const info = header.tensors.get(name)!;
            expect([info.dtype, info.shape]).toEqual([dtype, shape]);
            expect(info.begin % itemSize[dtype]).toBe(0);
            const stored = bytes.slice(header.dataStart + info.begin, header.dataStart + info.end);
            expect(stored).toEqual(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses to write what could not be read', () => {
    const one = { name: 'a', dtype: 'float32' as const, shape: [1], data: new Float32Array(1) };
    expect(() => join(encodeSafetensors([one, one]))).toThrow("two tensors are called 'a'");
    expect(() => join(encodeSafetensors([{ ...one, shape: [2] }]))).toThrow(
      "'a': float32 [2] needs 2 elements, got Float32Array of 1",
    );
    expect(() => join(encodeSafetensors([{ ...one, name: '__metadata__' }]))).toThrow(
      "cannot be called '__metadata__'",
    );
  });
});

describe('hostile headers', () => {
  const f32x2 = tensor('F32', [2], [0, 8]);
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /it has 0 bytes/],
    ['fewer than 8 bytes', new Uint8Array(7), /it has 7 bytes/],
    [
      'a header beyond the limit',
      file('{}', 0, BigInt(MAX_HEADER_BYTES) + 1n),
      /the header says 100000001 bytes; the limit is 100000000/,
    ],
    [
      'a header length of 2^64-1',
      file('{}', 0, 2n ** 64n - 1n),
      /the header says 18446744073709551615 bytes; the limit/,
    ],
    ['a header beyond the file', file('{}', 0, 99n), /the header says 99 bytes, but the file has 10/],
    ['no header at all', file('', 0), /does not start with '\{'/],
    ['white space before the header', file(' {}'), /does not start with '\{'/],
    ['no JSON', file('{"a": }'), /the header is not JSON/],
    ['invalid UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /the header is not UTF-8/],
    [
      'two tensors of one name',
      file(`{"a": ${f32x2}, "a": ${tensor('F32', [2], [8, 16])}}`, 16),
      /tensor 'a': the name occurs twice/,
    ],
    [
      'one name written in two ways',
      file(`{"a": ${f32x2}, "\\u0061": ${tensor('F32', [2], [8, 16])}}`, 16),
      /tensor 'a': the name occurs twice/,
    ],
    [
      'a field given twice',
      file('{"a": {"dtype": "F32", "dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}', 2),
      /tensor 'dtype': the name occurs twice/,
    ],
    ['metadata that are not strings', file('{"__metadata__": {"a": 1}}'), /__metadata__ is not an object of strings/],
    ['an entry that is no object', file('{"a": 3}'), /tensor 'a': its entry is not an object/],
    [
      'an unknown key',
      file('{"a": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0], "x": 1}}'),
      /tensor 'a': its entry has the unknown key 'x'/,
    ],
    [
      'an unknown dtype',
      file(`{"a": ${tensor('F128', [1], [0, 16])}}`, 16),
      /tensor 'a': unknown dtype "F128"; known: F64/,
    ],
    ['a dtype from the prototype', file(`{"a": ${tensor('toString', [1], [0, 4])}}`, 4), /unknown dtype "toString"/],
    [
      'a negative size',
      file(`{"a": ${tensor('F32', [-1], [0, 4])}}`, 4),
      /tensor 'a': its shape \[-1\] is not a list of sizes/,
    ],
    ['a fractional size', file(`{"a": ${tensor('F32', [1.5], [0, 6])}}`, 6), /is not a list of sizes/],
    [
      'a size beyond 2^53',
      file('{"a": {"dtype": "F32", "shape": [9007199254740993], "data_offsets": [0, 4]}}', 4),
      /is not a list of sizes/,
    ],
    [
      'sizes whose product wraps 64 bits',
      file(`{"a": ${tensor('U8', [2 ** 32, 2 ** 32], [0, 0])}}`),
      /U8 \[4294967296, 4294967296\] needs 18446744073709551616 bytes, its data_offsets give 0/,
    ],
    ['offsets in the wrong order', file(`{"a": ${tensor('F32', [2], [8, 0])}}`, 8), /are not \[begin, end\]/],
    ['three offsets', file(`{"a": ${tensor('F32', [2], [0, 4, 8])}}`, 8), /are not \[begin, end\]/],
    [
      'offsets that do not fit the shape',
      file(`{"a": ${tensor('F32', [2], [0, 4])}}`, 4),
      /tensor 'a': F32 \[2\] needs 8 bytes, its data_offsets give 4/,
    ],
    [
      'tensors that overlap',
      file(`{"a": ${f32x2}, "b": ${tensor('F32', [2], [4, 12])}}`, 12),
      /tensor 'b': its bytes 4..12 overlaps the tensor before it/,
    ],
    ['tensors that share bytes', file(`{"a": ${f32x2}, "b": ${f32x2}}`, 8), /tensor 'b': its bytes 0..8 overlaps/],
    [
      'a hole',
      file(`{"a": ${f32x2}, "b": ${tensor('F32', [1], [12, 16])}}`, 16),
      /tensor 'b': its bytes 12..16 leaves a hole/,
    ],
    ['a hole at the start', file(`{"a": ${tensor('F32', [1], [4, 8])}}`, 8), /leaves a hole/],
    [
      'a truncated file',
      file(`{"a": ${f32x2}}`, 7),
      /it is cut off: the tensors need 8 bytes after the header, there are 7/,
    ],
    ['bytes after the last tensor', file(`{"a": ${f32x2}}`, 9), /1 bytes follow the last tensor/],
  ];

  it.each(cases)('refuses %s', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrowError(
      expect.objectContaining({ code: 'bad-file', message: expect.stringMatching(message), place: 'evil.safetensors' }),
    );
  });

  it('accepts the edges', () => {
    expect(parse(file('{}')).tensors.size).toBe(0);
    expect(parse(file(`{"__proto__": ${f32x2}, "empty": ${tensor('F32', [0, 9], [8, 8])}}   `, 8)).tensors.size).toBe(
      2,
    );
    expect(parse(file(`{"a\\"b{": ${f32x2}}`, 8)).tensors.has('a"b{')).toBe(true);
  });

  it('never throws anything else, whatever the bytes', () => {
    const noise = fc.uint8Array({ maxLength: 80 }).map((bytes) => file(bytes));
    const mutated = fc.tuple(fc.nat(200), fc.nat(255)).map(([at, byte]) => {
      const bytes = file(`{"a": ${f32x2}, "b": ${tensor('I64', [1, 1], [8, 16])}}`, 16);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(noise, mutated), (bytes) => {
        try {
          parse(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-file' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reads a header of 50,000 tensors in linear time', () => {
    const entries = Array.from({ length: 50_000 }, (_, i) => `"t${i}":${tensor('U8', [1], [i, i + 1])}`);
    const started = performance.now();
    expect(parse(file(`{${entries.join(',')}}`, 50_000)).tensors.size).toBe(50_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
