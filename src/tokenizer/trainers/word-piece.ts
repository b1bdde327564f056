/**
 * Trains a WordPiece tokenizer as Hugging Face's WordPieceTrainer does (models/wordpiece/trainer.rs): BPE on characters,
 * those inside a word with a prefix; the merges are forgotten, the vocabulary stays. Default pipeline: BERT's.
 *
 * Hugging Face numbers the prefixed characters in the order in which a hash map with a random seed shows them, so its
 * vocabularies differ from run to run where pairs are equally frequent. Here they are numbered by code point.
 */
import { AthanorError } from '../../core/index.ts';
import { addedToken } from '../added-tokens.ts';
import { learnMerges } from '../bpe/merge-trainer.ts';
import { readDecoder } from '../decoders/read.ts';
import { readPostProcessor } from '../post-processors/read.ts';
import { checkSpecialTokens } from '../special-tokens.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { Json, Tokenizer } from '../types.ts';
import { wordPieceModel } from '../word-piece/model.ts';
import { listVocab } from '../word-piece/vocab.ts';
import type { CuttingPlan } from './corpus-cutter.ts';
import { type Corpus, checkWhole, countCorpus, largestVocab, type WordCount, wordCounts } from './corpus-text.ts';

export interface TrainWordPieceOptions {
  readonly texts: Corpus;
  /** Special tokens, characters and merges together; fewer where the corpus has no more pairs. */
  readonly vocabSize: number;
  /** First ids, in this order. Default BERT's `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]`, `[MASK]`. */
  readonly specialTokens?: readonly string[];
  /** Stands for a word that is unknown; put behind the special tokens if it is none of them. Default `[UNK]`. */
  readonly unkToken?: string;
  /** Before every token inside a word. Default `##`. */
  readonly continuingSubwordPrefix?: string;
  /** A word of more characters is unknown. Default 100. */
  readonly maxInputCharsPerWord?: number;
  /** A pair seen less often is never merged. Default 0. */
  readonly minFrequency?: number;
  /** Keep only that many characters, the most frequent; words lose the others. Default: all. */
  readonly limitAlphabet?: number;
  /** Characters to keep, whether the corpus has them or not. */
  readonly initialAlphabet?: Iterable<string>;
  /** Components of tokenizer.json instead of BERT's; the first two come from counts, where these are given. */
  readonly normalizer?: Json;
  readonly preTokenizer?: Json;
  readonly postProcessor?: Json;
  readonly decoder?: Json;
  /** Called now and then with the number of tokens so far and the number wanted. */
  readonly progress?: (tokens: number, vocabSize: number) => void;
}

const bertSpecialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

const bertNormalizer = {
  type: 'BertNormalizer',
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: null,
  lowercase: true,
};

/**
 * Learns a vocabulary and returns the tokenizer.
 * @throws AthanorError('bad-input') for an empty corpus, or a vocabulary with no room for the characters
 */
export function trainWordPiece(options: TrainWordPieceOptions): Tokenizer {
  const { vocabSize, unkToken = '[UNK]', continuingSubwordPrefix: prefix = '##' } = options;
  const given = options.specialTokens ?? bertSpecialTokens;
  const special = checkSpecialTokens(given.includes(unkToken) ? given : [...given, unkToken]);
  checkWhole('vocabSize', vocabSize, special.length + 1, largestVocab);
  if (options.limitAlphabet !== undefined) checkWhole('limitAlphabet', options.limitAlphabet, 1, 0x110000);
  const counter = countCorpus(options.texts, wordPiecePlan(options));
  const words = wordCounts(counter);
  const symbols = initialSymbols(words, counter.size, special, prefix, options);
  if (symbols.list.length > vocabSize) throw tooSmall(vocabSize, symbols.list.length);
  const { tokens } = learnMerges({
    symbols: symbols.list,
    ...symbols.words,
    vocabSize,
    minFrequency: options.minFrequency ?? 0,
    joined: (left, right) => left + (right.startsWith(prefix) ? right.slice(prefix.length) : right),
    progress: options.progress && ((done) => options.progress?.(done, vocabSize)),
  });
  const { postProcessor = bertTemplate(special), decoder = { type: 'WordPiece', prefix, cleanup: true } } = options;
  return createTokenizer({
    normalizer: counter.cutter.normalizer,
    preTokenizer: counter.cutter.preTokenizer,
    model: wordPieceModel({
      vocab: listVocab(tokens),
      unkToken,
      continuingSubwordPrefix: prefix,
      maxInputCharsPerWord: options.maxInputCharsPerWord ?? 100,
    }),
    postProcessor: readPostProcessor(postProcessor),
    decoder: readDecoder(decoder),
    addedTokens: special.map((token, id) => addedToken(token, id)),
    roles: { bos: '[CLS]', eos: '[SEP]', pad: '[PAD]', unk: unkToken },
  });
}

/** How these options have a corpus cut: for counting it elsewhere. */
export function wordPiecePlan(options: Pick<TrainWordPieceOptions, 'normalizer' | 'preTokenizer'>): CuttingPlan {
  const { normalizer, preTokenizer } = options;
  return {
    normalizer: normalizer === undefined ? bertNormalizer : normalizer,
    preTokenizer: preTokenizer === undefined ? { type: 'BertPreTokenizer' } : preTokenizer,
  };
}

/** [CLS] text [SEP], and text [SEP] with type 1 for the second of a pair; nothing where these tokens are missing. */
function bertTemplate(special: readonly string[]): Json {
  if (!special.includes('[CLS]') || !special.includes('[SEP]')) return null;
  const token = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [token('[CLS]', 0), text('A', 0), token('[SEP]', 0)];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, text('B', 1), token('[SEP]', 1)],
    special_tokens: Object.fromEntries(
      ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [special.indexOf(id)], tokens: [id] }]),
    ),
  };
}

/**
 * Special tokens, the characters, then those inside of words with the prefix, both by code point; and the words in them.
 * A character outside the alphabet is left out of its word.
 */
function initialSymbols(
  words: Iterable<WordCount>,
  size: number,
  special: readonly string[],
  prefix: string,
  options: TrainWordPieceOptions,
) {
  const alphabet = chooseAlphabet(words, options);
  const isKnown = new Set([...special, ...alphabet]);
  const inside = new Set<string>();
  let total = 0;
  for (const [word] of words) {
    let first = true;
    for (const char of word) {
      if (isKnown.has(char)) total++;
      if (!first && isKnown.has(char)) inside.add(char);
      first = false;
    }
  }
  const prefixed = [...inside].sort(byCodePoint).map((char) => prefix + char);
  const list = [...new Set([...special, ...alphabet, ...prefixed])];
  const idOf = new Map(list.map((symbol, id) => [symbol, id]));
  const insideIds = new Map([...inside].map((char) => [char, idOf.get(prefix + char)!]));
  const ids = new Int32Array(total);
  const starts = new Int32Array(size + 1);
  const counts = new Float64Array(size);
  let at = 0;
  let index = 0;
  for (const [word, count] of words) {
    let first = true;
    for (const char of word) {
      if (isKnown.has(char)) ids[at++] = (first ? idOf : insideIds).get(char)!;
      first = false;
    }
    counts[index++] = count;
    starts[index] = at;
  }
  return { list, words: { ids, starts, counts } };
}

/** By code point. Of characters that are equally frequent the limit drops those with the higher code points. */
function chooseAlphabet(words: Iterable<WordCount>, options: TrainWordPieceOptions): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) for (const char of word) counts.set(char, (counts.get(char) ?? 0) + count);
  for (const char of options.initialAlphabet ?? []) counts.set(char, Number.MAX_VALUE);
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || byCodePoint(a[0], b[0]));
  return byCount
    .slice(0, options.limitAlphabet)
    .map(([char]) => char)
    .sort(byCodePoint);
}

function byCodePoint(a: string, b: string): number {
  return a.codePointAt(0)! - b.codePointAt(0)!;
}

function tooSmall(vocabSize: number, least: number): AthanorError {
  return new AthanorError(
    'bad-input',
    `vocabulary size ${vocabSize}: special tokens and characters alone need ${least}`,
    {
      hint: 'Ask for more, or set limitAlphabet.',
      values: { vocabSize, least },
    },
  );
}
