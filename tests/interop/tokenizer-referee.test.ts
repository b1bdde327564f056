/**
 * Real vocabularies against their referees, without a single difference: ids, offsets, tokens and decoded text of more
 * than 200,000 lines of real text (Chinese, English, code, emoji, mixed scripts) and of fuzzed Unicode, batches with pairs,
 * truncation and padding, and texts made to break tokenizers. `scripts/tokenizer-referee.mjs` prints the same counts.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tokenizer } from '../../src/tokenizer/index.ts';
import { answerCase, settingsCases } from '../helpers/tokenizer-referee/cases.ts';
import { askReferee, compare, differenceCount } from '../helpers/tokenizer-referee/compare.ts';
import { buildCorpus, type CorpusText, corpusKinds } from '../helpers/tokenizer-referee/corpus.ts';
import { fuzz } from '../helpers/tokenizer-referee/fuzz.ts';
import { hostileTexts, hugeSize, refereedSize } from '../helpers/tokenizer-referee/hostile.ts';
import { type Contest, openContest } from '../helpers/tokenizer-referee/load.ts';
import { wellFormed } from '../helpers/tokenizer-referee/records.ts';
import { refereeCases } from '../helpers/tokenizer-referee/referee.ts';
import { tableHead, tableRows, textsFor } from '../helpers/tokenizer-referee/run.ts';
import { ensureVocabulary, vocabularyNames } from '../helpers/tokenizer-referee/vocabularies.ts';

const fuzzed = 10_000;
const seed = 7;
/** Offsets and tokens of every n-th real text; of all fuzzed ones. */
const fullEvery = 4;
let corpus: readonly CorpusText[];

beforeAll(async () => {
  corpus = await buildCorpus();
  for (const name of vocabularyNames) await ensureVocabulary(name);
});

describe('the corpus', () => {
  it('has more than 200,000 texts, each once, thousands of every kind', () => {
    const texts = new Set(corpus.map(({ text }) => text));
    expect(texts.size).toBe(corpus.length);
    expect(corpus.length).toBeGreaterThan(200_000);
    for (const kind of corpusKinds) expect(corpus.filter((one) => one.kind === kind).length).toBeGreaterThan(20_000);
  });

  it('is seen by the comparison: a tokenizer that is wrong in one place is found out', async () => {
    const { tokenizer, referee } = await openContest('bert');
    const texts = fuzz({ seed: 3, count: 400 }).map((text) => ({ kind: 'fuzz' as const, text }));
    const wrong = async (change: Partial<Tokenizer>) => {
      const { rows } = await compare({ tokenizer: { ...tokenizer, ...change }, referee, texts, show: 0 });
      return rows[0]!.different;
    };
    const hit = '你好';
    expect(texts.filter(({ text }) => text.includes(hit)).length).toBeGreaterThan(3);
    const none = { ids: 0, offsets: 0, tokens: 0, text: 0, fast: 0 };
    expect(await wrong({})).toEqual(none);
    const swapped = await wrong({
      encodeFull(text, options) {
        const encoding = tokenizer.encodeFull(text, options);
        return text.includes(hit) ? { ...encoding, tokens: [...encoding.tokens].reverse() } : encoding;
      },
    });
    expect(swapped.tokens).toBeGreaterThan(3);
    expect(swapped).toEqual({ ...none, tokens: swapped.tokens });
    const moved = await wrong({
      encodeFull(text, options) {
        const encoding = tokenizer.encodeFull(text, options);
        if (!text.includes(hit)) return encoding;
        return { ...encoding, offsets: encoding.offsets.map(([start, end]) => [start, end + 1] as const) };
      },
    });
    expect(moved).toEqual({ ...none, offsets: swapped.tokens });
    const other = await wrong({
      encode: (text, options) => [...tokenizer.encode(text, options), ...(text.includes(hit) ? [1] : [])],
    });
    expect(other).toEqual({ ...none, fast: swapped.tokens });
  });
});

/** Vocabularies of which another one here is a variant. */
const variants = ['gpt-3.5', 'gpt-4o', 'p50k', 'unigram'];

/**
 * A vocabulary's part of the corpus: five ninths of the texts (over 200,000 lines), a quarter for a variant, and others
 * for the next one. The script compares all.
 */
const textsOf = (contest: Contest) => {
  const { name } = contest.vocabulary;
  const [taken, of] = variants.includes(name) ? [1, 4] : [5, 9];
  const shift = vocabularyNames.indexOf(name);
  const part = corpus.filter((_, i) => (i + shift) % of < taken);
  return textsFor(contest, part, fuzzed, seed);
};

/** The next vocabulary's referee works while our side goes through this one's texts: there are two cores. */
const asked = new Map<string, Promise<unknown>>();
function askAhead(name: string | undefined): void {
  if (name === undefined || asked.has(name)) return;
  const answer = openContest(name).then((contest) =>
    askReferee({ referee: contest.referee, texts: textsOf(contest), fullEvery }),
  );
  answer.catch(() => {}); // the vocabulary's own test tells
  asked.set(name, answer);
}

describe.each(vocabularyNames)('%s', (name) => {
  let contest: Contest;
  beforeAll(async () => {
    contest = await openContest(name);
    askAhead(name);
    await asked.get(name);
    askAhead(vocabularyNames[vocabularyNames.indexOf(name) + 1]);
  });

  it('has no difference over real and fuzzed texts', async () => {
    const { tokenizer, referee } = contest;
    const texts = textsOf(contest);
    const comparison = await compare({ tokenizer, referee, texts, fullEvery });
    console.log([tableHead(), ...tableRows(name, comparison)].join('\n'));
    expect(comparison.differences).toEqual([]);
    expect(differenceCount(comparison)).toBe(0);
    const lines = comparison.rows.reduce((sum, row) => sum + (row.kind === 'fuzz' ? 0 : row.lines), 0);
    expect(lines).toBeGreaterThan(variants.includes(name) ? 90_000 : 200_000);
  });

  it('decodes token by token to the same text', () => {
    const { tokenizer } = contest;
    for (let i = 0; i < corpus.length; i += 40) {
      const ids = tokenizer.encode(corpus[i]!.text);
      for (const skipSpecialTokens of [false, true]) {
        const decoder = tokenizer.createDecoder({ skipSpecialTokens });
        let streamed = '';
        for (const id of ids) streamed += decoder.push(id);
        expect(streamed + decoder.flush()).toBe(tokenizer.decode(ids, { skipSpecialTokens }));
      }
    }
  });

  // Reason of the skip: SentencePiece has neither batches with settings nor special tokens in texts.
  it.skipIf(name.startsWith('spm-'))('cuts, fills and joins batches as the referee does', async () => {
    const { tokenizer, referee, vocabulary } = contest;
    if (vocabulary.referee === 'tiktoken') return expectSpecialTokens(contest);
    const tokens = tokenizer.addedTokens.slice(0, 30).map(({ content }) => content);
    const lines = corpus.filter((_, i) => i % 500 === 0).map(({ text }) => text);
    const cases = settingsCases(seed, 300, fuzz({ seed, count: 500, tokens, lines }));
    const theirs = await refereeCases(referee, cases);
    const ours = cases.map((one) => JSON.parse(JSON.stringify(answerCase(tokenizer, one))));
    const isError = (answer: unknown) => (answer as { error?: string }).error !== undefined;
    const wrong = cases.flatMap((settings, i) => {
      if (isError(ours[i]) && isError(theirs[i])) return [];
      return JSON.stringify(ours[i]) === JSON.stringify(theirs[i])
        ? []
        : [{ settings, ours: ours[i], theirs: theirs[i] }];
    });
    expect(wrong.slice(0, 2)).toEqual([]);
    expect(theirs.filter(isError).length).toBeLessThan(cases.length / 4);
  });

  it('survives texts that are made to break it', async () => {
    const { tokenizer, referee } = contest;
    const texts = Object.values(hostileTexts).map((make) => ({ kind: 'fuzz' as const, text: make(refereedSize) }));
    const { differences } = await compare({ tokenizer, referee, texts });
    expect(differences).toEqual([]);
  });
});

/** allowed_special and disallowed_special. */
async function expectSpecialTokens({ tokenizer, referee }: Contest): Promise<void> {
  const special = tokenizer.addedTokens.map(({ content }) => content);
  const texts = fuzz({ seed, count: 600, tokens: special }).map(wellFormed);
  const sets = ['all', [], special.slice(0, 1), special.slice(1)] as const;
  const cases = texts.map((text, i) => ({
    texts: [text],
    allowed: sets[i % sets.length]!,
    disallowed: sets[Math.floor(i / sets.length) % sets.length]!,
  }));
  const theirs = (await refereeCases(referee, cases)) as { ids?: number[]; text?: string; error?: string }[];
  const ours = cases.map(({ texts: [text], allowed, disallowed }) => {
    try {
      const ids = tokenizer.encode(text!, { allowedSpecial: allowed, disallowedSpecial: disallowed });
      return { ids, text: tokenizer.decode(ids) };
    } catch {
      return { error: 'refused' };
    }
  });
  const refused = theirs.map((answer) => (answer.error === undefined ? answer : { error: 'refused' }));
  expect(ours).toEqual(refused);
  expect(refused.filter(({ error }) => error !== undefined).length).toBeGreaterThan(10);
}

describe('a million characters', () => {
  it.each(['llama3', 'llama2', 'bert'])('%s: what comes back is what went in, or as much as it keeps', async (name) => {
    const { tokenizer } = await openContest(name);
    for (const [kind, make] of Object.entries(hostileTexts)) {
      const text = make(hugeSize);
      const ids = tokenizer.encode(text, { addSpecialTokens: false });
      expect(ids.length, kind).toBeLessThanOrEqual(3 * hugeSize);
      if (name !== 'bert') expect(tokenizer.decode(ids) === wellFormed(text), kind).toBe(true);
    }
  });
});
