/** A data build that is killed, stopped, poisoned, or run on other threads ends with the very bytes of a quiet one. */

import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { hashFile } from '../../src/core/node.ts';
import { athanor, json, root, scratch, start } from './athanor.ts';

let place: ReturnType<typeof scratch>;
let recipe: string;
/** The uninterrupted build, and how long it took. */
let whole: Record<string, string>;
let milliseconds: number;

const build = (workspace: string, ...more: string[]) => [
  ...['data', 'build', recipe, '--workspace', join(place.path, workspace), '--json', ...more],
];

/** Every file of the dataset's folder, by its hash: to compare the bytes themselves takes half a minute. */
function filesOf(workspace: string): Record<string, string> {
  const folder = join(place.path, workspace, 'datasets/poems');
  return Object.fromEntries(
    (readdirSync(folder, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), hashFile(path)]),
  );
}

beforeAll(async () => {
  place = scratch();
  const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')))
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { text: string }).text);
  const rng = new Rng(5);
  const lines = Array.from({ length: 15_000 }, (_, i) => {
    const parts = Array.from({ length: 1 + rng.int(6) }, () => poems[rng.int(poems.length)]!);
    return JSON.stringify({ id: `p${i}`, text: `${parts.join('\n')}  ${i % 9 === 0 ? '' : i}` });
  });
  writeFileSync(join(place.path, 'poems.jsonl'), `${lines.join('\n')}\n`);
  recipe = join(place.path, 'recipe.yaml');
  writeFileSync(
    recipe,
    `name: poems
seed: 3
stages:
  - data:
      name: poems
      sources: [{ type: jsonl, path: poems.jsonl }]
      steps:
        - { use: unicode-nfc }
        - { use: whitespace }
        - { use: min-length, min: 30 }
        - { use: exact-dedup }
        - { use: near-dedup, ngram: 3, threshold: 0.7 }
        - { use: to-simplified }
      shard_bytes: 500000
`,
  );
  const begin = performance.now();
  expect(await athanor(build('whole'))).toMatchObject({ code: 0 });
  milliseconds = performance.now() - begin;
  whole = filesOf('whole');
});
afterAll(() => place?.remove());

describe('data build', () => {
  it('ends with dataset, version, manifest and counts', async () => {
    const { stdout } = await athanor(build('whole'));
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ dataset: 'poems', cached: true, counts: { in: 15_000 } });
    const { version, manifest, counts } = result;
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ version, counts });
    const dropped = Object.values(counts.dropped as Record<string, number>).reduce((a, b) => a + b, 0);
    expect(counts.out + dropped).toBe(15_000);
    expect(Object.keys(counts.dropped)).toEqual(
      expect.arrayContaining(['too-short', 'exact-duplicate', 'near-duplicate']),
    );
  });

  it('gives the same bytes on one thread and on three', async () => {
    for (const threads of ['1', '3']) {
      expect(await athanor(build(`threads-${threads}`, '--threads', threads))).toMatchObject({ code: 0 });
      expect(filesOf(`threads-${threads}`)).toEqual(whole);
    }
  });

  it('gives the same bytes after kill -9 at twenty random moments', async () => {
    let kills = 0;
    for (let round = 0; kills < 20; round++) {
      const workspace = `killed-${round}`;
      for (let again = 0; again < 5; again++) {
        const running = start(build(workspace));
        await sleep(200 + Math.random() * milliseconds * 0.8);
        running.child.kill('SIGKILL');
        if ((await running.done).code === null) kills++;
      }
      expect(await athanor(build(workspace))).toMatchObject({ code: 0 });
      expect(filesOf(workspace)).toEqual(whole);
      rmSync(join(place.path, workspace), { recursive: true });
      expect(round).toBeLessThan(20);
    }
  });

  it('stops at Ctrl-C, says how to go on, and goes on', async () => {
    const running = start(build('stopped'));
    await running.seen(/\[poems\]/);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.done;
    expect(code).toBe(130);
    expect(stderr).toMatch(/same command again/);
    expect(readdirSync(join(place.path, 'stopped/datasets/poems')).some((name) => name.startsWith('.building-'))).toBe(
      true,
    );
    expect(await athanor(build('stopped'))).toMatchObject({ code: 0 });
    expect(filesOf('stopped')).toEqual(whole);
  });
});

describe('the web example', () => {
  it('makes pages, archives and texts a versioned dataset with a report; diff, verify, stats and gc work on it', async () => {
    const workspace = ['--workspace', join(place.path, 'web'), '--json'];
    const example = join(root, 'examples/web/recipe.yaml');
    const run = async (...args: string[]) => {
      const result = await athanor([...args, ...workspace]);
      expect(result.code, result.stderr).toBe(0);
      return json(result);
    };
    const first = await run('data', 'build', example);
    const counts = first.counts as { in: number; out: number; dropped: Record<string, number> };
    expect(counts.in).toBe(386);
    expect(counts.out).toBeGreaterThan(200);
    expect(Object.values(counts.dropped).reduce((a, b) => a + b, 0)).toBe(counts.in - counts.out);
    const out = join(place.path, 'web.jsonl');
    await run('data', 'export', 'web', '--out', out);
    const documents = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; meta: { language: string } });
    expect(documents).toHaveLength(counts.out);
    expect(new Set(documents.map(({ meta }) => meta.language.slice(0, 2)))).toEqual(new Set(['en', 'zh']));
    expect(documents.filter(({ text }) => /<\/?(div|span|a|p)[ >]/.test(text)).length).toBeLessThan(5);
    const csv = join(place.path, 'web.csv');
    const refused = await athanor(['data', 'export', 'web', '--out', csv, ...workspace]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('.jsonl.gz, .parquet or .tfrecord') });
    expect(existsSync(csv)).toBe(false);
    expect(await run('data', 'verify', 'web')).toMatchObject({ ok: true, version: first.version });
    const stricter = await run('data', 'build', example, '--set', 'data.steps.length.min=1000');
    expect(stricter.version).not.toBe(first.version);
    const diff = await run('data', 'diff', `web@${first.version}`, 'web');
    expect(diff.rules).toEqual([{ use: 'length', change: 'changed', details: ['min: 200 → 1000'] }]);
    expect((diff.documents as { removed: number }).removed).toBeGreaterThan(10);
    const page = join(place.path, 'web.html');
    await run('data', 'report', 'web', '--out', page, '--against', `web@${first.version}`);
    expect(readFileSync(page, 'utf8')).toMatch(/site-boilerplate[\s\S]+too-short[\s\S]+<\/html>/);
    const stats = await run('data', 'stats', 'web', '--against', `web@${first.version}`);
    expect(stats).toMatchObject({
      statistics: { documents: expect.any(Number) },
      drift: { vocabulary: expect.anything() },
    });
    expect((await athanor(['data', 'gc', '--versions', ...workspace])).code).toBe(2);
    expect(await run('data', 'gc', '--versions', '--yes')).toMatchObject({ deleted: true, items: 1 });
    expect((await athanor(['data', 'verify', `web@${first.version}`, ...workspace])).code).not.toBe(0);
    expect(await run('data', 'verify', 'web')).toMatchObject({ ok: true });
  });
});

describe('poison', () => {
  it('costs the document, with its reason, and never the run', async () => {
    const folder = join(place.path, 'poison');
    mkdirSync(folder);
    const file = createWriteStream(join(folder, 'poison.jsonl'));
    const write = async (bytes: string | Buffer) => {
      if (!file.write(bytes)) await once(file, 'drain');
    };
    await write('{"id":"first","text":"a good document, 第一篇"}\n{"id":"long","text":"');
    for (let i = 0; i < 200; i++) await write('x'.repeat(1 << 20));
    await write('"}\n');
    await write(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d, 0x0a]));
    await write(
      `${JSON.stringify({ id: 'regex', text: `${'a'.repeat(1e6)}!${' '.repeat(1e6)}\t${'('.repeat(1e6)}` })}\n`,
    );
    await write(`${JSON.stringify({ id: 'deep', text: '<div>'.repeat(200_000) })}\n`);
    await write(`${JSON.stringify({ id: 'marks', text: `e${'\u0301'.repeat(1e6)}` })}\n`);
    await write(`${JSON.stringify({ id: 'half', text: 'half \ud800 a pair \0' })}\n`);
    await write('{"id":"last","text":"another good document, 最后一篇"}\n');
    file.end();
    await once(file, 'close');
    writeFileSync(
      join(folder, 'recipe.yaml'),
      `name: poison
stages:
  - data:
      name: poison
      sources: [{ type: jsonl, path: poison.jsonl }]
      steps: [{ use: unicode-nfc }, { use: control-characters }, { use: whitespace }, { use: near-dedup }, { use: to-simplified }]
      split: { train: 1, validation: 0, test: 0 }
`,
    );
    const workspace = join(folder, 'ws');
    const { code, stdout, stderr } = await athanor([
      ...['data', 'build', join(folder, 'recipe.yaml'), '--workspace', workspace, '--json'],
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { counts } = JSON.parse(stdout);
    expect(counts.dropped).toEqual({ 'line-too-long': 1, 'not-utf8': 1 });
    expect(counts.out).toBe(6);
    const out = join(folder, 'out.jsonl');
    expect(await athanor(['data', 'export', 'poison', '--out', out, '--workspace', workspace])).toMatchObject({
      code: 0,
    });
    const ids = readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(['first', 'regex', 'deep', 'marks', 'half', 'last']);
    const dropped = join(folder, 'dropped.jsonl');
    const exported = ['data', 'export', 'poison', '--dropped', '--out', dropped, '--workspace', workspace];
    expect(await athanor(exported)).toMatchObject({ code: 0 });
    const records = readFileSync(dropped, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    expect(records.map(({ id, step, reason }) => [id, step, reason])).toEqual([
      ['poison.jsonl:2', 'source:jsonl', 'line-too-long'],
      ['poison.jsonl:3', 'source:jsonl', 'not-utf8'],
    ]);
    expect(existsSync(join(workspace, 'lock'))).toBe(false);
  });
});
