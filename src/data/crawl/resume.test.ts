/** Crawls that are killed, and files that were torn: what was fetched is there once, and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../core/index.ts';
import { Journal } from './journal.ts';
import { CrawlFolder, quick } from './testing/run.ts';
import { html, linksTo, Site } from './testing/site.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let bundle: string;
beforeAll(async () => {
  // As deep as src/core, which asks `../../package.json` for the version.
  bundle = mkdtempSync(join(root, 'node_modules', '.athanor-child-'));
  const entry = join(root, 'src/data/crawl/testing/child.ts');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { ssr: entry, outDir: bundle, minify: false, rollupOptions: { output: { entryFileNames: 'child.mjs' } } },
  });
});
afterAll(() => rmSync(bundle, { recursive: true, force: true }));

/** A tree of pages, three links each, with bodies of some kilobytes. */
const pages = 60;
const tree = (slow: number) =>
  Site.start({
    '*': (request, response) => {
      const n = Number(request.url!.slice(1) || 0);
      const children = [3 * n + 1, 3 * n + 2, 3 * n + 3].filter((child) => child < pages).map((child) => `/${child}`);
      setTimeout(() => html(response, `${linksTo(...children, '/', '/1')}<p>${`${n} `.repeat(500)}`), slow);
    },
  });

let site: Site | undefined;
const folders: CrawlFolder[] = [];
const newFolder = (): CrawlFolder => {
  const folder = new CrawlFolder();
  folders.push(folder);
  return folder;
};
afterEach(async () => {
  await site?.close();
  for (const folder of folders.splice(0)) folder.remove();
});

const options = (more: Record<string, unknown> = {}) => ({ ...quick, seeds: [site!.url('/')], max_depth: 50, ...more });

function child(
  folder: CrawlFolder,
  config: unknown,
): { process: ChildProcess; ended: Promise<number | null>; stderr: () => string } {
  const process_ = spawn(process.execPath, [join(bundle, 'child.mjs'), folder.path, JSON.stringify(config)], {
    cwd: root,
  });
  let stderr = '';
  process_.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return { process: process_, ended: new Promise((resolve) => process_.on('close', resolve)), stderr: () => stderr };
}

describe('a killed crawl', () => {
  it('goes on: every page once, but for those that were under way', async () => {
    site = await tree(2);
    const whole = newFolder();
    await whole.run(options());
    const expected = (await whole.kept()).sort();
    expect(expected).toHaveLength(pages);
    site.visits.length = 0;
    const folder = newFolder();
    const rng = new Rng(11);
    let kills = 0;
    for (; kills < 5; kills++) {
      const run = child(folder, options({ warc_megabytes: 0.02 }));
      const before = site.visits.length;
      const after = 2 + rng.int(9);
      while (site.visits.length - before < after && run.process.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 1 + rng.int(3)));
      run.process.kill('SIGKILL');
      await run.ended;
    }
    const last = child(folder, options({ warc_megabytes: 0.02 }));
    expect(await last.ended, last.stderr()).toBe(0);
    expect((await folder.kept()).sort()).toEqual(expected);
    expect(folder.files.length).toBeGreaterThan(2);
    const counts = new Map<string, number>();
    for (const path of site.paths) counts.set(path, (counts.get(path) ?? 0) + 1);
    const again = [...counts.values()].reduce((sum, n) => sum + n - 1, 0);
    expect(again).toBeLessThanOrEqual(kills);
    // It did stop in the middle, more than once.
    expect(site.visits.filter(({ path }) => path === '/robots.txt').length).toBeGreaterThanOrEqual(kills);
    const numbers = folder.pages().map(({ n }) => n);
    expect(new Set(numbers).size).toBe(pages);
  }, 60_000);

  it('stops on request and goes on', async () => {
    site = await tree(5);
    const folder = newFolder();
    const controller = new AbortController();
    const stopped = folder.run(options(), { signal: controller.signal });
    setTimeout(() => controller.abort(), 150);
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    const before = folder.pages().length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(pages);
    const report = await folder.run(options());
    expect(report).toMatchObject({ ended: 'finished', pages, runs: 2 });
    expect(await folder.kept()).toHaveLength(pages);
  });
});

describe('a crawl that runs', () => {
  it('is refused to others, and can be gone on with once it was given back', async () => {
    site = await tree(5);
    const folder = newFolder();
    const running = folder.run(options());
    await expect(folder.run(options())).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`the crawl 'test' is in use by process ${process.pid}`),
      hint: expect.stringContaining('choose another name'),
    });
    await running;
    await folder.run(options());
    expect(await folder.kept()).toHaveLength(pages);
    expect(readdirSync(folder.path)).not.toContain('lock');
  });
});

describe('torn files', () => {
  const half = async (): Promise<CrawlFolder> => {
    site = await tree(0);
    const folder = newFolder();
    await folder.run(options({ max_pages: 25 }));
    return folder;
  };
  const finish = async (folder: CrawlFolder): Promise<void> => {
    const report = await folder.run(options());
    expect(report).toMatchObject({ ended: 'finished', pages });
    expect(new Set(await folder.kept()).size).toBe(pages);
    expect(await folder.kept()).toHaveLength(pages);
  };

  it('what was written without its line in the log is cut off', async () => {
    const folder = await half();
    appendFileSync(join(folder.path, folder.files[0]!), Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]));
    appendFileSync(join(folder.path, 'round-1/frontier.jsonl'), '{"n":999,"u":"http://127.0.0.1/never"}\n{"n":10');
    appendFileSync(join(folder.path, 'round-1/pages.jsonl'), '{"n":31,"u":"http://half');
    await finish(folder);
    expect(site!.paths).toHaveLength(pages);
  });

  it('wherever the log ends, the rest follows', async () => {
    const folder = await half();
    const log = join(folder.path, 'round-1/pages.jsonl');
    const rng = new Rng(5);
    for (let cut = 0; cut < 5; cut++) {
      const copy = newFolder();
      cpSync(folder.path, copy.path, { recursive: true });
      truncateSync(join(copy.path, 'round-1/pages.jsonl'), rng.int(statSync(log).size));
      await finish(copy);
    }
  });

  it('what the log vouches for and the disk lost is fetched again', async () => {
    const folder = await half();
    const log = join(folder.path, 'round-1/pages.jsonl');
    // Without the marks of what was synced, every page is checked.
    const journal = new Journal(log);
    const lines = [...journal.replay()];
    journal.cut(lines.findLast(({ value }) => 'sync' in (value as object))!.offset);
    journal.close();
    const warc = join(folder.path, folder.files[0]!);
    truncateSync(warc, statSync(warc).size - 700);
    await finish(folder);
    expect(site!.paths.length).toBeGreaterThan(pages);
  });

  it('a frontier that the disk lost is found again', async () => {
    const folder = await half();
    const log = join(folder.path, 'round-1/pages.jsonl');
    const journal = new Journal(log);
    journal.cut([...journal.replay()].findLast(({ value }) => 'sync' in (value as object))!.offset);
    journal.close();
    truncateSync(join(folder.path, 'round-1/frontier.jsonl'), 1000);
    await finish(folder);
  });

  it('a frontier that the disk has as zeros is found again, also by the run after the next', async () => {
    const folder = await half();
    const journal = new Journal(join(folder.path, 'round-1/pages.jsonl'));
    journal.cut([...journal.replay()].findLast(({ value }) => 'sync' in (value as object))!.offset);
    journal.close();
    const frontier = join(folder.path, 'round-1/frontier.jsonl');
    const bytes = readFileSync(frontier);
    writeFileSync(frontier, bytes.fill(0, 1000));
    await folder.run(options({ max_pages: 28 }));
    await finish(folder);
  });
});
