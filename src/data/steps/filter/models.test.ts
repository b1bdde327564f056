/** The steps that score with a model or read scores: quality-classifier, toxicity, perplexity, perplexity-bucket, top-share. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { saveClassifier } from '../../classifier/file.ts';
import { trainSettings } from '../../classifier/settings.ts';
import { trainClassifier } from '../../classifier/train.ts';
import { saveNgramModel } from '../../ngram-lm/file.ts';
import { ngramSettings, trainNgramModel } from '../../ngram-lm/train.ts';
import { runStep } from '../../testing/run-step.ts';

const verse = readFileSync(new URL('../../../../examples/shakespeare/data/input.txt', import.meta.url), 'utf8');
const speeches = verse.split('\n\n').filter(({ length }) => length > 80);
const junk = (i: number) => `click here ${i} buy cheap ${i * 7} online sale http free shipping ${i % 3} login cart`;
const directory = mkdtempSync(join(tmpdir(), 'models-'));
const quality = join(directory, 'quality.bin');
const lm = join(directory, 'lm.bin');

beforeAll(async () => {
  const examples = Array.from({ length: 200 }, (_, i) =>
    i % 2 === 0 ? { text: speeches[i]!, label: 'good' } : { text: junk(i), label: 'bad' },
  );
  const settings = trainSettings.parse({ features: { buckets: 4096 }, epochs: 4 });
  saveClassifier(quality, await trainClassifier(examples, settings), { settings, inputs: [] });
  const text = `${speeches.slice(0, 300).join('\n')}\n${'床前明月光，疑是地上霜。\n'.repeat(3)}`;
  saveNgramModel(
    lm,
    await trainNgramModel(() => [text], ngramSettings.parse({ unit: 'characters', order: 4 })),
    {},
    16,
  );
});

describe('quality-classifier', () => {
  it('keeps what is like the good examples', async () => {
    const { documents, dropped } = await runStep('quality-classifier', { model: quality }, [speeches[401]!, junk(999)]);
    expect(documents.map(({ id }) => id)).toEqual(['d0']);
    expect(documents[0]!.meta.quality).toBeGreaterThan(0.8);
    expect(dropped[0]).toMatchObject({ reason: 'low-quality' });
    expect(dropped[0]!.detail).toMatch(/^quality 0\.\d{3} < 0\.\d+$/);
  });

  it('keeps some of the rest by chance, as GPT-3 did; more of the better', async () => {
    const given = Array.from({ length: 400 }, (_, i) => ({ id: `n${i}`, text: junk(i) }));
    const config = { model: quality, threshold: 0.9, soft: 2 };
    const { documents, ledger } = await runStep('quality-classifier', config, given);
    // P(Lomax(2) > 1 - q) = (2 - q)^-2, about a quarter for q near 0
    expect(documents.length).toBeGreaterThan(60);
    expect(documents.length).toBeLessThan(160);
    expect(ledger.counters['kept-by-chance']).toBe(documents.length);
    expect((await runStep('quality-classifier', config, given)).documents).toEqual(documents);
  });

  it('says what the model lacks', async () => {
    const label = runStep('quality-classifier', { model: quality, label: 'fine' }, ['a']);
    await expect(label).rejects.toMatchObject({ code: 'bad-input', hint: 'Its labels: bad, good.' });
    await expect(runStep('quality-classifier', { model: lm }, ['a'])).rejects.toMatchObject({ code: 'bad-file' });
  });
});

describe('toxicity', () => {
  const calm = 'The library opens at nine and closes at six. Books may be borrowed for three weeks. '.repeat(8);
  it('finds one insult in a long text, by its worst piece and not by the mean', async () => {
    const text = `${calm}You fucking stupid bitch, go to hell. ${calm}`;
    const { dropped } = await runStep('toxicity', { piece_characters: 60 }, [calm, text]);
    expect(dropped.map(({ id, reason }) => [id, reason])).toEqual([['d1', 'toxic']]);
    expect((await runStep('toxicity', { piece_characters: 60, combine: 'mean' }, [text])).documents).toHaveLength(1);
  });

  it('marks by option, in Chinese too', async () => {
    const given = ['这些黑鬼都是垃圾，滚出去', '今天天气很好，我们去公园散步吧', ''];
    const { documents } = await runStep('toxicity', { action: 'annotate' }, given);
    const [first, second, third] = documents.map(({ meta }) => meta.toxicity as number);
    expect(first).toBeGreaterThan(0.8);
    expect(second).toBeLessThan(0.5);
    expect(third).toBe(0);
  });
});

describe('perplexity', () => {
  it('is low for text like the training text, and drops above and below limits', async () => {
    const model = { ngram: lm };
    const given = [speeches[500]!, '床前明月光', 'zxqj vwkp qqzz xjkq wvvz', ' '];
    const { documents, ledger } = await runStep('perplexity', { model }, given);
    const [like, poem, odd, none] = documents.map(({ meta }) => meta.perplexity as number | undefined);
    expect(like).toBeLessThan(12);
    expect(poem).toBeLessThan(10);
    expect(odd).toBeGreaterThan(30);
    expect(none).toBeUndefined();
    expect(ledger.counters).toEqual({ 'no-text': 1 });
    const { dropped } = await runStep('perplexity', { model, min: poem! + 0.001, max: 30 }, given);
    expect(dropped.map(({ id, reason }) => [id, reason])).toContainEqual(['d2', 'high-perplexity']);
    expect(dropped.map(({ reason }) => reason)).toContain('low-perplexity');
  });

  it('scores only the languages asked for', async () => {
    const given = [
      { text: 'zxqj', meta: { language: 'de' } },
      { text: 'zxqj', meta: { language: 'en' } },
    ];
    const { documents } = await runStep('perplexity', { model: { ngram: lm }, languages: ['en'], max: 20 }, given);
    expect(documents.map(({ id }) => id)).toEqual(['d0']);
  });
});

describe('perplexity-bucket', () => {
  const given = Array.from({ length: 90 }, (_, i) => ({
    text: 't',
    meta: { perplexity: 10 * 1.05 ** i * (i % 2 === 0 ? 1 : 1000), language: i % 2 === 0 ? 'en' : 'zh' },
  }));
  it('cuts each language at its own percentiles', async () => {
    const { documents, ledger } = await runStep('perplexity-bucket', {}, [...given, { text: 'none' }]);
    expect(ledger.counters).toEqual({ head: 28, middle: 30, tail: 32, 'no-perplexity': 1 });
    for (const language of ['en', 'zh']) {
      const buckets = documents
        .filter(({ meta }) => meta.language === language)
        .map(({ meta }) => meta.perplexity_bucket);
      expect(buckets).toEqual([...buckets].sort());
      expect(new Set(buckets).size).toBe(3);
    }
  });

  it('cuts bits a byte too, which are mostly below 1', async () => {
    const bits = Array.from({ length: 30 }, (_, i) => ({ text: 't', meta: { bits_per_byte: 0.5 + i / 100 } }));
    const { ledger } = await runStep('perplexity-bucket', { field: 'bits_per_byte' }, bits);
    for (const bucket of ['head', 'middle', 'tail']) expect(ledger.counters[bucket]).toBeGreaterThan(8);
  });

  it('keeps the buckets asked for', async () => {
    const { documents, ledger } = await runStep('perplexity-bucket', { keep: ['head'] }, given);
    expect(documents.every(({ meta }) => meta.perplexity_bucket === 'head')).toBe(true);
    expect(Object.keys(ledger.dropped).sort()).toEqual(['perplexity-middle', 'perplexity-tail']);
  });
});

describe('top-share', () => {
  const given = Array.from({ length: 60 }, (_, i) => ({
    id: `n${i}`,
    text: 't',
    meta: { quality: ((i * 37) % 60) / 60 - (i % 2 === 0 ? 0 : 100), language: i % 2 === 0 ? 'en' : 'zh' },
  }));
  const scores = (documents: readonly { meta: Record<string, unknown> }[], language: string) =>
    documents.filter(({ meta }) => meta.language === language).map(({ meta }) => meta.quality as number);

  it('keeps the best of each language, whatever its scale', async () => {
    const { documents, dropped } = await runStep('top-share', { share: 0.1 }, given);
    for (const language of ['en', 'zh']) {
      const all = scores(given, language).sort((a, b) => b - a);
      expect(scores(documents, language).sort((a, b) => b - a)).toEqual(all.slice(0, 3));
    }
    expect(dropped).toHaveLength(54);
    expect(dropped[0]).toMatchObject({ reason: 'low-quality' });
    expect(dropped[0]!.detail).toMatch(/^quality -?[\d.]+ is not among the best 10 % of (en|zh)$/);
  });

  it('takes the lowest, of all together, if asked', async () => {
    const { documents } = await runStep('top-share', { share: 0.25, best: 'lowest', by: [] }, given);
    expect(documents).toHaveLength(15);
    expect(documents.every(({ meta }) => meta.language === 'zh')).toBe(true);
    const all = scores(given, 'zh').sort((a, b) => a - b);
    expect(scores(documents, 'zh').sort((a, b) => a - b)).toEqual(all.slice(0, 15));
  });

  it('chooses among equal scores by id and seed, not by place; the number is exact', async () => {
    const equal = Array.from({ length: 200 }, (_, i) => ({ id: `e${i}`, text: 't', meta: { quality: 1 } }));
    const kept = async (documents: typeof equal, seed = 7) =>
      (await runStep('top-share', { share: 0.3 }, documents, seed)).documents.map(({ id }) => id).sort();
    expect(await kept(equal)).toHaveLength(60);
    expect(await kept([...equal].reverse())).toEqual(await kept(equal));
    expect(await kept(equal, 8)).not.toEqual(await kept(equal));
  });

  it('passes or drops what has no score, and stops where nothing has one', async () => {
    const some = [...given, { text: 'none', meta: { quality: Number.NaN } }, { text: 'none', meta: { quality: '1' } }];
    expect((await runStep('top-share', { share: 1 }, some)).ledger.counters).toEqual({ 'no-score': 2 });
    const { dropped } = await runStep('top-share', { share: 1, unscored: 'drop' }, some);
    expect(dropped.map(({ reason }) => reason)).toEqual(['no-score', 'no-score']);
    await expect(runStep('top-share', { field: 'qualty' }, given)).rejects.toMatchObject({
      code: 'bad-input',
      message: 'no document has a number in meta.qualty',
    });
    expect((await runStep('top-share', {}, [])).documents).toEqual([]);
  });
});
