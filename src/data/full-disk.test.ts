/** A disk that fills up while data is written: a clear error, and nothing half-written. */
import fs, { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildDataset, openDataset, Workspace, writeTokens } from './index.ts';

const disk = { writesLeft: Number.POSITIVE_INFINITY };
const { writeSync } = fs;
beforeAll(() => {
  fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
    if (disk.writesLeft-- <= 0)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    return writeSync(...args);
  }) as typeof writeSync;
  syncBuiltinESMExports();
});
afterAll(() => {
  fs.writeSync = writeSync;
  syncBuiltinESMExports();
});

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'athanor-full-'));
});
afterEach(() => {
  disk.writesLeft = Number.POSITIVE_INFINITY;
  rmSync(base, { recursive: true, force: true });
});

describe('a full disk', () => {
  it('leaves the older version of a dataset in place, wherever it strikes', async () => {
    writeFileSync(
      join(base, 'a.jsonl'),
      Array.from({ length: 24 }, (_, i) => JSON.stringify({ text: `${i % 20} 诗`.repeat(20) })).join('\n'),
    );
    const workspace = new Workspace(join(base, 'ws'));
    const build = (steps: { use: 'exact-dedup' }[]) =>
      buildDataset(
        { name: 'a', sources: [{ type: 'jsonl', path: 'a.jsonl' }], steps, shard_bytes: 1024 },
        { workspace, baseDir: base, seed: 1, threads: 1 },
      );
    const { version } = await build([]);
    let writes = 0;
    for (; writes < 100; writes++) {
      disk.writesLeft = writes;
      const failed = await build([{ use: 'exact-dedup' }]).then(
        () => undefined,
        (error: unknown) => error,
      );
      disk.writesLeft = Number.POSITIVE_INFINITY;
      if (failed === undefined) break;
      expect(failed).toMatchObject({
        code: 'io',
        message: expect.stringContaining('no space left'),
        hint: expect.stringContaining('Free some space'),
      });
      expect(openDataset(workspace, 'a', { verify: 'full' }).version).toBe(version);
      expect(readdirSync(workspace.dataset('a')).filter((name) => name.includes('tmp'))).toEqual([]);
    }
    expect(writes).toBeGreaterThan(5);
    expect(openDataset(workspace, 'a', { verify: 'full' }).version).not.toBe(version);
  }, 120_000);

  it('leaves no token shards', async () => {
    const directory = join(base, 'tokens');
    const documents = [{ ids: [1, 2, 3], labels: [-100, 2, 3], bytes: 3 }];
    for (disk.writesLeft = 0; disk.writesLeft < 4; ) {
      const writes = disk.writesLeft;
      await expect(writeTokens(directory, documents, { vocabSize: 10 })).rejects.toMatchObject({ code: 'io' });
      expect(existsSync(directory)).toBe(false);
      expect(readdirSync(base)).toEqual([]);
      disk.writesLeft = writes + 1;
    }
    expect((await writeTokens(directory, documents, { vocabSize: 10 })).tokens).toBe(3);
  });
});
