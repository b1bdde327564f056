import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel, type OnnxAttribute, type OnnxModel, onnxDataType } from './encode.ts';

/** A protobuf reader that knows nothing of ONNX: field number → values in order (varints as bigint, the rest as bytes). */
type Fields = Map<number, (bigint | Uint8Array)[]>;
function decode(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    let value: bigint | Uint8Array;
    if ((tag & 7) === 0) value = varint();
    else {
      const length = (tag & 7) === 5 ? 4 : Number(varint());
      expect(at + length).toBeLessThanOrEqual(bytes.length);
      value = bytes.slice(at, at + length);
      at += length;
    }
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}
const text = (value: bigint | Uint8Array | undefined) => new TextDecoder().decode(value as Uint8Array);
const texts = (fields: Fields, field: number) => (fields.get(field) ?? []).map(text);
const ints = (fields: Fields, field: number) =>
  (fields.get(field) ?? []).map((value) => BigInt.asIntN(64, value as bigint));
const messages = (fields: Fields, field: number) =>
  (fields.get(field) ?? []).map((value) => decode(value as Uint8Array));
const float = (value: bigint | Uint8Array) => new DataView((value as Uint8Array).buffer).getFloat32(0, true);

function decodeAttribute(fields: Fields): OnnxAttribute {
  switch (Number(ints(fields, 20)[0])) {
    case 1:
      return { float: float(fields.get(2)![0]!) };
    case 2:
      return ints(fields, 3)[0]!;
    case 3:
      return text(fields.get(4)![0]);
    case 6:
      return { floats: (fields.get(7) ?? []).map(float) };
    case 7:
      return ints(fields, 8);
    case 8:
      return { strings: texts(fields, 9) };
    default:
      throw new Error('unknown attribute type');
  }
}

const emptyModel = { nodes: [], inputs: [], outputs: [], opsets: { '': 18 } } satisfies OnnxModel;

describe('encodeModel', () => {
  it('writes nodes and attributes that decode to what was given (property)', () => {
    const int = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const f32 = fc.float({ noNaN: true });
    const attribute = fc.oneof(
      int,
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.array(int),
      f32.map((value) => ({ float: value })),
      fc.array(f32).map((floats) => ({ floats })),
      fc.array(fc.string()).map((strings) => ({ strings })),
    );
    const node = fc.record({
      opType: fc.string({ minLength: 1 }),
      name: fc.string({ minLength: 1 }),
      domain: fc.constantFrom('com.microsoft', 'x.y'),
      inputs: fc.array(fc.string()),
      outputs: fc.array(fc.string({ minLength: 80, maxLength: 300 })),
      attributes: fc.dictionary(fc.string(), attribute),
    });
    fc.assert(
      fc.property(fc.array(node, { maxLength: 4 }), (nodes) => {
        const graph = messages(decode(encodeModel({ ...emptyModel, nodes })), 7)[0]!;
        const decoded = messages(graph, 1).map((fields) => ({
          inputs: texts(fields, 1),
          outputs: texts(fields, 2),
          name: texts(fields, 3)[0],
          opType: texts(fields, 4)[0],
          attributes: messages(fields, 5).map((one) => [texts(one, 1)[0], decodeAttribute(one)]),
          domain: texts(fields, 7)[0],
        }));
        expect(decoded).toEqual(nodes.map((one) => ({ ...one, attributes: Object.entries(one.attributes) })));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('writes versions, value infos with named dims, and initializers', () => {
    const data = Uint8Array.from({ length: 400 }, (_, i) => i % 251);
    const model = decode(
      encodeModel({
        ...emptyModel,
        opsets: { '': 18, 'com.microsoft': 1 },
        irVersion: 8,
        initializers: [{ name: 'w', dtype: 'float32', shape: [10, 10], data }],
        inputs: [{ name: 'x', dtype: 'int64', shape: ['B', 200] }],
        outputs: [{ name: 'y', dtype: 'bool', shape: [] }],
      }),
    );
    expect(ints(model, 1)).toEqual([8n]);
    expect(messages(model, 8).map((one) => [texts(one, 1)[0], ints(one, 2)[0]])).toEqual([
      ['', 18n],
      ['com.microsoft', 1n],
    ]);
    const graph = messages(model, 7)[0]!;
    const initializer = messages(graph, 5)[0]!;
    expect(ints(initializer, 1)).toEqual([10n, 10n]);
    expect(ints(initializer, 2)).toEqual([BigInt(onnxDataType.float32)]);
    expect(initializer.get(9)![0]).toEqual(data);
    const type = messages(messages(messages(graph, 11)[0]!, 2)[0]!, 1)[0]!;
    expect(ints(type, 1)).toEqual([7n]);
    const dims = messages(messages(type, 2)[0]!, 1);
    expect([texts(dims[0]!, 2)[0], ints(dims[1]!, 1)[0]]).toEqual(['B', 200n]);
  });

  it('makes a model that ONNX Runtime runs', async () => {
    const model = encodeModel({
      nodes: [
        {
          opType: 'Constant',
          inputs: [],
          outputs: ['two'],
          attributes: { value: { tensor: { dtype: 'float32', shape: [], data: Float32Array.of(2) } } },
        },
        { opType: 'Gemm', inputs: ['x', 'w'], outputs: ['g'], attributes: { alpha: { float: 0.5 }, transB: 1 } },
        { opType: 'Mul', inputs: ['g', 'two'], outputs: ['m'] },
        { opType: 'Transpose', inputs: ['m'], outputs: ['y'], attributes: { perm: [1, 0] } },
        { opType: 'Gelu', domain: 'com.microsoft', inputs: ['y'], outputs: ['z'], name: 'scope/gelu' },
      ],
      initializers: [{ name: 'w', dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      inputs: [{ name: 'x', dtype: 'float32', shape: ['B', 3] }],
      outputs: [
        { name: 'y', dtype: 'float32', shape: [2, 'B'] },
        { name: 'z', dtype: 'float32' },
      ],
      opsets: { '': 18, 'com.microsoft': 1 },
    });
    const session = await InferenceSession.create(model);
    const { y, z } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 0, 0, 0, 1, 1), [2, 3]) });
    expect([y!.dims, [...(y!.data as Float32Array)]]).toEqual([
      [2, 2],
      [1, 5, 4, 11],
    ]);
    expect(z!.dims).toEqual([2, 2]);
    await session.release();
  });

  it('refuses a model beyond 2 GiB, wrong byte counts and non-integers', () => {
    const data = new Uint8Array(2 ** 31);
    const big = { ...emptyModel, initializers: [{ name: 'w', dtype: 'uint8' as const, shape: [2 ** 31], data }] };
    expect(() => encodeModel(big)).toThrow(/ONNX allows 2 GiB/);
    const short = {
      ...emptyModel,
      initializers: [{ name: 'w', dtype: 'float32' as const, shape: [3], data: new Uint8Array(8) }],
    };
    expect(() => encodeModel(short)).toThrow(/'w' float32 \[3\] has 8 bytes, not 12/);
    const fraction = { ...emptyModel, nodes: [{ opType: 'A', inputs: [], outputs: [], attributes: { alpha: 0.5 } }] };
    expect(() => encodeModel(fraction)).toThrow(/A\.alpha is 0\.5, not an integer/);
  });
});
