import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/index.ts';
import { type Given, runStep } from '../../testing/run-step.ts';
import { Clusters, trainClusters } from './clusters.ts';
import { shareOut } from './diversity-plan.ts';
import { selectSmallest } from './select.ts';

const verse = readFileSync(new URL('../../../../examples/shakespeare/data/input.txt', import.meta.url), 'utf8');
const poems = gunzipSync(readFileSync(new URL('../../../../examples/poet/data/quatrains.jsonl.gz', import.meta.url)))
  .toString()
  .split('\n', 400)
  .map((line) => (JSON.parse(line) as { text: string }).text);
const ids = (result: { documents: { id: string }[] }) => result.documents.map(({ id }) => id);

describe('selectSmallest', () => {
  it('takes what sorting takes, group by group', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1))), { maxLength: 60 }),
        fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
        async (items, quotas) => {
          const keyed = items.map(([group, key]) => [group, key * 131_071] as const);
          const pass = async (each: (number: number, group: number, key: number, weight: number) => void) => {
            for (const [i, [group, key]] of keyed.entries()) each(i, group, key, 1);
          };
          const selection = await selectSmallest(quotas, pass, 1 << 20);
          const taken = keyed.map(([group, key]) => selection.takes(group, key, 1));
          for (const [group, quota] of quotas.entries()) {
            const mine = keyed.flatMap(([g], i) => (g === group ? [i] : []));
            const wanted = [...mine].sort((a, b) => keyed[a]![1] - keyed[b]![1] || a - b).slice(0, quota);
            expect(mine.filter((i) => taken[i])).toEqual(wanted.sort((a, b) => a - b));
          }
        },
      ),
      { numRuns: 60, seed: 6 },
    );
  });

  it('says when there are more groups than memory', async () => {
    await expect(selectSmallest(new Array(100).fill(1), async () => {}, 1 << 20)).rejects.toMatchObject({
      code: 'bad-input',
    });
  });
});

describe('random', () => {
  const texts = Array.from({ length: 500 }, (_, i) => `text ${i}`);
  it('takes an exact number, the same ones each time, others for another seed', async () => {
    const first = await runStep('random', { count: 50 }, texts);
    expect(first.documents).toHaveLength(50);
    expect(ids(await runStep('random', { count: 50 }, texts))).toEqual(ids(first));
    expect(ids(await runStep('random', { count: 50 }, texts, 8))).not.toEqual(ids(first));
    const more = new Set(ids(await runStep('random', { count: 80 }, texts)));
    expect(ids(first).every((id) => more.has(id))).toBe(true);
    expect((await runStep('random', { count: 900 }, texts)).documents).toHaveLength(500);
    expect(first.ledger.dropped).toEqual({ 'not-sampled': 450 });
  });

  it('takes about a fraction, and not by the place of a document', async () => {
    const part = ids(await runStep('random', { fraction: 0.3 }, texts));
    expect(part.length).toBeGreaterThan(110);
    expect(part.length).toBeLessThan(190);
    const turned = await runStep(
      'random',
      { fraction: 0.3 },
      texts.map((text, i) => ({ text, id: `d${i}` })).reverse(),
    );
    expect(ids(turned).sort()).toEqual([...part].sort());
  });

  it('wants one of the two', async () => {
    await expect(runStep('random', {}, ['a'])).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('balance', () => {
  const given: Given[] = [
    ...Array.from({ length: 900 }, (_, i) => ({ id: `en${i}`, text: 'word '.repeat(20), meta: { language: 'en' } })),
    ...poems.slice(0, 90).map((text, i) => ({ id: `zh${i}`, text, meta: { language: 'zh-Hant' } })),
    ...Array.from({ length: 10 }, (_, i) => ({ id: `x${i}`, text: 'x', meta: {} })),
  ];
  const counts = async (config: Record<string, unknown>) => {
    const { documents } = await runStep('balance', config, given);
    const found: Record<string, number> = {};
    for (const { meta } of documents)
      found[String(meta.language ?? '-')] = (found[String(meta.language ?? '-')] ?? 0) + 1;
    return found;
  };

  it('changes nothing by default, caps groups exactly', async () => {
    expect(await counts({})).toEqual({ en: 900, 'zh-Hant': 90, '-': 10 });
    expect(await counts({ max_per_group: 100 })).toEqual({ en: 100, 'zh-Hant': 90, '-': 10 });
  });

  it('gives groups the weights asked for, repeating small ones by option', async () => {
    expect(await counts({ weights: { en: 1, 'zh-Hant': 1 } })).toEqual({ en: 90, 'zh-Hant': 90 });
    expect(await counts({ weights: { en: 2, 'zh-Hant': 1 }, max_repeat: 2.5 })).toEqual({ en: 450, 'zh-Hant': 225 });
    const { documents, ledger } = await runStep('balance', { weights: { en: 1, 'zh-Hant': 1 }, max_repeat: 3 }, given);
    expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
    expect(documents.filter(({ id }) => id.startsWith('zh0')).map(({ id }) => id)).toEqual(['zh0', 'zh0#2', 'zh0#3']);
    expect(ledger.counters.repeated).toBe(180);
  });

  it('flattens by temperature', async () => {
    const flat = await counts({ temperature: 1000, total: 30 });
    expect(flat).toEqual({ en: 10, 'zh-Hant': 10, '-': 10 });
    const xlm = await counts({ temperature: 2, total: 300 });
    // √900 : √90 : √10 = 30 : 9.49 : 3.16
    expect(xlm.en! / xlm['zh-Hant']!).toBeCloseTo(3.16, 1);
  });

  it('counts characters', async () => {
    const { documents } = await runStep('balance', { unit: 'characters', weights: { en: 1, 'zh-Hant': 1 } }, given);
    const size = (language: string) =>
      documents.filter(({ meta }) => meta.language === language).reduce((sum, { text }) => sum + text.length, 0);
    expect(Math.abs(size('en') - size('zh-Hant'))).toBeLessThanOrEqual(100);
  });

  it('names groups that are not there', async () => {
    await expect(counts({ weights: { fr: 1 } })).rejects.toMatchObject({ message: expect.stringContaining("'fr'") });
  });
});

describe('diversity', () => {
  const topics = [
    'the ship sailed over the ocean waves with sailors and captain storm harbour anchor'.split(' '),
    'the cook baked bread with butter flour sugar oven kitchen recipe salt dough'.split(' '),
    'the court judged law crime prison lawyer verdict witness trial evidence jury'.split(' '),
  ];
  const rng = new Rng(4);
  const written = (topic: number) =>
    Array.from({ length: 40 }, () => topics[topic]![rng.int(topics[topic]!.length)]!).join(' ');
  const given: Given[] = Array.from({ length: 300 }, (_, i) => {
    const topic = i % 10 === 0 ? 2 : i % 10 < 3 ? 1 : 0;
    return { id: `d${i}`, text: written(topic), meta: { topic } };
  });
  it('finds the topics', async () => {
    const { documents } = await runStep('diversity', { clusters: 3, dimensions: 4096 }, given);
    const pairs = new Map<string, number>();
    for (const { meta } of documents)
      pairs.set(`${meta.topic}→${meta.cluster}`, (pairs.get(`${meta.topic}→${meta.cluster}`) ?? 0) + 1);
    expect(pairs.size).toBe(3);
  });

  it('parts English from Chinese', async () => {
    const two = [
      ...poems.slice(0, 100),
      ...verse
        .split('\n\n')
        .filter((text) => text.length > 100)
        .slice(0, 100),
    ];
    const { documents } = await runStep('diversity', { clusters: 2 }, two);
    const clusterOf = (from: number) => new Set(documents.slice(from, from + 100).map(({ meta }) => meta.cluster));
    expect(clusterOf(0).size + clusterOf(100).size).toBeLessThanOrEqual(3);
  });

  it('keeps equal shares, deterministically', async () => {
    const config = { clusters: 3, count: 60, dimensions: 4096 };
    const result = await runStep('diversity', config, given);
    const sizes = [0, 1, 2].map((topic) => result.documents.filter(({ meta }) => meta.topic === topic).length);
    expect(sizes).toEqual([20, 20, 20]);
    expect(ids(await runStep('diversity', config, given))).toEqual(ids(result));
    expect(result.ledger.dropped).toEqual({ 'cluster-full': 240 });
  });

  it('picks the typical or the odd ones', async () => {
    const odd = { id: 'odd', text: `${written(0)} zebra quartz xylophone nebula`, meta: { topic: 0 } };
    const all = [...given.filter((one) => typeof one !== 'string' && one.meta?.topic === 0), odd];
    const config = { clusters: 2, count: 100, share: 'size', dimensions: 4096 };
    expect(ids(await runStep('diversity', { ...config, pick: 'farthest' }, all))).toContain('odd');
    expect(ids(await runStep('diversity', { ...config, pick: 'central' }, all))).not.toContain('odd');
  });

  it('does not break on empty and equal texts', async () => {
    expect((await runStep('diversity', { clusters: 5 }, ['', '', ''])).documents).toHaveLength(3);
    expect((await runStep('diversity', { clusters: 5, count: 2 }, ['a b', 'a b', 'c d', ''])).documents).toHaveLength(
      2,
    );
  });
});

describe('shareOut', () => {
  it('gives whole numbers that sum to the count, none above its size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }),
        fc.nat(200),
        fc.constantFrom('equal', 'root', 'size'),
        (sizes, count, share) => {
          const quotas = shareOut(sizes, count, share);
          const all = sizes.reduce((a, b) => a + b, 0);
          expect(quotas.reduce((a, b) => a + b, 0)).toBe(Math.min(count, all));
          for (const [i, quota] of quotas.entries()) expect(quota).toBeLessThanOrEqual(sizes[i]!);
        },
      ),
      { numRuns: 200, seed: 7 },
    );
    expect(shareOut([100, 5, 50], 60, 'equal')).toEqual([28, 5, 27]);
  });
});

describe('Clusters', () => {
  it('moves centroids to the means', () => {
    const vector = (a: number, b: number) => ({
      features: [0, 1],
      values: [a / Math.hypot(a, b), b / Math.hypot(a, b)],
    });
    const sample = [vector(1, 0.1), vector(1, 0.2), vector(0.1, 1), vector(0.2, 1)];
    const clusters = trainClusters(sample, { k: 2, dimensions: 2, epochs: 20, seed: 1 });
    const assigned = sample.map((one) => clusters.assign(one));
    expect(assigned[0]!.cluster).toBe(assigned[1]!.cluster);
    expect(assigned[2]!.cluster).toBe(assigned[3]!.cluster);
    expect(assigned[0]!.cluster).not.toBe(assigned[2]!.cluster);
    for (const { distance } of assigned) expect(distance).toBeLessThan(0.02);
    expect(new Clusters(3, 4).k).toBe(3);
  });
});
