import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileView } from './mmap.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-mmap-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const content = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 31 + (i >> 8)) & 255);

describe.each(['auto', 'read'] as const)('openFileView (%s)', (mode) => {
  it('reads any range, and refuses what is outside', () => {
    const path = join(directory, `a-${mode}`);
    writeFileSync(path, content);
    const file = openFileView(path, { mode });
    expect(file.size).toBe(content.length);
    for (const [offset, length] of [
      [0, 0],
      [0, content.length],
      [4095, 4098],
      [100_000, 1],
      [100_001, 0],
    ] as const)
      expect(Buffer.from(file.view(offset, length)).equals(content.subarray(offset, offset + length))).toBe(true);
    for (const [offset, length] of [
      [-1, 2],
      [0, content.length + 1],
      [100_001, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const)
      expect(() => file.view(offset, length)).toThrow(/not inside/);
    file.dispose();
    file.dispose();
    expect(() => file.view(0, 1)).toThrow(/not inside/);
  });

  it('keeps the old content when a new file is renamed over it', () => {
    const path = join(directory, `b-${mode}`);
    writeFileSync(path, content);
    const file = openFileView(path, { mode });
    writeFileSync(`${path}.new`, 'new');
    renameSync(`${path}.new`, path);
    expect(Buffer.from(file.view(0, content.length)).equals(content)).toBe(true);
    file.dispose();
  });

  it('opens an empty file and names a missing one', () => {
    const path = join(directory, `c-${mode}`);
    writeFileSync(path, '');
    const file = openFileView(path, { mode });
    expect(file.view(0, 0)).toHaveLength(0);
    file.dispose();
    expect(() => openFileView(join(directory, 'missing'), { mode })).toThrow(/no such file.*/);
  });
});

describe('a mapping', () => {
  // Elsewhere ranged reads are used.
  it.runIf(process.platform === 'linux' || process.platform === 'darwin')(
    'is a mapping, and its views outlive dispose',
    () => {
      const path = join(directory, 'd');
      writeFileSync(path, content);
      const file = openFileView(path);
      expect(file.mapped).toBe(true);
      const view = file.view(0, 16);
      file.dispose();
      expect(Buffer.from(view).equals(content.subarray(0, 16))).toBe(true);
    },
  );

  it('survives many cycles', () => {
    const path = join(directory, 'e');
    writeFileSync(path, content);
    for (let i = 0; i < 300; i++) {
      const file = openFileView(path);
      expect(file.view(i, 1)[0]).toBe(content[i]);
      file.dispose();
    }
  });
});
