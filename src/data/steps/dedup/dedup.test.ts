import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/index.ts';
import { runStep, textsOf } from '../../testing/run-step.ts';
import { type ShingleSet, ShingleTable, shingler, shingleSet } from './shingles.ts';
import { chooseBands, leastMatches, PackedSignature, Sketcher } from './sketch.ts';

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

  it('compares any field, and leaves documents without it alone', async () => {
    const urls = ['https://a.example/1', 'https://a.example/2', 'https://a.example/1', undefined, undefined];
    const given = urls.map((url, i) => ({ text: `text ${i}`, meta: url ? { url } : {} }));
    const result = await runStep('exact-dedup', { field: 'url', normalize: 'none' }, given);
    expect(result.documents.map(({ id }) => id)).toEqual(['d0', 'd1', 'd3', 'd4']);
    expect(result.dropped[0]).toMatchObject({ id: 'd2', reason: 'exact-duplicate', detail: 'of d0' });
  });

  it('gives the same in any memory', async () => {
    const given = Array.from({ length: 6000 }, (_, i) => `text ${(i * 7919) % 2500}`);
    const small = await runStep('exact-dedup', {}, given, 7, 1 << 16);
    expect(small.documents).toHaveLength(2500);
    expect(small.dropped).toEqual((await runStep('exact-dedup', {}, given)).dropped);
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
    const sets = texts.map((text) => setOf(text, { unit: 'character', ngram: 3 }));
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

  it('gives the same in any memory, and on a bucket that all documents share', async () => {
    const rng = new Rng(11);
    const word = () => `w${rng.int(900)}`;
    const template = Array.from({ length: 40 }, (_, i) => `boilerplate${i}`);
    const given: string[] = [];
    for (let i = 0; i < 1500; i++) {
      const own = Array.from({ length: 22 }, word);
      given.push([...template, ...own].join(' '));
      if (i % 3 === 0) {
        own[rng.int(22)] = word();
        given.push([...template, ...own].join(' '));
      }
    }
    const options = { unit: 'word', ngram: 1, threshold: 0.9 };
    const large = await runStep('near-dedup', options, given);
    expect(large.dropped.length).toBeGreaterThan(450);
    expect(await runStep('near-dedup', options, given, 7, 1 << 16)).toEqual(large);
    expect(await runStep('near-dedup', options, given, 7, 1 << 20)).toEqual(large);
  });

  it('refuses bands that do not fit', async () => {
    await expect(runStep('near-dedup', { num_perm: 64, bands: 20, rows: 5 }, ['a'])).rejects.toThrow(/need 100 hashes/);
    expect((await runStep('near-dedup', { bands: 14, rows: 8 }, ['a', 'a'])).documents).toHaveLength(1);
  });
});

describe('sketches', () => {
  it('estimate the Jaccard similarity, of small sets and large', () => {
    const sketcher = new Sketcher(512, shingler({ normalize: 'loose', unit: 'word', ngram: 1 }));
    let sum = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.nat(1e6),
        (common, own, salt) => {
          const text = (from: number, n: number) =>
            Array.from({ length: n }, (_, i) => `w${salt}x${from + i}`).join(' ');
          const a = `${text(0, common)} ${text(100_000, own)}`;
          const b = `${text(0, common)} ${text(200_000, own)}`;
          sketcher.sketch(a);
          const left = sketcher.values.slice();
          sketcher.sketch(b);
          const estimate = left.filter((value, i) => value === sketcher.values[i]).length / 512;
          const exact = common / (common + 2 * own);
          expect(jaccard(setOf(a, { unit: 'word', ngram: 1 }), setOf(b, { unit: 'word', ngram: 1 }))).toBeCloseTo(
            exact,
            6,
          );
          expect(Math.abs(estimate - exact)).toBeLessThan(0.12); // five standard deviations and a half at most
          sum += estimate - exact;
        },
      ),
      { seed: 5, numRuns: 40 },
    );
    expect(Math.abs(sum / 40)).toBeLessThan(0.01);
  });

  it('do not depend on repeats or on the order', () => {
    const sketcher = new Sketcher(64, shingler({ normalize: 'loose', unit: 'word', ngram: 1 }));
    const of = (text: string) => {
      sketcher.sketch(text);
      return Array.from(sketcher.values);
    };
    const words = Array.from({ length: 30 }, (_, i) => `w${i}`);
    const once = of(words.join(' '));
    expect(of([...words].reverse().join(' '))).toEqual(once);
    expect(of(Array.from({ length: 20_000 }, (_, i) => words[i % 30]).join(' '))).toEqual(once);
    expect(of('')).toEqual(new Array(64).fill(0));
  });

  it('pack into bands that are equal where their values are', () => {
    for (const [bands, rows] of [
      [18, 7],
      [20, 4],
      [64, 2],
    ] as const) {
      const packed = new PackedSignature(bands, rows);
      const rng = new Rng(bands);
      const values = Int32Array.from({ length: bands * rows }, () => rng.uint32());
      const changed = values.map((value, i) => (i % (2 * rows) === 0 ? value + 1 : value));
      const bytes = new Uint8Array(2 * packed.bytes);
      packed.pack(values, bytes, 0);
      packed.pack(changed, bytes, packed.bytes);
      const [a, b] = [new Uint32Array(2 * bands), new Uint32Array(2 * bands)];
      packed.bandKeys(bytes, 0, a);
      packed.bandKeys(bytes, packed.bytes, b);
      for (let band = 0; band < bands; band++) {
        const same = a[2 * band] === b[2 * band] && a[2 * band + 1] === b[2 * band + 1];
        expect(same).toBe(band % 2 === 1);
      }
      expect(packed.matches(bytes, 0, bytes, packed.bytes)).toBe(bands * rows - bands / 2);
    }
  });

  it('are set aside only far below the threshold', () => {
    expect(leastMatches(100, 1)).toBe(100);
    expect(leastMatches(128, 0.8)).toBeGreaterThan(128 * 0.55);
    expect(leastMatches(128, 0.8)).toBeLessThan(128 * 0.7);
    expect(leastMatches(128, 0.01)).toBe(0);
  });

  it('choose bands near the threshold', () => {
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

describe('n-gram sets', () => {
  it('have the similarity of the sets of strings', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '月', '光'), maxLength: 60 });
    fc.assert(
      fc.property(
        letters,
        letters,
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (a, b, n, t) => {
          const grams = (text: string) => {
            const points = [...text];
            if (points.length < n) return new Set(points.length === 0 ? [] : [`short ${text}`]);
            return new Set(points.slice(n - 1).map((_, i) => points.slice(i, i + n).join('')));
          };
          const [left, right] = [grams(a), grams(b)];
          const common = [...left].filter((gram) => right.has(gram)).length;
          const exact = left.size + right.size === 0 ? 1 : common / (left.size + right.size - common);
          const options = { normalize: 'none', unit: 'character', ngram: n } as const;
          const [one, two] = [setOf(a, options), setOf(b, options)];
          expect(jaccard(one, two)).toBeCloseTo(exact, 10);
          const bounded = jaccard(one, two, t);
          if (exact >= t) expect(bounded).toBeCloseTo(exact, 10);
          else expect(bounded).toBeLessThan(t);
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });

  it('of a very long text are sampled, consistently', () => {
    const numbers = (from: number, n: number) => Array.from({ length: n }, (_, i) => (from + i).toString(36)).join(' ');
    const a = setOf(numbers(0, 1_100_000), { unit: 'word', ngram: 1 });
    const b = setOf(numbers(300_000, 800_000), { unit: 'word', ngram: 1 });
    expect(a.level).toBe(1);
    expect(b.level).toBe(0);
    expect(Math.abs(jaccard(a, b) - 800_000 / 1_100_000)).toBeLessThan(0.003);
    expect(jaccard(a, b)).toBe(jaccard(b, a));
  });
});

function setOf(text: string, options: Partial<Parameters<typeof shingler>[0]>): ShingleSet {
  return shingleSet(text, shingler({ normalize: 'loose', unit: 'character', ngram: 5, ...options }));
}

function jaccard(a: ShingleSet, b: ShingleSet, threshold = 0): number {
  const table = new ShingleTable();
  table.load(a);
  return table.jaccard(b, threshold);
}
