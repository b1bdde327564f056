import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AthanorError, Rng } from '../../core/index.ts';
import { hashFraction } from '../hash-order.ts';
import type { Example } from './examples.ts';
import { FeatureStore } from './feature-store.ts';
import { featureExtractor, featureSettings } from './features.ts';
import { decodeClassifier, encodeClassifier } from './file.ts';
import { measure, rocAuc } from './metrics.ts';
import { best } from './model.ts';
import { piecesOf } from './pieces.ts';
import { trainSettings } from './settings.ts';
import { labelScore, shippedToxicity } from './shipped.ts';
import { trainClassifier } from './train.ts';

const verse = readFileSync(new URL('../../../examples/shakespeare/data/input.txt', import.meta.url), 'utf8');
const lines = verse.split('\n').filter((line) => line.length > 30);
/** A task that needs more than one word: lines as they are, or their words in another order. */
function shuffledLines(count: number): Example[] {
  const rng = new Rng(5);
  return lines
    .slice(0, count)
    .map((line, i) =>
      i % 2 === 0
        ? { text: line, label: 'verse' }
        : { text: rng.shuffle(line.split(' ')).join(' '), label: 'shuffled' },
    );
}
/** Two languages: easy, and in both scripts. */
const twoLanguages: Example[] = Array.from({ length: 200 }, (_, i) => {
  const poem = ['床前明月光', '疑是地上霜', '举头望明月', '低头思故乡', '春眠不觉晓', '处处闻啼鸟'];
  return i % 2 === 0
    ? { text: `${poem[i % 6]!}${poem[(i * 5 + 1) % 6]!}${i}`, label: 'zh' }
    : { text: lines[i]!, label: 'en' };
});
const small = { features: { buckets: 4096 }, epochs: 5 };

/** Any UTF-16 units, halves of pairs too. */
const anyString = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units));

describe('features', () => {
  const extract = (text: string, settings: object) => [
    ...featureExtractor(featureSettings.parse({ buckets: 2 ** 20, ...settings })).extract(text),
  ];
  it('are words and their n-grams; case, digits and width of gaps do not count', () => {
    const settings = { words: 2, characters: null };
    // to, be, and the pairs: begin to, to be, be end
    expect(extract('to be', settings)).toHaveLength(5);
    expect(extract('To  BE', settings)).toEqual(extract('to be', settings));
    expect(extract('year 1984', settings)).toEqual(extract('year 2023', settings));
    expect(extract('to be', settings)).not.toEqual(extract('be to', settings));
  });

  it('are characters of Han text and their n-grams, also between other scripts', () => {
    const settings = { words: 1, han: 3, characters: null };
    expect(extract('明月光', settings)).toHaveLength(6);
    expect(extract('明,月', settings)).toHaveLength(2);
    expect(extract('𠮷野', settings)).toHaveLength(3);
    expect(extract('ab明', settings)).toHaveLength(2);
  });

  it('are parts of words with marked ends', () => {
    // <a ab b> <ab ab> ; 'abc' has also abc
    expect(extract('ab', { words: 0, han: 0, characters: [2, 3] })).toHaveLength(5);
    const inner = extract('xaby', { words: 0, han: 0, characters: [2, 2] });
    const whole = extract('ab', { words: 0, han: 0, characters: [2, 2] });
    expect(whole.filter((id) => inner.includes(id))).toHaveLength(1);
  });

  it('count once, or as often as they stand in the text', () => {
    const settings = { words: 1, han: 1, characters: null };
    expect(extract('spam spam 垃圾 spam 垃', settings)).toHaveLength(3);
    expect(extract('spam spam 垃圾 spam 垃', { ...settings, repeats: true })).toHaveLength(6);
    const extractor = featureExtractor(featureSettings.parse(settings));
    const first = [...extractor.extract('垃圾 spam')];
    expect([...extractor.extract('垃圾 spam')]).toEqual(first);
  });

  it('do not break on any string, and stay linear', () => {
    const extractor = featureExtractor(featureSettings.parse({ max_characters: 2e6, repeats: true }));
    fc.assert(
      fc.property(anyString, (text) => {
        for (const id of extractor.extract(text)) expect(id).toBeLessThan(2 ** 18);
      }),
      { numRuns: 100, seed: 1 },
    );
    for (const unit of ['a', '汉', '\u0301', '\ud800', '😀', '< '])
      expect(extractor.extract(unit.repeat(3e5)).length).toBeLessThan(3e6);
  });
});

describe('trainClassifier', () => {
  it('learns two languages by logistic regression and with a hidden layer', async () => {
    for (const dim of [0, 8]) {
      const trained = await trainClassifier(twoLanguages, trainSettings.parse({ ...small, dim, held_out: 0.2 }));
      expect(trained.metrics!.macro_f1).toBe(1);
      const { model } = decodeClassifier(
        encodeClassifier(trained, { settings: trainSettings.parse({}), inputs: [] }),
        'x',
      );
      expect(model.labels[best(model.predict('窗前明月'))]).toBe('zh');
      expect(model.labels[best(model.predict('the king and the queen of all the land'))]).toBe('en');
    }
  });

  it('learns the order of words from pairs, and not from single words', async () => {
    const task = (words: number) =>
      trainClassifier(
        shuffledLines(8000),
        trainSettings.parse({ features: { words, han: 0, characters: null }, held_out: 0.2 }),
      );
    const [pairs, single] = [await task(3), await task(1)];
    expect(pairs.metrics!.macro_f1).toBeGreaterThan(0.62);
    expect(single.metrics!.macro_f1).toBeLessThan(0.57);
  });

  it('goes on after the first epoch that gets everything right: of equal ones the surest is kept', async () => {
    const settings = trainSettings.parse({ ...small, held_out: 0.2, epochs: 12 });
    const scores: number[] = [];
    const progress = ({ macroF1 }: { macroF1: number | undefined }) => scores.push(macroF1!);
    const { epoch } = await trainClassifier(twoLanguages, settings, { progress });
    expect(scores[0]).toBe(1);
    expect(epoch).toBeGreaterThan(4);
  });

  it('is not thrown off by long texts of one word', async () => {
    // Counted as often as they stand there, 3,000 words a text make steps thousands of times as long as those of prose.
    const shouts = Array.from({ length: 40 }, (_, i) => ({
      text: `${['buy ', '买', 'click ', '卖'][i % 4]!.repeat(3000)}${i}`,
      label: i % 8 < 4 ? 'en' : 'zh',
    }));
    const lastLoss = async (repeats: boolean) => {
      let last = Number.NaN;
      const settings = trainSettings.parse({ features: { buckets: 4096, repeats }, epochs: 5, held_out: 0 });
      await trainClassifier([...twoLanguages, ...shouts], settings, { progress: ({ loss }) => (last = loss) });
      return last;
    };
    expect(await lastLoss(false)).toBeLessThan(0.3);
    expect(await lastLoss(true)).toBeGreaterThan(0.6);
  });

  it('holds out a part of each side of a split by hash', async () => {
    const parts = { train: (f: number) => f < 0.8, test: (f: number) => f >= 0.9 };
    for (const inside of Object.values(parts)) {
      const many = Array.from({ length: 2000 }, (_, i) => ({
        text: `第 ${i} 篇 text`,
        label: i % 2 === 0 ? 'a' : 'b',
      }));
      const side = many.filter(({ text }) => inside(hashFraction(7, text)));
      const settings = trainSettings.parse({ ...small, epochs: 1, seed: 7 });
      const { heldOut } = await trainClassifier(side, settings);
      expect(heldOut / side.length).toBeGreaterThan(0.05);
      expect(heldOut / side.length).toBeLessThan(0.15);
    }
  });

  it('gives the same bytes each time, whatever the memory, and others for another seed', async () => {
    const bytes = async (seed: number, memoryBytes?: number) => {
      const settings = trainSettings.parse({ ...small, seed });
      const trained = await trainClassifier(twoLanguages, settings, memoryBytes === undefined ? {} : { memoryBytes });
      return Buffer.from(encodeClassifier(trained, { settings, inputs: [] })).toString('base64');
    };
    expect(await bytes(1)).toBe(await bytes(1, 1));
    expect(await bytes(1)).not.toBe(await bytes(2));
  });

  it('weighs rare labels up, one-vs-all too', async () => {
    const rare = twoLanguages.filter(({ label }, i) => label === 'en' || i < 20);
    for (const loss of ['softmax', 'one-vs-all']) {
      const settings = trainSettings.parse({ ...small, class_weights: 'balanced', loss, epochs: 8 });
      const { metrics, weights } = await trainClassifier(rare, settings);
      expect(metrics!.macro_f1).toBeGreaterThan(0.9);
      expect(weights.labels).toEqual(['en', 'zh']);
    }
  });

  it('keeps only as many features as asked for', async () => {
    const { weights, metrics } = await trainClassifier(
      twoLanguages,
      trainSettings.parse({ ...small, max_features: 100 }),
    );
    expect(weights.kept.length).toBeLessThanOrEqual(100);
    expect(metrics!.macro_f1).toBeGreaterThan(0.9);
  });

  it('refuses what it cannot learn from', async () => {
    const failure = (examples: Example[], settings = {}) =>
      trainClassifier(examples, trainSettings.parse({ ...small, ...settings })).catch((error: unknown) => error);
    expect(await failure([])).toMatchObject({ code: 'bad-input' });
    expect(await failure([{ text: 'a', label: 'x' }])).toMatchObject({ message: expect.stringContaining("only 'x'") });
    expect(await failure(twoLanguages, { class_weights: { fr: 2 } })).toMatchObject({
      message: expect.stringContaining('fr'),
    });
    expect(await failure(twoLanguages, { features: { buckets: 2 ** 24 }, dim: 512 })).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('16777216 buckets × 512 dimensions need 65536 MiB'),
    });
    expect(await failure(twoLanguages, { rate: 1e38 })).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('diverged in epoch'),
    });
    const stop = trainClassifier(twoLanguages, trainSettings.parse(small), { signal: AbortSignal.abort() });
    await expect(stop).rejects.toThrow();
  });
});

describe('the model file', () => {
  it('is refused where a byte was changed or it was cut', async () => {
    const settings = trainSettings.parse({ ...small, features: { buckets: 64 } });
    const trained = await trainClassifier(twoLanguages, settings);
    const bytes = encodeClassifier(trained, { settings, inputs: [], licence: 'CC0' });
    const file = decodeClassifier(bytes, 'm.bin');
    expect(file.training).toMatchObject({ licence: 'CC0', examples: trained.examples });
    expect(file.metrics).toEqual(trained.metrics);
    expect(file.thresholds).toEqual(trained.thresholds);
    const numbers = bytes.length - trained.weights.kept.length * 10;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
        const bad = Uint8Array.from(cut ? bytes.subarray(0, at) : bytes);
        if (!cut) bad[at]! ^= change;
        try {
          const read = decodeClassifier(bad, 'm.bin');
          // A changed header may still be one; the numbers are the trained ones then.
          expect(at).toBeLessThan(numbers);
          expect(Buffer.from(read.model.rows).equals(Buffer.from(file.model.rows))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(AthanorError);
          expect(error).toMatchObject({ code: 'bad-file', place: 'm.bin' });
        }
      }),
      { numRuns: 300, seed: 9 },
    );
  });

  it('predicts from the file what was measured in training', async () => {
    const settings = trainSettings.parse({ ...small, held_out: 0.5 });
    const trained = await trainClassifier(twoLanguages, settings);
    const { model } = decodeClassifier(encodeClassifier(trained, { settings, inputs: [] }), 'x');
    const right = twoLanguages.filter(({ text, label }) => model.labels[best(model.predict(text))] === label);
    expect(right.length).toBe(twoLanguages.length);
  });
});

describe('FeatureStore', () => {
  it('gives back what was added, from memory and from the disk', () => {
    const store = new FeatureStore(1);
    const rng = new Rng(3);
    const added = Array.from({ length: 30 }, () => Uint32Array.from({ length: rng.int(2e5) }, () => rng.uint32()));
    for (const features of added) store.add(features);
    for (const i of rng.shuffle([...added.keys()]))
      expect(Buffer.from(store.get(i).slice().buffer).equals(Buffer.from(added[i]!.buffer))).toBe(true);
    store.dispose();
  });
});

describe('measure', () => {
  it('agrees with scikit-learn 1.9.1 on a small case', () => {
    // y_true = 0 0 0 0 1 1 2 2 2 2, y_pred = 0 0 1 2 1 0 2 2 2 1; f1_score(average="macro") = 0.573809…, accuracy 0.6
    const truth = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2];
    const predicted = [0, 0, 1, 2, 1, 0, 2, 2, 2, 1];
    const metrics = measure(
      ['a', 'b', 'c', 'd'],
      truth.map((t, i) => [t, predicted[i]!] as const),
    );
    expect(metrics.accuracy).toBe(0.6);
    expect(metrics.macro_f1).toBeCloseTo(0.57381, 5);
    expect(metrics.confusion[0]).toEqual([2, 1, 1, 0]);
  });
});

describe('rocAuc', () => {
  it('is the share of pairs in the right order, ties counted half', () => {
    const shares = fc.array(fc.tuple(fc.nat(6), fc.boolean()), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(shares, (items) => {
        const positive = items.flatMap(([score, hit]) => (hit ? [score] : []));
        const negative = items.flatMap(([score, hit]) => (hit ? [] : [score]));
        let sum = 0;
        for (const a of positive) for (const b of negative) sum += a > b ? 1 : a === b ? 0.5 : 0;
        const found = rocAuc(
          items.map(([score]) => score),
          items.map(([, hit]) => hit),
        );
        if (positive.length === 0 || negative.length === 0) expect(found).toBeNaN();
        else expect(found).toBeCloseTo(sum / positive.length / negative.length, 10);
      }),
      { seed: 4 },
    );
  });
});

describe('the toxicity model that ships', () => {
  it('counts repeats, as it did when it was trained', () => {
    expect(shippedToxicity().model.features.repeats).toBe(true);
  });

  it('tells insults from plain posts in both languages', () => {
    const scorer = labelScore(shippedToxicity(), 'toxic', undefined, 'label');
    expect(scorer.threshold).toBeGreaterThan(0);
    expect(scorer.score('what a stupid bitch, shut up you fucking idiot')).toBeGreaterThan(0.9);
    expect(scorer.score('The committee published its yearly report on water quality today.')).toBeLessThan(0.5);
    expect(scorer.score('这些黑鬼都是垃圾，滚出去')).toBeGreaterThan(0.8);
    expect(scorer.score('今天天气很好，我们去公园散步吧')).toBeLessThan(0.5);
    expect(() => labelScore(shippedToxicity(), 'rude', undefined, 'label')).toThrow(/no label 'rude'/);
  });
});

describe('piecesOf', () => {
  it('loses no word, and keeps to the size', () => {
    const text = `${verse.slice(0, 20_000)}\n${'长句子没有标点'.repeat(200)}`;
    const pieces = piecesOf(text, 300);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(600);
    expect(pieces.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    expect(piecesOf(' \n ', 300)).toEqual([]);
  });
});
