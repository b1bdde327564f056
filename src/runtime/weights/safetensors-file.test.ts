/** Files: lazy reads, shards, atomic writes, and what is said when something is wrong. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSafetensors, writeCheckpoint, writeSafetensors } from './safetensors-file.ts';

const root = mkdtempSync(join(tmpdir(), 'athanor-weights-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = () => mkdtempSync(join(root, 'case-'));

const tensors = [
  { name: 'b', dtype: 'bfloat16' as const, shape: [3], data: Uint16Array.of(1, 2, 3) },
  { name: 'w', dtype: 'float32' as const, shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  { name: 'i', dtype: 'int64' as const, shape: [], data: BigInt64Array.of(-5n) },
];

describe('one file', () => {
  it('reads back what was written, also into given memory', () => {
    const path = join(folder(), 'model.safetensors');
    writeSafetensors(path, [...tensors.slice(0, 2), { ...tensors[2]!, data: () => tensors[2]!.data }], {
      format: 'pt',
    });
    const reader = openSafetensors(path);
    expect(reader.names).toEqual(['i', 'w', 'b']);
    expect(reader.metadata).toEqual({ format: 'pt' });
    expect(reader.info('b')).toMatchObject({ dtype: 'bfloat16', shape: [3] });
    for (const { name, dtype, shape, data } of tensors) expect(reader.read(name)).toEqual({ dtype, shape, data });
    const target = new Float32Array(4);
    reader.readInto('w', new Uint8Array(target.buffer));
    expect(target).toEqual(tensors[1]!.data);
    expect(() => reader.readInto('w', new Uint8Array(15))).toThrow("tensor 'w' has 16 bytes, the target 15");
    expect(() => reader.read('x')).toThrowError(
      expect.objectContaining({ code: 'not-found', message: `${path} has no tensor 'x'` }),
    );
    reader.close();
    expect(() => reader.read('w')).toThrow('is closed');
  });

  it('writes the bytes that the format asks for', () => {
    const path = join(folder(), 'x.safetensors');
    writeSafetensors(path, [{ name: 'a', dtype: 'uint8', shape: [2], data: Uint8Array.of(7, 8) }]);
    const bytes = readFileSync(path);
    const header = '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}';
    expect(bytes.readBigUInt64LE(0)).toBe(56n);
    expect(bytes.subarray(8, 64).toString()).toBe(header.padEnd(56));
    expect([...bytes.subarray(64)]).toEqual([7, 8]);
  });

  it('leaves nothing behind when a tensor cannot be produced', () => {
    const directory = folder();
    const data = (): Float32Array => new Float32Array(3);
    expect(() =>
      writeSafetensors(join(directory, 'm.safetensors'), [{ name: 'a', dtype: 'float32', shape: [4], data }]),
    ).toThrow('needs 4 elements');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says which file is missing, cut off or something else', () => {
    const directory = folder();
    const path = join(directory, 'model.safetensors');
    expect(() => openSafetensors(path)).toThrowError(expect.objectContaining({ code: 'not-found', place: path }));
    expect(() => openSafetensors(directory)).toThrowError(
      expect.objectContaining({ code: 'not-found', message: expect.stringContaining('no model.safetensors') }),
    );
    writeSafetensors(path, tensors);
    truncateSync(path, statSync(path).size - 1);
    expect(() => openSafetensors(path)).toThrowError(
      expect.objectContaining({ code: 'bad-file', message: expect.stringContaining('cut off') }),
    );
    writeFileSync(path, 'PK\u0003\u0004 this is a zip file, really');
    expect(() => openSafetensors(path)).toThrowError(expect.objectContaining({ code: 'bad-file', place: path }));
  });
});

describe('checkpoints', () => {
  it('are one file when small, shards with an index when large', () => {
    const small = folder();
    expect(writeCheckpoint(small, tensors)).toEqual(['model.safetensors']);
    const large = folder();
    const files = writeCheckpoint(large, tensors, { shardBytes: 20 });
    expect(files).toEqual([
      'model-00001-of-00003.safetensors',
      'model-00002-of-00003.safetensors',
      'model-00003-of-00003.safetensors',
      'model.safetensors.index.json',
    ]);
    expect(JSON.parse(readFileSync(join(large, 'model.safetensors.index.json'), 'utf8'))).toMatchObject({
      metadata: { total_size: 30 },
    });
    for (const directory of [small, large]) {
      const reader = openSafetensors(directory);
      expect([...reader.names].sort()).toEqual(['b', 'i', 'w']);
      for (const { name, dtype, shape, data } of tensors) expect(reader.read(name)).toEqual({ dtype, shape, data });
      reader.close();
    }
  });

  it('refuse an index that points elsewhere or to nothing', () => {
    const directory = folder();
    const index = join(directory, 'model.safetensors.index.json');
    writeFileSync(index, JSON.stringify({ weight_map: { a: '../secret.safetensors' } }));
    expect(() => openSafetensors(directory)).toThrow(
      `tensor 'a' is said to be in "../secret.safetensors", which is not a file name`,
    );
    writeFileSync(index, JSON.stringify({}));
    expect(() => openSafetensors(directory)).toThrow('has no weight_map');
    writeFileSync(index, JSON.stringify({ weight_map: { a: 'none.safetensors' } }));
    expect(() => openSafetensors(directory).read('a')).toThrowError(expect.objectContaining({ code: 'not-found' }));
    writeSafetensors(join(directory, 'none.safetensors'), tensors);
    expect(() => openSafetensors(directory).read('a')).toThrow("has no tensor 'a'");
    expect(existsSync(index)).toBe(true);
  });
});
