import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AthanorError } from '../../core/index.ts';
import { readArpa, writeArpa } from './arpa.ts';
import { decodeNgramModel, encodeNgramModel } from './file.ts';
import { GrowthEstimate } from './growth.ts';
import { createNgramModel, type NgramModel, UNK } from './model.ts';
import { type NgramSettings, ngramSettings, trainNgramModel } from './train.ts';
import { linesOf, unitSplitter } from './units.ts';

const verse = readFileSync(new URL('../../../examples/shakespeare/data/input.txt', import.meta.url), 'utf8');
const training = verse.slice(0, 60_000);
const held = verse.slice(200_000, 205_000);
const chinese =
  '床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n春眠不觉晓，处处闻啼鸟。\n夜来风雨声，花落知多少。';
const settings = (given: Partial<NgramSettings> = {}) => ngramSettings.parse({ order: 3, prune: [0], ...given });
const train = (text: string, given: Partial<NgramSettings> = {}) => trainNgramModel(() => [text], settings(given));

/** Modified Kneser–Ney of a text as Chen & Goodman's equations have it, n-gram by n-gram in plain maps; no pruning. */
function reference(text: string, order: number, split: (line: string) => string[]) {
  const sentences = [...linesOf(text)].map((line) => ['<s>', ...split(line), '</s>']);
  const counts = Array.from({ length: order + 1 }, () => new Map<string, number>());
  const before = Array.from({ length: order + 1 }, () => new Map<string, Set<string>>());
  for (const words of sentences)
    for (let end = 1; end <= words.length; end++)
      for (let n = 1; n <= Math.min(order, end); n++) {
        const key = words.slice(end - n, end).join(' ');
        counts[n]!.set(key, (counts[n]!.get(key) ?? 0) + 1);
        if (end - n > 0) {
          const set = before[n]!.get(key) ?? new Set();
          before[n]!.set(key, set.add(words[end - n - 1]!));
        }
      }
  const adjusted = counts.map(
    (map, n) =>
      new Map(
        [...map.keys()]
          .filter((key) => key !== '<s>')
          .map((key) => [key, n === order || key.startsWith('<s>') ? map.get(key)! : before[n]!.get(key)!.size]),
      ),
  );
  const discounts = adjusted.map((map) => {
    const t = [0, 1, 2, 3, 4].map((k) => [...map.values()].filter((count) => count === k).length);
    const y = t[1]! / (t[1]! + 2 * t[2]!);
    const exact = [0, 1 - (2 * y * t[2]!) / t[1]!, 2 - (3 * y * t[3]!) / t[2]!, 3 - (4 * y * t[4]!) / t[3]!];
    return exact.every((d, i) => d >= 0 && d <= i) ? exact : [0, 0.5, 1, 1.5];
  });
  const vocabulary = adjusted[1]!.size + 1;
  const probability = (word: string, context: readonly string[]): number => {
    const n = context.length + 1;
    const prefix = context.length === 0 ? '' : `${context.join(' ')} `;
    const followers = [...adjusted[n]!].filter(([key]) => key.startsWith(prefix) && key.split(' ').length === n);
    const total = followers.reduce((sum, [, count]) => sum + count, 0);
    const lower = n === 1 ? 1 / vocabulary : probability(word, context.slice(1));
    if (total === 0) return lower;
    const left = followers.reduce((sum, [, count]) => sum + discounts[n]![Math.min(3, count)]!, 0) / total;
    const count = adjusted[n]!.get(`${prefix}${word}`) ?? 0;
    return (count - discounts[n]![Math.min(3, count)]!) / total + left * lower;
  };
  return probability;
}

const sumOver = (model: NgramModel, context: readonly string[]): number => {
  let sum = 0;
  for (const [i, word] of model.vocabulary.entries()) {
    if (word === '<s>') continue;
    const units = word === '</s>' ? context : [...context, i === UNK ? 'never seen' : word];
    sum += 10 ** model.scoreUnits(units)[context.length]!;
  }
  return sum;
};

/** Any UTF-16 units, halves of pairs too. */
const anyString = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units));

describe('trainNgramModel', () => {
  it("computes Chen & Goodman's equations", async () => {
    const text = training.slice(0, 6000);
    const model = createNgramModel(await train(text, { unit: 'characters' }));
    const expected = reference(text, 3, unitSplitter(settings({ unit: 'characters' })));
    for (const line of ['speak, speak.', 'you are all', 'first citizen', 'zzq']) {
      const units = unitSplitter(model.units)(line);
      const scores = model.scoreUnits(units);
      const words = ['<s>', ...units, '</s>'];
      for (const [i, score] of scores.entries())
        expect(10 ** score, `${line} at ${i}`).toBeCloseTo(
          expected(words[i + 1]!, words.slice(Math.max(0, i - 1), i + 1)),
          6,
        );
    }
  });

  it.each([
    ['words', [0]],
    ['words', [0, 0, 1]],
    ['characters', [0, 1, 2]],
    ['bytes', [0, 0, 3]],
  ] as const)('gives probabilities that sum to 1: %s, pruned by %j', async (unit, prune) => {
    const model = createNgramModel(
      await train(`${training.slice(0, 20_000)}\n${chinese}`, { unit, prune: [...prune], order: 4 }),
    );
    for (const context of [[], ['the'], ['of', 'the'], ['月'], ['t', 'h', 'e'], ['<0xE6>', '<0x9C>'], ['unheard']])
      expect(sumOver(model, context)).toBeCloseTo(1, 5);
  });

  it('finds like text likelier than other text and than its own words shuffled, in both languages', async () => {
    const english = createNgramModel(await train(training, { unit: 'characters', order: 5 }));
    expect(english.perplexity(held)).toBeLessThan(english.perplexity([...held].reverse().join('')) / 1.5);
    const zh = createNgramModel(await train(chinese.repeat(3), { unit: 'words', order: 3 }));
    expect(zh.perplexity('床前明月光')).toBeLessThan(zh.perplexity('光月明前床') / 2);
  });

  it('makes rare units unknown ones, and counts them', async () => {
    const model = createNgramModel(await train(training, { min_count: 3 }));
    const all = createNgramModel(await train(training));
    expect(model.vocabulary.length).toBeLessThan(all.vocabulary.length / 2);
    expect(model.score('zymurgy quux').unknown).toBe(2);
    expect(sumOver(model, ['the'])).toBeCloseTo(1, 5);
    expect(model.perplexity(' \n ')).toBeNaN();
  });

  it('refuses wrong thresholds, no text, and more n-grams than memory', async () => {
    await expect(train('a', { prune: [1] })).rejects.toMatchObject({ code: 'bad-input', place: 'prune' });
    await expect(train(' \n')).rejects.toMatchObject({ code: 'bad-input' });
    const tight = trainNgramModel(() => [training], settings(), { memoryBytes: 40_000 });
    await expect(tight).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('n-grams') });
  });

  it('counts words among what memory holds, in either pass', async () => {
    // Some hundred n-grams only, but of words of 2,000 letters and 汉 characters.
    const letters = [...'abcdefghijklmnopqrst'];
    const long = letters.flatMap((a) => letters.map((b) => `${(a + b).repeat(1000)} 汉`));
    for (const min_count of [1, 2]) {
      const one = trainNgramModel(() => long, settings({ min_count, order: 2 }), { memoryBytes: 1 << 20 });
      const failure = await one.then(() => undefined).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringContaining('1 MiB') });
    }
  });

  it('tells from the beginning how many n-grams there will be, in both languages', async () => {
    const poems = gunzipSync(readFileSync(new URL('../../../examples/poet/data/quatrains.jsonl.gz', import.meta.url)))
      .toString()
      .split('\n', 2000)
      .map((line) => (JSON.parse(line) as { text: string }).text);
    const split = unitSplitter(settings());
    for (const text of [verse.slice(0, 120_000), poems.join('\n')]) {
      const lines = [...linesOf(text)];
      const growth = new GrowthEstimate(Buffer.byteLength(text), Buffer.byteLength(text) / 10);
      const seen = new Set<string>();
      const told: number[] = [];
      for (const line of lines) {
        const words = ['<s>', ...split(line), '</s>'];
        for (const [i] of words.entries()) for (let n = 1; n <= 3; n++) seen.add(words.slice(i, i + n).join(' '));
        const found = growth.after(Buffer.byteLength(line) + 1, seen.size);
        if (found !== undefined) told.push(found);
      }
      const all = seen.size;
      expect(told).toHaveLength(1);
      expect(told[0]! / all).toBeGreaterThan(0.75);
      expect(told[0]! / all).toBeLessThan(1.33);
    }
  });

  it('takes any string', async () => {
    const odd = fc.sample(anyString, { numRuns: 200, seed: 2 });
    for (const unit of ['words', 'characters', 'bytes'] as const) {
      const model = createNgramModel(await trainNgramModel(() => odd, settings({ unit })));
      for (const text of [...odd, '\ud800', '\0\0', '<s> </s> <unk>', 'a'.repeat(1e5)]) model.score(text);
      expect(model.vocabulary.some((word) => /[\s\0]|[\ud800-\udfff]/u.test(word))).toBe(false);
    }
  });
});

describe('files', () => {
  it('hold the model: 32 bits exactly, 16 bits nearly; the same input gives the same bytes', async () => {
    const weights = await train(`${training}\n${chinese}`);
    const exact = createNgramModel(weights).perplexity(held);
    const bytes = encodeNgramModel(weights, { inputs: ['a'] });
    const file = decodeNgramModel(bytes, 'm');
    expect(file.model.perplexity(held)).toBe(exact);
    expect(file.training).toEqual({ inputs: ['a'] });
    const half = encodeNgramModel(weights, {}, 16);
    expect(half.length).toBeLessThan(bytes.length);
    expect(decodeNgramModel(half, 'm').model.perplexity(held) / exact).toBeCloseTo(1, 4);
    const again = encodeNgramModel(await train(`${training}\n${chinese}`), { inputs: ['a'] });
    expect(Buffer.from(again).equals(bytes)).toBe(true);
  });

  it('are refused where a byte was changed or they were cut', async () => {
    const bytes = encodeNgramModel(await train(chinese));
    const model = decodeNgramModel(bytes, 'm').model;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
        const bad = Uint8Array.from(cut ? bytes.subarray(0, at) : bytes);
        if (!cut) bad[at]! ^= change;
        try {
          expect(decodeNgramModel(bad, 'm').model.levels.length).toBe(model.levels.length);
          expect(at).toBeLessThan(1200);
        } catch (error) {
          expect(error).toBeInstanceOf(AthanorError);
          expect(error).toMatchObject({ code: 'bad-file' });
        }
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it('go to ARPA and back', async () => {
    for (const unit of ['words', 'characters', 'bytes'] as const) {
      const weights = await train(`${training}\n${chinese}`, { unit, order: 4, prune: [0, 0, 1] });
      const back = await readArpa([...writeArpa(weights)].join('').split('\n'), weights.units, 'm.arpa');
      expect(back.levels.map(({ words }) => words.length)).toEqual(weights.levels.map(({ words }) => words.length));
      expect(createNgramModel(back).perplexity(held)).toBe(createNgramModel(weights).perplexity(held));
    }
  });

  it('in ARPA say what is wrong with them', async () => {
    const units = settings();
    const read = (text: string) => readArpa(text.split('\n'), units, 'm.arpa').catch((error: unknown) => error);
    const head = '\\data\\\nngram 1=3\n\n\\1-grams:\n';
    const words = '-1\t<unk>\n0\t<s>\t-0.5\n-1\t</s>\n';
    expect(await read(`${head}${words}\n\\end\\`)).toMatchObject({ vocabulary: ['<unk>', '<s>', '</s>'] });
    expect(await read(`${head}${words}`)).toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('ends before'),
    });
    expect(await read(`${head}-1\ta\n\n\\end\\`)).toMatchObject({
      message: expect.stringContaining('3 were announced'),
    });
    expect(await read(`${head}x\ta\n`)).toMatchObject({ message: expect.stringContaining('m.arpa:5: not a number') });
    expect(await read('\\data\\\nngram 2=3\n')).toMatchObject({ code: 'bad-file' });
    const two = `\\data\\\nngram 1=3\nngram 2=1\n\n\\1-grams:\n${words}\n\\2-grams:\n-1\t<s> b\n`;
    expect(await read(two)).toMatchObject({ message: expect.stringContaining("'b' is no 1-gram") });
  });
});

describe('KenLM', () => {
  const golden = JSON.parse(readFileSync(new URL('./golden/kenlm.json', import.meta.url), 'utf8')) as {
    model: string[];
    lines: { text: string; log10: number[] }[];
  };
  it('gives the same probabilities (golden results of kenlm 0.3.0)', async () => {
    const model = createNgramModel(await readArpa(golden.model, settings({ unit: 'words' }), 'golden'));
    for (const { text, log10 } of golden.lines) {
      const scores = [...model.scoreUnits(text.split(' '))];
      expect(scores).toHaveLength(log10.length);
      for (const [i, score] of scores.entries()) expect(score).toBeCloseTo(log10[i]!, 5);
    }
    expect(golden.lines.length).toBeGreaterThan(20);
  });
});
