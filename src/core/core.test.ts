import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AthanorError, invariant, nearest, parse, unknownName } from './index.ts';
import {
  clearLeftovers,
  hashFile,
  hashValue,
  makeDirectory,
  readJson,
  readText,
  removeDirectoryAtomic,
  writeDirectoryAtomic,
  writeFileAtomic,
  writeJson,
} from './node.ts';

const caught = (run: () => unknown): AthanorError => {
  try {
    run();
  } catch (error) {
    if (error instanceof AthanorError) return error;
    throw error;
  }
  throw new AthanorError('internal', 'nothing was thrown');
};

describe('errors', () => {
  it('suggests the nearest name and lists all', () => {
    const error = unknownName('optimizer', 'adamv', ['sgd', 'adamw', 'lion']);
    expect(error.message).toBe("unknown optimizer 'adamv'");
    expect(error.hint).toBe("Did you mean 'adamw'? Known: adamw, lion, sgd.");
    expect(nearest('zzzzzz', ['adamw'])).toBeUndefined();
    expect(caught(() => invariant(false, 'x')).message).toBe('internal: x');
  });
});

describe('parse', () => {
  const schema = z.strictObject({
    train: z.array(z.strictObject({ lr: z.number().positive(), use: z.enum(['a', 'b']).default('a') })),
  });

  it('names the path and what was expected', () => {
    const error = caught(() => parse(schema, { train: [{ lr: 1 }, { lr: 'fast' }] }, 'r.yaml'));
    expect(error.message).toMatch(/^train\[1\]\.lr: .*number/);
    expect(error.place).toBe('r.yaml');
  });

  it('suggests a key for an unknown one', () => {
    const error = caught(() => parse(schema, { train: [{ lt: 1, lr: 1 }] }, 'r.yaml'));
    expect(error.message).toBe("train[0]: unknown key 'lt'");
    expect(error.hint).toBe("Did you mean 'lr'? Known keys: lr, use.");
  });
});

describe('files', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'athanor-core-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('writes whole files and leaves no temp files', () => {
    const path = join(dir, 'deep', 'a.json');
    writeJson(path, { a: 1 });
    writeFileAtomic(path, [Buffer.from('{"a":'), Buffer.from('2}')]);
    expect(readJson(path)).toEqual({ a: 2 });
    expect(readdirSync(join(dir, 'deep'))).toEqual(['a.json']);
    expect(hashFile(path)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps the old file when a write fails half-way', () => {
    const path = join(dir, 'kept.txt');
    writeFileAtomic(path, 'old');
    const failing = (function* () {
      yield Buffer.from('half');
      throw Object.assign(new RangeError('x'), { code: 'ENOSPC' });
    })();
    const error = caught(() => writeFileAtomic(path, failing));
    expect(error.code).toBe('io');
    expect(error.message).toBe(`cannot write ${path}: no space left on the device`);
    expect(readText(path)).toBe('old');
    expect(readdirSync(dir).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });

  it('reports a full disk from the operating system itself', () => {
    const script = `import { writeFileAtomic } from ${JSON.stringify(new URL('../../dist/core/node.js', import.meta.url).href)};
      process.on('SIGXFSZ', () => {});
      try { writeFileAtomic(process.argv[1], Buffer.alloc(1 << 20)); } catch (error) { console.log(error.code, error.message); }`;
    if (!existsSync(new URL('../../dist/core/node.js', import.meta.url)))
      return expect.fail('run `npm run build` first');
    const target = join(dir, 'big.bin');
    const command = 'ulimit -f 8; exec "$0" --input-type=module -e "$1" "$2"';
    const out = execFileSync('bash', ['-c', command, process.execPath, script, target], { encoding: 'utf8' });
    expect(out).toMatch(/^io cannot write .*big\.bin: the file is larger/);
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(dir).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });

  it('replaces a directory as a whole', async () => {
    const path = join(dir, 'model');
    await writeDirectoryAtomic(path, (temp) => writeFileSync(join(temp, 'a'), '1'));
    await expect(
      writeDirectoryAtomic(path, (temp) => {
        writeFileSync(join(temp, 'b'), '2');
        throw new AthanorError('engine', 'stopped');
      }),
    ).rejects.toThrow('stopped');
    expect(readdirSync(path)).toEqual(['a']);
    await writeDirectoryAtomic(path, (temp) => writeFileSync(join(temp, 'c'), '3'));
    expect(readdirSync(path)).toEqual(['c']);
    expect(readFileSync(join(path, 'c'), 'utf8')).toBe('3');
  });

  it('clears what killed writers left, and nothing else', () => {
    const place = join(dir, 'left');
    const { pid } = spawnSync(process.execPath, ['--version']); // ended: nobody has it
    const put = (name: string) => writeFileAtomic(join(place, name, 'content'), name);
    const left = ['a.tmp', 'b.old', 'c.old'].map((name) => `${name}-${pid}-0a1b2c3d`);
    const living = `d.tmp-${process.pid}-0a1b2c3d`;
    for (const name of [...left, living, 'b', 'e.tmp']) put(name);
    clearLeftovers(place);
    // c was moved away and its successor never came.
    expect(readdirSync(place).sort()).toEqual(['b', 'c', living, 'e.tmp']);
    expect(readText(join(place, 'b', 'content'))).toBe('b');
    clearLeftovers(join(dir, 'no such folder'));
    removeDirectoryAtomic(join(place, 'b'));
    expect(readdirSync(place).sort()).toEqual(['c', living, 'e.tmp']);
  });

  it('hashes values regardless of key order', () => {
    expect(hashValue({ a: 1, b: [1, { d: 2, c: 3 }] })).toBe(hashValue({ b: [1, { c: 3, d: 2 }], a: 1 }));
    expect(hashValue({ a: 1 })).not.toBe(hashValue({ a: 2 }));
  });

  it('keeps the old directory when the new one cannot take its name', async () => {
    const path = join(dir, 'replaced');
    await writeDirectoryAtomic(path, (temp) => writeFileAtomic(join(temp, 'a'), 'old'));
    await expect(writeDirectoryAtomic(path, (temp) => rmSync(temp, { recursive: true }))).rejects.toThrow(AthanorError);
    expect(readFileSync(join(path, 'a'), 'utf8')).toBe('old');
    expect(readdirSync(dir).filter((name) => name.startsWith('replaced.'))).toEqual([]);
  });

  it('reads UTF-8 without its mark, and nothing else', () => {
    const path = join(dir, 'text');
    writeFileSync(path, '\uFEFF诗');
    expect(readText(path)).toBe('诗');
    writeFileSync(path, Buffer.from([0x61, 0xff]));
    expect(() => readText(path)).toThrow(expect.objectContaining({ code: 'bad-file', place: path }));
  });

  it('names a malformed JSON file', () => {
    const path = join(dir, 'bad.json');
    writeFileAtomic(path, '{"a": ');
    expect(caught(() => readJson(path)).code).toBe('bad-file');
    expect(caught(() => readText(join(dir, 'none'))).code).toBe('not-found');
  });
});

describe('makeDirectory', () => {
  it('makes parents, accepts what is there, and gives up where the system refuses', () => {
    const dir = mkdtempSync(join(tmpdir(), 'athanor-dir-'));
    try {
      makeDirectory(join(dir, 'a', 'b', 'c'));
      makeDirectory(join(dir, 'a', 'b'));
      expect(readdirSync(join(dir, 'a'))).toEqual(['b']);
      writeFileSync(join(dir, 'file'), '');
      expect(() => makeDirectory(join(dir, 'file'))).toThrow(/EEXIST/);
      expect(() => makeDirectory(join(dir, 'file', 'below'))).toThrow(/ENOTDIR/);
      // Node's recursive mkdir never returns here.
      if (existsSync('/proc/self')) expect(() => makeDirectory('/proc/athanor/x')).toThrow(/ENOENT/);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
