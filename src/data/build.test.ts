import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AthanorError, type ProgressEvent, parse } from '../core/index.ts';
import {
  buildDataset,
  type DataStageInput,
  type Document,
  dataCodeVersion,
  dataInputs,
  dataStageSchema,
  type OpenDataset,
  openDataset,
  type SplitName,
  splitNames,
  Workspace,
} from './index.ts';

const poems = gunzipSync(readFileSync(new URL('../../examples/poet/data/quatrains.jsonl.gz', import.meta.url)))
  .toString()
  .split('\n')
  .slice(0, 400)
  .join('\n');

let base: string;
let workspace: Workspace;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'athanor-build-'));
  workspace = new Workspace(join(base, 'ws'));
  writeFileSync(join(base, 'poems.jsonl.gz'), gzipSync(poems));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const build = (
  stage: DataStageInput,
  options: { seed?: number; report?: (event: ProgressEvent) => void; signal?: AbortSignal; workspace?: Workspace } = {},
) => buildDataset(stage, { workspace, baseDir: base, seed: 7, ...options });

async function collect(dataset: OpenDataset, split: SplitName): Promise<Document[]> {
  const documents: Document[] = [];
  for await (const document of dataset.documents(split)) documents.push(document);
  return documents;
}

const poet: DataStageInput = {
  name: 'poems',
  sources: [{ type: 'jsonl', path: 'poems.jsonl.gz', licence: 'MIT', origin: 'chinese-poetry' }],
  steps: [
    { use: 'unicode-nfc' },
    { use: 'control-characters' },
    { use: 'whitespace', fields: ['text', 'title'] },
    { use: 'to-simplified', fields: ['text', 'title', 'author'] },
    { use: 'min-length', min: 20 },
    { use: 'exact-dedup' },
    { use: 'near-dedup', ngram: 2, threshold: 0.7 },
    { use: 'quatrain-form', drop_irregular: true },
  ],
  licence: 'MIT',
};

async function failure(promise: Promise<unknown>): Promise<AthanorError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AthanorError);
  return error as AthanorError;
}

/** Nothing may lie in the dataset's folder but whole versions and `latest.json`. */
const leftovers = (name: string) =>
  existsSync(workspace.dataset(name))
    ? readdirSync(workspace.dataset(name)).filter((file) => /tmp|old/.test(file))
    : [];

describe('buildDataset', () => {
  it('cleans, splits and explains real poems', async () => {
    const events: ProgressEvent[] = [];
    const result = await build(poet, { report: (event) => events.push(event) });
    const dataset = openDataset(workspace, 'poems', { verify: 'full' });
    expect(result).toMatchObject({ dataset: 'poems', version: dataset.version });
    expect(dataset.hash.startsWith(dataset.version)).toBe(true);
    const { manifest } = dataset;
    const lost = Object.values(manifest.counts.dropped).reduce((a, b) => a + b, 0);
    expect(manifest.counts.in).toBe(400);
    expect(manifest.counts.out + lost).toBe(400);
    expect(manifest.rules.map(({ use }) => use)).toEqual([...poet.steps!.map(({ use }) => use), 'by-hash']);
    for (const [i, rule] of manifest.rules.entries()) expect(rule.in).toBe(i === 0 ? 400 : manifest.rules[i - 1]!.out);
    expect(manifest.sources[0]).toMatchObject({ licence: 'MIT', files: [{ path: 'poems.jsonl.gz' }] });
    const all = (await Promise.all(splitNames.map((split) => collect(dataset, split)))).flat();
    expect(all).toHaveLength(manifest.counts.out);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(all.every(({ meta }) => meta.form === '五言绝句' || meta.form === '七言绝句')).toBe(true);
    expect(all.find(({ id }) => id === 'poems.jsonl.gz:1')?.text).toBe(
      '甘同妻菜茹，极奉母珍羞。一任时人笑，脂膏不自谋。',
    );
    expect(events.at(-1)).toMatchObject({ type: 'progress', stage: 'poems', done: 400 });
  });

  it('makes the same bytes twice, in another place, and another version of another config', async () => {
    const first = await build(poet);
    const bytes = (at: Workspace) => {
      const root = join(at.dataset('poems'), first.version);
      return Object.fromEntries(readdirSync(root).map((file) => [file, readFileSync(join(root, file), 'utf8')]));
    };
    const before = bytes(workspace);
    const elsewhere = new Workspace(join(base, 'other'));
    expect((await build(poet, { workspace: elsewhere })).version).toBe(first.version);
    expect(bytes(elsewhere)).toEqual(before);
    expect((await build(poet)).version).toBe(first.version);
    expect((await build(poet, { seed: 8 })).version).not.toBe(first.version);
    const other = await build({ ...poet, steps: poet.steps!.slice(0, 6) });
    expect(other.version).not.toBe(first.version);
    expect(openDataset(workspace, 'poems').version).toBe(other.version);
    expect(openDataset(workspace, 'poems', { version: first.version }).manifest.counts).toEqual(first.counts);
    expect(leftovers('poems')).toEqual([]);
  });

  it('cuts shards between documents', async () => {
    await build({ name: 'small', sources: [{ type: 'jsonl', path: 'poems.jsonl.gz' }], shard_bytes: 20_000 });
    const { manifest } = openDataset(workspace, 'small', { verify: 'full' });
    expect(manifest.splits.train.shards.length).toBeGreaterThan(1);
    expect(manifest.splits.train.shards.map(({ documents }) => documents).reduce((a, b) => a + b)).toBe(
      manifest.splits.train.documents,
    );
  });

  it('derives a dataset from a dataset, each document on its side', async () => {
    await build(poet);
    await build({
      name: 'chat',
      sources: [{ type: 'dataset', dataset: 'poems' }],
      steps: [{ use: 'to-messages', user: ['以《{title}》为题写一首{form}', '写一首{form}：{title}'] }],
    });
    const parent = openDataset(workspace, 'poems');
    const chat = openDataset(workspace, 'chat');
    expect(chat.manifest.parents).toEqual([{ dataset: 'poems', version: parent.version }]);
    expect(chat.manifest.rules.at(-1)!.use).toBe('inherit');
    for (const split of splitNames) {
      const ids = (await collect(chat, split)).map(({ id }) => id);
      expect(ids).toEqual((await collect(parent, split)).map(({ id }) => id));
    }
    expect((await failure(build({ name: 'x', sources: [{ type: 'dataset', dataset: 'none' }] }))).hint).toContain(
      'chat, poems',
    );
  });

  it('keeps what was dropped, with step and reason', async () => {
    await build(poet);
    const dataset = openDataset(workspace, 'poems');
    const reasons: Record<string, number> = {};
    for await (const record of dataset.dropped()) {
      expect(record.text.length).toBeGreaterThan(0);
      reasons[record.reason] = (reasons[record.reason] ?? 0) + 1;
    }
    expect(reasons).toEqual(dataset.manifest.counts.dropped);
    await build({ ...poet, name: 'slim', keep_dropped: false });
    expect(openDataset(workspace, 'slim').manifest.dropped).toBeUndefined();
  });

  it('gives a cache key what it needs', async () => {
    const before = dataInputs(poet, { workspace, baseDir: base });
    expect(before.files[0]).toMatchObject({ path: 'poems.jsonl.gz', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    writeFileSync(join(base, 'poems.jsonl.gz'), gzipSync(`${poems}\n{"text":"新"}`));
    expect(dataInputs(poet, { workspace, baseDir: base })).not.toEqual(before);
    expect(dataCodeVersion(poet)).toMatchObject({ 'source:jsonl': 1, 'near-dedup': 2, 'by-hash': 1 });
  });
});

describe('bad input', () => {
  const bad = Buffer.concat([
    Buffer.from('{"text":"good"}\n{"text": oops}\n'),
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d, 0x0a]),
    Buffer.from('[1]\n{"body":"x"}\n\n{"text":5}\n{"messages":[{"role":"user"}]}\n{"text":"also good","id":42}\n'),
  ]);

  it('stops and names file and line', async () => {
    writeFileSync(join(base, 'bad.jsonl'), bad);
    const error = await failure(build({ name: 'bad', sources: [{ type: 'jsonl', path: 'bad.jsonl' }] }));
    expect(error.code).toBe('bad-file');
    expect(error.message).toMatch(/^bad\.jsonl:2: not valid JSON/);
    expect(leftovers('bad')).toEqual([]);
    expect(() => openDataset(workspace, 'bad')).toThrow(/there is no dataset 'bad'/);
  });

  it('or counts it under its reason and keeps it aside', async () => {
    writeFileSync(join(base, 'bad.jsonl'), bad);
    const { counts } = await build({ name: 'bad', sources: [{ type: 'jsonl', path: 'bad.jsonl', on_error: 'drop' }] });
    expect(counts).toEqual({
      in: 8,
      out: 2,
      dropped: { 'malformed-json': 1, 'not-utf8': 1, 'not-an-object': 1, 'no-text': 2, 'bad-messages': 1 },
    });
    const records = [];
    for await (const record of openDataset(workspace, 'bad').dropped()) records.push(record);
    expect(records.map(({ id, step }) => [id, step])).toEqual(
      [2, 3, 4, 5, 7, 8].map((line) => [`bad.jsonl:${line}`, 'source:jsonl']),
    );
    expect(Buffer.from(records[1]!.bytes!, 'base64')).toEqual(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
  });

  it('reads chat lines and our own exports', async () => {
    const messages = [
      { role: 'user', content: '你好' },
      { role: 'assistant', content: 'Hello' },
    ];
    const lines = [
      { messages },
      { id: 'e1', text: 'x', meta: { title: 't' } },
      { id: 9, text: 'y', keep: 1, other: 2 },
    ];
    writeFileSync(join(base, 'chat.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
    await build({
      name: 'chat',
      sources: [{ type: 'jsonl', path: 'chat.jsonl' }],
      split: { train: 1, validation: 0, test: 0 },
    });
    expect(await collect(openDataset(workspace, 'chat'), 'train')).toEqual([
      { id: 'chat.jsonl:1', text: '你好\nHello', meta: { messages }, split: 'train' },
      { id: 'e1', text: 'x', meta: { title: 't' }, split: 'train' },
      { id: '9', text: 'y', meta: { keep: 1, other: 2 }, split: 'train' },
    ]);
  });

  it('an empty corpus shows the funnel', async () => {
    const error = await failure(
      build({ ...poet, steps: [{ use: 'unicode-nfc' }, { use: 'min-length', min: 1000 }, { use: 'exact-dedup' }] }),
    );
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain('no document survives');
    expect(error.message).toContain('min-length: 400 → 0  (too-short 400)');
    writeFileSync(join(base, 'empty.jsonl'), '\n\n');
    expect((await failure(build({ name: 'e', sources: [{ type: 'jsonl', path: 'empty.jsonl' }] }))).hint).toContain(
      'hold no documents',
    );
  });

  it('a stop leaves nothing behind', async () => {
    writeFileSync(join(base, 'many.jsonl'), '{"text":"a"}\n'.repeat(5000));
    const controller = new AbortController();
    controller.abort();
    const error = await failure(
      build({ name: 'many', sources: [{ type: 'jsonl', path: 'many.jsonl' }] }, { signal: controller.signal }),
    );
    expect(error.code).toBe('cancelled');
    expect(leftovers('many')).toEqual([]);
  });

  it('notices changed files', async () => {
    const { version } = await build(poet);
    const shard = join(workspace.dataset('poems'), version, 'train-00000.jsonl');
    const text = readFileSync(shard, 'utf8');
    writeFileSync(shard, text.replace('月', '日'));
    expect(openDataset(workspace, 'poems').version).toBe(version);
    expect(() => openDataset(workspace, 'poems', { verify: 'full' })).toThrow(/does not match the hash/);
    writeFileSync(shard, text.slice(0, -5));
    expect(() => openDataset(workspace, 'poems')).toThrow(/the manifest says/);
    expect((await build(poet)).version).toBe(version);
    expect(readFileSync(shard, 'utf8')).toBe(text);
    const manifest = join(workspace.dataset('poems'), version, 'manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"seed": 7', '"seed": 9'));
    expect(() => openDataset(workspace, 'poems')).toThrow(/does not match its version/);
  });
});

describe('text source', () => {
  const play =
    'First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n\n\n第一市民：\n在我们继续之前\n';
  const train = { train: 1, validation: 0, test: 0 };

  it.each([
    ['file', [play]],
    [
      'block',
      [
        'First Citizen:\nBefore we proceed any further, hear me speak.',
        'All:\nSpeak, speak.',
        '第一市民：\n在我们继续之前',
      ],
    ],
    ['line', play.split('\n').filter((line) => line !== '')],
  ] as const)('reads a %s as a document', async (unit, expected) => {
    writeFileSync(join(base, 'play.txt'), play);
    await build({ name: 'play', sources: [{ type: 'text', path: '*.txt', unit }], split: train });
    const documents = await collect(openDataset(workspace, 'play'), 'train');
    expect(documents.map(({ text }) => text)).toEqual(expected);
    expect(documents.at(-1)!.id).toBe({ file: 'play.txt', block: 'play.txt:8', line: 'play.txt:9' }[unit]);
  });

  it('names the line that is not UTF-8', async () => {
    writeFileSync(join(base, 'gbk.txt'), Buffer.concat([Buffer.from('ok\n'), Buffer.from([0xc4, 0xe3])]));
    for (const unit of ['line', 'block'] as const) {
      const stage: DataStageInput = {
        name: 'gbk',
        sources: [{ type: 'text', path: 'gbk.txt', unit, on_error: 'error' }],
      };
      expect((await failure(build(stage))).message).toBe('gbk.txt:2: the line is not valid UTF-8');
    }
    const gbk = Buffer.concat([
      Buffer.from('GBK: '),
      Buffer.from('b4b2c7b0c3f7d4c2b9e2a3acd2c9cac7b5d8c9cfcbaaa1a3', 'hex'),
    ]);
    writeFileSync(join(base, 'gbk.txt'), gbk);
    await build({ name: 'gbk', sources: [{ type: 'text', path: 'gbk.txt' }], split: train });
    const [decoded] = await collect(openDataset(workspace, 'gbk'), 'train');
    expect(decoded!.text).toBe('GBK: 床前明月光，疑是地上霜。');
    expect(decoded!.meta.charset).toMatch(/^gb/);
    writeFileSync(join(base, 'long.txt'), 'x'.repeat(100));
    const long = await failure(
      build({ name: 'long', sources: [{ type: 'text', path: 'long.txt', max_document_bytes: 50, on_error: 'error' }] }),
    );
    expect(long.message).toContain('longer than 50 bytes');
  });
});

describe('dataStageSchema', () => {
  const wrong = (change: Record<string, unknown>) =>
    dataStageSchema.safeParse({ ...poet, ...change }).error!.issues[0]!.message;

  it('suggests names', () => {
    expect(wrong({ steps: [{ use: 'near-dedupe' }] })).toContain(
      "unknown step 'near-dedupe'. Did you mean 'near-dedup'?",
    );
    expect(wrong({ steps: [{ use: 'by-hash' }] })).toContain("unknown step 'by-hash'");
    expect(wrong({ sources: [{ type: 'jsonll', path: 'x' }] })).toContain("Did you mean 'jsonl'?");
    expect(wrong({ sources: [{ type: 'text' }] })).toBe('expected a path, or a list of paths');
    expect(wrong({ sources: [] })).toMatch(/>=1/);
  });

  it('suggests the keys of the step that is meant', () => {
    const hint = (change: Record<string, unknown>) => {
      try {
        parse(dataStageSchema, { ...poet, ...change }, 'recipe.yaml');
      } catch (error) {
        return (error as AthanorError).hint;
      }
      return undefined;
    };
    expect(hint({ steps: [{ use: 'whitespace' }, { use: 'near-dedup', treshold: 0.8 }] })).toMatch(
      /^Did you mean 'threshold'\? Known keys: threshold, unit, ngram/,
    );
    expect(hint({ split: { tain: 1 } })).toMatch(/^Did you mean 'train'\?/);
    expect(hint({ split: { use: 'by-order', tset: 1 } })).toMatch(/^Did you mean 'test'\?/);
    expect(hint({ sources: [{ type: 'jsonl', path: 'x', onerror: 'drop' }] })).toMatch(/^Did you mean 'on_error'\?/);
  });

  it('parses its own output to the same value', () => {
    const once = dataStageSchema.parse(poet);
    expect(dataStageSchema.parse(once)).toEqual(once);
    expect(once.steps[6]).toMatchObject({ use: 'near-dedup', num_perm: 128 });
  });
});
