import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/index.ts';
import { runStep, textsOf } from '../../testing/run-step.ts';
import { Hash128Set } from './hash-set.ts';
import { chooseBands, jaccard, minHasher, shingles } from './minhash.ts';
import { normaliser } from './normalise.ts';

const poems = [
  '床前明月光，疑是地上霜。举头望明月，低头思故乡。',
  '春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。',
  '床前看月光，疑是地上霜。举头望山月，低头思故乡。',
  '白日依山尽，黄河入海流。欲穷千里目，更上一层楼。',
];
const english = [
  'The quick brown fox jumps over the lazy dog while the sun sets behind the old stone mill.',
  'It was the best of times, it was the worst of times, it was the age of wisdom.',
  'The quick brown fox jumped over the lazy dog while the sun sets behind the old stone mill!',
];

describe('exact-dedup', () => {
  it('keeps the first of texts that are equal when folded', async () => {
    const given = [
      poems[0]!,
      poems[1]!,
      '床前明月光\n疑是地上霜\n举头望明月\n低头思故乡',
      'Hello, World',
      'hello world!',
      'helloworld',
      '',
    ];
    const result = await runStep('exact-dedup', {}, given);
    expect(result.documents.map(({ id }) => id)).toEqual(['d0', 'd1', 'd3', 'd5', 'd6']);
    expect(result.ledger.dropped).toEqual({ 'exact-duplicate': 2 });
    expect((await runStep('exact-dedup', { normalize: 'none' }, given)).documents).toHaveLength(7);
    expect(textsOf(await runStep('exact-dedup', { normalize: 'whitespace' }, ['a  b', 'a b\n', 'a,b']))).toEqual([
      'a  b',
      'a,b',
    ]);
  });

  it('is a set, at any size', () => {
    const set = new Hash128Set(4);
    const texts = Array.from({ length: 5000 }, (_, i) => `text ${i % 2500}`);
    const added = texts.filter((text) => set.add(text));
    expect(added).toHaveLength(2500);
    expect(set.size).toBe(2500);
  });
});

describe('near-dedup', () => {
  it('drops small variants in both languages and says of what', async () => {
    const result = await runStep('near-dedup', { ngram: 2, threshold: 0.6 }, poems);
    expect(result.documents.map(({ id }) => id)).toEqual(['d0', 'd1', 'd3']);
    expect(result.dropped[0]).toMatchObject({
      id: 'd2',
      reason: 'near-duplicate',
      detail: expect.stringMatching(/^of d0 \(Jaccard 0\.6\d\d\)$/),
    });
    expect((await runStep('near-dedup', { ngram: 2, threshold: 0.8 }, poems)).documents).toHaveLength(4);
    expect((await runStep('near-dedup', { threshold: 0.8 }, english)).documents).toHaveLength(2);
    expect((await runStep('near-dedup', { unit: 'word', ngram: 2, threshold: 0.75 }, english)).documents).toHaveLength(
      2,
    );
  });

  it('treats empty and very short texts as what they are', async () => {
    const result = await runStep('near-dedup', {}, ['', '…', 'a', 'b', 'A!', 'ab']);
    expect(textsOf(result)).toEqual(['', 'a', 'b', 'ab']);
  });

  it('compares with kept documents only: no chains', async () => {
    const base = Array.from({ length: 40 }, (_, i) => String.fromCodePoint(0x4e00 + i * 7));
    const variant = (changed: number) =>
      base.map((c, i) => (i < changed ? `${String.fromCodePoint(0x6000 + i * 5)}` : c)).join('');
    // 4 and 8 go because of 0; 12 is like 8 but not like 0, so it stays.
    const result = await runStep('near-dedup', { ngram: 1, threshold: 0.66 }, [
      variant(0),
      variant(4),
      variant(8),
      variant(12),
    ]);
    expect(result.documents.map(({ id }) => id)).toEqual(['d0', 'd3']);
  });

  it('finds what exact comparison of all pairs finds (recall ≥ 0.98, no false drop)', async () => {
    const rng = new Rng(3);
    const word = () => String.fromCodePoint(0x4e00 + rng.int(600));
    const texts: string[] = [];
    for (let i = 0; i < 300; i++) {
      const words = Array.from({ length: 60 }, word);
      texts.push(words.join(''));
      for (let k = 0; k < rng.int(4); k++) words[rng.int(60)] = word();
      texts.push(words.join(''));
    }
    const threshold = 0.8;
    const sets = texts.map((text) => shingles(text, 'character', 3));
    const kept: number[] = [];
    const expected = new Set<number>();
    for (let i = 0; i < texts.length; i++) {
      if (kept.some((j) => jaccard(sets[i]!, sets[j]!) >= threshold)) expected.add(i);
      else kept.push(i);
    }
    const result = await runStep('near-dedup', { ngram: 3, threshold }, texts);
    const found = new Set(result.dropped.map(({ id }) => Number(id.slice(1))));
    expect(expected.size).toBeGreaterThan(100);
    expect([...found].filter((i) => !expected.has(i))).toEqual([]);
    expect(found.size / expected.size).toBeGreaterThanOrEqual(0.98);
  });

  it('refuses bands that do not fit', async () => {
    await expect(runStep('near-dedup', { num_perm: 64, bands: 20, rows: 5 }, ['a'])).rejects.toThrow(/need 100 hashes/);
    expect((await runStep('near-dedup', { bands: 14, rows: 8 }, ['a', 'a'])).documents).toHaveLength(1);
  });
});

describe('minhash', () => {
  it('estimates the Jaccard similarity', () => {
    const hash = minHasher(512);
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 200 }),
        fc.integer({ min: 0, max: 100 }),
        fc.nat(1e6),
        (common, own, salt) => {
          const text = (from: number, n: number) =>
            Array.from({ length: n }, (_, i) => `w${salt}x${from + i}`).join(' ');
          const a = shingles(`${text(0, common)} ${text(1000, own)}`, 'word', 1);
          const b = shingles(`${text(0, common)} ${text(2000, own)}`, 'word', 1);
          const [left, right] = [new Int32Array(512), new Int32Array(512)];
          hash(a, left);
          hash(b, right);
          const estimate = left.filter((value, i) => value === right[i]).length / 512;
          const exact = common / (common + 2 * own);
          expect(jaccard(a, b)).toBeCloseTo(exact, 10);
          expect(Math.abs(estimate - exact)).toBeLessThan(0.13); // five standard deviations at most
        },
      ),
      { seed: 5, numRuns: 40 },
    );
  });

  it('stops early only below the threshold', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 40 })),
        fc.uniqueArray(fc.integer({ min: 0, max: 40 })),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (a, b, threshold) => {
          const [left, right] = [Int32Array.from(a).sort(), Int32Array.from(b).sort()];
          const exact = jaccard(left, right);
          const bounded = jaccard(left, right, threshold);
          expect(bounded).toBe(exact >= threshold ? exact : bounded < threshold ? bounded : Number.NaN);
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });

  it('chooses bands near the threshold', () => {
    for (const threshold of [0.3, 0.5, 0.7, 0.8, 0.9, 1]) {
      const { bands, rows } = chooseBands(threshold, 128, 0.98);
      const chance = (similarity: number) => 1 - (1 - similarity ** rows) ** bands;
      expect(bands * rows).toBeLessThanOrEqual(128);
      expect(chance(threshold)).toBeGreaterThanOrEqual(0.98);
      expect(chance(threshold / 4)).toBeLessThan(0.7);
    }
    expect(chooseBands(0.01, 8, 0.99)).toEqual({ bands: 8, rows: 1 });
  });
});

describe('loose comparison', () => {
  it('drops spaces where the script has none, keeps them between words', () => {
    const fold = normaliser('loose');
    expect(fold('　床前 明月光，\n疑是 GPT-2 地上霜。')).toBe('床前明月光疑是gpt 2地上霜');
    expect(fold('ＡＢＣ  Def')).toBe('abc def');
  });
});
