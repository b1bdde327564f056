/** A disk that fills up in the middle of any write: the crawl stops with the reason, and later goes on as if nothing was. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CrawlFolder } from './testing/run.ts';
import { html, linksTo, Site } from './testing/site.ts';

const disk = { writesLeft: Number.POSITIVE_INFINITY };
const { writeSync } = fs;
beforeAll(() => {
  fs.writeSync = ((fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
    if (disk.writesLeft-- > 0) return writeSync(fd, bytes, offset, length, position);
    // Half of it is written, as a process that was killed or a full disk leaves it.
    if (length > 1) writeSync(fd, bytes, offset, length >> 1, position);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }) as typeof writeSync;
  syncBuiltinESMExports();
});
afterAll(() => {
  fs.writeSync = writeSync;
  syncBuiltinESMExports();
});
afterEach(() => {
  disk.writesLeft = Number.POSITIVE_INFINITY;
});

describe('a full disk', () => {
  it('costs the page under way, wherever it strikes', async () => {
    const site = await Site.start({
      '/': linksTo('/1', '/2'),
      '/1': linksTo('/3', '/2'),
      '*': (request, response) => html(response, request.url!),
    });
    const expected = ['/', '/1', '/2', '/3'];
    let writes = 0;
    try {
      for (; writes < 100; writes++) {
        const folder = new CrawlFolder();
        site.visits.length = 0;
        disk.writesLeft = writes;
        const failed = await folder.run({ seeds: [site.url('/')] }).catch((error: unknown) => error);
        disk.writesLeft = Number.POSITIVE_INFINITY;
        const full = failed instanceof Error;
        if (full) {
          expect(failed).toMatchObject({ code: 'io', message: expect.stringContaining('no space left') });
          await folder.run({ seeds: [site.url('/')] });
        }
        expect((await folder.kept()).sort(), `write ${writes}`).toEqual(expected);
        expect(site.paths.length, `write ${writes}`).toBeLessThanOrEqual(expected.length + 1);
        folder.remove();
        if (!full) break;
      }
    } finally {
      await site.close();
    }
    expect(writes).toBeGreaterThan(15);
    expect(writes).toBeLessThan(100);
  });
});
