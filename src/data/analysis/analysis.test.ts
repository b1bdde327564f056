import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../core/index.ts';
import { buildDataset, type DataStageInput, openDataset, openReference, Workspace } from '../index.ts';
import { findLeaks } from '../leaks.ts';
import { diffDatasets } from './diff.ts';
import { divergence, measureDrift } from './drift.ts';
import { HistogramBuilder, lengthEdges, quantile } from './histogram.ts';
import { escapeHtml, reportHtml } from './report.ts';
import { datasetStatistics, StatisticsBuilder } from './statistics.ts';
import { TopCounts } from './top-counts.ts';

let base: string;
let workspace: Workspace;
/** Versions of one dataset: as it is; with documents added, removed and changed; with another rule. */
let versions: string[];

const poems = gunzipSync(readFileSync(new URL('../../../examples/poet/data/quatrains.jsonl.gz', import.meta.url)))
  .toString()
  .split('\n')
  .slice(0, 600)
  .map((line, i) => ({ id: `p${i}`, text: (JSON.parse(line) as { text: string }).text, language: 'zh-Hant' }));
const english = Array.from({ length: 200 }, (_, i) => ({
  id: `e${i}`,
  text: `Shall I compare thee to a summer's day number ${i}? Thou art more lovely and more temperate.`,
  language: 'en',
}));

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'athanor-analysis-'));
  workspace = new Workspace(join(base, 'ws'));
  const changed = poems
    .filter((_, i) => i !== 100 && i !== 101)
    .map((poem, i) => (i === 300 ? { ...poem, text: `${poem.text}！` } : poem));
  const build = async (documents: readonly object[], stage: Partial<DataStageInput> = {}) => {
    writeFileSync(join(base, 'd.jsonl'), documents.map((one) => JSON.stringify(one)).join('\n'));
    const config = { name: 'd', sources: [{ type: 'jsonl', path: 'd.jsonl' }], shard_bytes: 8000, ...stage };
    return (await buildDataset(config as DataStageInput, { workspace, baseDir: base, seed: 1, threads: 0 })).version;
  };
  versions = [
    await build(poems),
    await build([...changed, { id: 'new', text: '新しい', language: 'ja' }]),
    await build(poems, { steps: [{ use: 'whitespace', max_blank_lines: 2 }] }),
    await build([...poems.slice(0, 100), ...english]),
  ];
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const open = (i: number) => openDataset(workspace, 'd', { version: versions[i]! });
const statistics = (i: number) => datasetStatistics(open(i), workspace, { sample: 1e6, report: silent });

describe('diff', () => {
  it('finds documents added, removed and changed, and reads only what differs', async () => {
    const diff = await diffDatasets(open(0), open(1));
    expect(diff.documents).toEqual({ same: 597, added: 1, removed: 2, changed: 1, moved: 0 });
    expect(diff.examples.added).toEqual([{ id: 'new', after: '新しい' }]);
    expect(diff.examples.removed.map(({ id }) => id).sort()).toEqual(['p100', 'p101']);
    expect(diff.examples.changed[0]!.after).toBe(`${diff.examples.changed[0]!.before}！`);
    expect(diff.sharedShards).toBeGreaterThan(3);
    expect(diff.sources).toEqual(['source 1 (jsonl): the content of its files']);
    expect(diff.rules).toEqual([]);
  });

  it('finds changed rules', async () => {
    expect((await diffDatasets(open(0), open(2))).rules).toEqual([{ use: 'whitespace', change: 'added' }]);
    expect((await diffDatasets(open(2), open(0))).rules).toEqual([{ use: 'whitespace', change: 'removed' }]);
    const none = await diffDatasets(open(0), open(0));
    expect(none.documents).toEqual({ same: 600, added: 0, removed: 0, changed: 0, moved: 0 });
  });

  it('opens versions by their beginnings, and says which there are', () => {
    expect(openReference(workspace, `d@${versions[1]!.slice(0, 8)}`).version).toBe(versions[1]);
    expect(() => openReference(workspace, 'd@zzz')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(versions[0]!) }),
    );
    expect(() => openReference(workspace, 'd@')).toThrow(/several versions/);
  });

  it('shares the shards of versions on the disk', () => {
    const linked = open(1).manifest.splits.train.shards.map(
      ({ file }) => statSync(join(open(1).directory, file)).nlink,
    );
    expect(linked.filter((n) => n >= 3).length).toBeGreaterThan(3);
  });
});

describe('leaks', () => {
  it('are near-duplicates on two sides, and nothing else', async () => {
    const twice = [
      ...poems.slice(0, 60),
      ...poems.slice(0, 60).map((one) => ({ ...one, id: `again-${one.id}`, text: `${one.text}。` })),
    ];
    writeFileSync(join(base, 'twice.jsonl'), twice.map((one) => JSON.stringify(one)).join('\n'));
    const config: DataStageInput = {
      name: 'twice',
      sources: [{ type: 'jsonl', path: 'twice.jsonl' }],
      split: { train: 0.5, validation: 0.25, test: 0.25 },
    };
    await buildDataset(config, { workspace, baseDir: base, seed: 1, threads: 0 });
    const dataset = openDataset(workspace, 'twice');
    const sideOf = new Map<string, string>();
    for (const split of ['train', 'validation', 'test'] as const)
      for await (const { id } of dataset.documents(split)) sideOf.set(id, split);
    const parted = poems.slice(0, 60).filter(({ id }) => sideOf.get(id) !== sideOf.get(`again-${id}`)).length;
    const settings = { threshold: 0.8, ngram: 2 };
    const leaks = await findLeaks(dataset, { workspace, settings, examples: 5, threads: 0, report: silent });
    expect(parted).toBeGreaterThan(10);
    expect(Object.values(leaks.counts).reduce((a, b) => a + b, 0)).toBe(parted);
    expect(leaks.examples).toHaveLength(5);
    for (const { id, of, split, ofSplit } of leaks.examples) {
      expect(id.replace('again-', '')).toBe(of.replace('again-', ''));
      expect([sideOf.get(id), sideOf.get(of)]).toEqual([split, ofSplit]);
    }
    const none = await findLeaks(open(0), {
      workspace,
      settings: { threshold: 1 },
      examples: 5,
      threads: 0,
      report: silent,
    });
    expect(none.counts).toEqual({});
  });
});

describe('statistics', () => {
  it('count what is there', async () => {
    const found = await statistics(3);
    expect(found).toMatchObject({ documents: 300, sampled: 300 });
    expect(new Map(found.languages)).toEqual(
      new Map([
        ['en', 200],
        ['zh-Hant', 100],
      ]),
    );
    expect(new Map(found.ngrams['1']).get('lovely')).toBe(200);
    expect(new Map(found.ngrams['3']).get('more lovely and')).toBe(200);
    expect(found.repeats).toMatchObject({ documents: 0, longLines: 200 + 100, linesComplete: true });
    expect(found.scripts.Latin! + found.scripts.Han!).toBeGreaterThan(0.99);
    expect(found.lengths.characters.count).toBe(300);
    expect(found.characters).toBe(found.lengths.characters.sum);
    expect(await statistics(3)).toEqual(found);
  });

  it('look at a sample that is the same every time', async () => {
    const some = () => datasetStatistics(open(0), workspace, { sample: 100, report: silent });
    const { sampled, documents } = await some();
    expect(documents).toBe(600);
    expect(sampled).toBeGreaterThan(60);
    expect(sampled).toBeLessThan(140);
    expect(await some()).toEqual(await some());
  });

  it('see repeated documents, lines and scores', () => {
    const builder = new StatisticsBuilder();
    const text = 'a line that is long enough to be counted\nshort';
    for (const quality of [0.1, 0.9, 0.95])
      builder.add({ id: 'x', text, meta: { quality, url: 'https://example.org/a' } });
    const found = builder.finish({ dataset: 'x', version: 'y', documents: 3 });
    expect(found.repeats).toEqual({ documents: 2, lines: 2, longLines: 3, linesComplete: true });
    expect(found.scores.quality!.counts[18]! + found.scores.quality!.counts[19]!).toBe(2);
    expect(found.sources).toEqual([['example.org', 3]]);
  });

  it('histograms give quantiles within their bins', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1e6), { minLength: 1 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, share) => {
          const builder = new HistogramBuilder(lengthEdges);
          for (const value of values) builder.add(value);
          const found = quantile(builder.finish(), share)!;
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
          expect(found).toBeLessThanOrEqual(Math.max(1, exact * 2));
          expect(found).toBeGreaterThanOrEqual(Math.floor(exact / 2));
        },
      ),
    );
  });

  it('the most frequent are found in bounded memory', () => {
    const top = new TopCounts(100);
    for (let i = 0; i < 20_000; i++) {
      top.add(`rare ${i}`);
      if (i % 4 === 0) top.add('often');
      if (i % 10 === 0) top.add('less often');
    }
    expect(top.distinct).toBeLessThanOrEqual(100);
    const [[first, n], [second]] = top.top(2) as [[string, number], [string, number]];
    expect([first, second]).toEqual(['often', 'less often']);
    expect(n).toBe(5000);
  });
});

describe('drift', () => {
  it('is nothing between equal versions, and alarms between unlike ones', async () => {
    const same = measureDrift(await statistics(0), await statistics(0));
    expect(same.alarm).toBe(false);
    expect(same.vocabulary.js).toBe(0);
    const other = measureDrift(await statistics(0), await statistics(3));
    expect(other.alarm).toBe(true);
    expect(other.shifts.find(({ name }) => name === 'languages')!.alarm).toBe(true);
    expect(other.vocabulary.risen.map(({ word }) => word)).toContain('lovely');
    expect(other.vocabulary.js).toBeGreaterThan(0.3);
    expect(measureDrift(await statistics(0), await statistics(3), { psi: 1e9, js: 1 }).alarm).toBe(false);
  });

  it('is what the formulas say', () => {
    // Siddiqi's PSI of (50, 50) → (75, 25): 0.25 ln 1.5 − 0.25 ln 0.5 = 0.2747; KL 0.75 ln 1.5 + 0.25 ln 0.5 = 0.1308.
    const { psi, kl } = divergence([50, 50], [75, 25]);
    expect(psi).toBeCloseTo(0.2747, 3);
    expect(kl).toBeCloseTo(0.1308, 3);
  });
});

describe('report', () => {
  it('is one page in both languages that runs nothing and loads nothing', async () => {
    const drift = { name: 'd old', drift: measureDrift(await statistics(0), await statistics(3)) };
    for (const language of ['en', 'zh'] as const) {
      const html = reportHtml({ manifest: open(3).manifest, statistics: await statistics(3), drift, language });
      expect(html).not.toMatch(/<script|<link|src=|href=|@import|url\(/);
      expect(html).toContain(language === 'en' ? 'What each step did' : '各步骤的处理结果');
      expect(html).toContain('more lovely and');
      expect(html.match(/<table>/g)!.length).toBe(html.match(/<\/table>/g)!.length);
    }
  });

  it('escapes what documents hold', () => {
    expect(escapeHtml('<script>"&\'\0')).toBe('&lt;script&gt;&quot;&amp;&#39;\ufffd');
  });
});
