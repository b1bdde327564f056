/**
 * Trains a Unigram tokenizer (Kudo 2018) as SentencePiece does. Default pipeline: that of Hugging Face's
 * SentencePieceUnigramTokenizer (NFKC, spaces as ▁ at the beginning of words), or with byte fallback one that loses
 * nothing but the difference between a space and ▁ (no normalization, no space put in, unknown characters as bytes), like
 * Gemma's.
 */
import { addedToken } from '../added-tokens.ts';
import { WordCounter } from '../bpe/word-counter.ts';
import { readDecoder } from '../decoders/read.ts';
import { readPostProcessor } from '../post-processors/read.ts';
import { checkSpecialTokens, defaultRoles, defaultSpecialTokens } from '../special-tokens.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { Json, Tokenizer } from '../types.ts';
import { byteToken, unigramModel } from '../unigram/model.ts';
import type { CuttingPlan } from './corpus-cutter.ts';
import { type Corpus, checkRange, checkWhole, countCorpus, largestVocab, wordCounts } from './corpus-text.ts';
import { WordTable } from './corpus-words.ts';
import { learnUnigram } from './unigram/learn.ts';

export interface TrainUnigramOptions {
  readonly texts: Corpus;
  /** All tokens. The corpus must yield as many; the error for a size that is too large names what it yields. */
  readonly vocabSize: number;
  /** First ids, in this order. Default `<|endoftext|>`, `<|im_start|>`, `<|im_end|>`. */
  readonly specialTokens?: readonly string[];
  /** Stands for what is unknown; follows the special tokens unless it is one of them. Default `<unk>`. */
  readonly unkToken?: string;
  /** 256 more tokens for the bytes of unknown characters. Default false. */
  readonly byteFallback?: boolean;
  /** Strings that are always one token and are kept out of the training text. Default none. */
  readonly userDefinedSymbols?: readonly string[];
  /** The rarest characters, 1 − coverage of the text, become unknown. Default 0.9995. */
  readonly characterCoverage?: number;
  /** In the vocabulary however rare they are. Default none but the characters of tokens with a meaning. */
  readonly requiredChars?: string;
  /** Longest piece in characters. Default 16. */
  readonly maxPieceLength?: number;
  /** Rounds of expectation maximization between two prunings. Default 2. */
  readonly subIterations?: number;
  /** Which part of the pieces a pruning keeps. Default 0.75. */
  readonly shrinkingFactor?: number;
  /** How many pieces training begins with. Default 1,000,000. */
  readonly seedSize?: number;
  /**
   * Begin also with strings that SentencePiece overlooks, because the same byte follows them wherever they occur (most
   * of all a space). Default false: as SentencePiece. True gives 0.5 to 3 % fewer tokens for the same text.
   */
  readonly allSeeds?: boolean;
  /** A piece has `▁` only at its beginning. Default true. */
  readonly splitByWhitespace?: boolean;
  /** A piece has letters of one script; Han and kana count as one. Default true. */
  readonly splitByUnicodeScript?: boolean;
  /** A piece has no digits beside letters. Default true. */
  readonly splitByNumber?: boolean;
  /** Every digit is a token of its own. Default false. */
  readonly splitDigits?: boolean;
  /** Components of tokenizer.json instead of the default ones; the first two come from counts, where these are given. */
  readonly normalizer?: Json;
  readonly preTokenizer?: Json;
  readonly postProcessor?: Json;
  readonly decoder?: Json;
  /** Called now and then with the number of pieces that are left and the number of tokens wanted. */
  readonly progress?: (pieces: number, vocabSize: number) => void;
}

/**
 * Learns a vocabulary and returns the tokenizer. Ids: special tokens, unk, bytes, user-defined symbols, pieces by score.
 * @throws AthanorError('bad-input') for an empty corpus; for a vocabulary too small for the characters, or larger than the
 *   corpus yields; for an option out of its range
 */
export function trainUnigram(options: TrainUnigramOptions): Tokenizer {
  const { byteFallback = false, userDefinedSymbols = [], unkToken = '<unk>' } = options;
  const given = options.specialTokens ?? defaultSpecialTokens;
  const special = given.includes(unkToken) ? given : [...given, unkToken];
  const bytes = byteFallback ? Array.from({ length: 256 }, (_, byte) => byteToken(byte)) : [];
  const reserved = checkSpecialTokens([...special, ...bytes, ...userDefinedSymbols]);
  const learned = learnOptions(options, reserved);
  const ends = options.texts instanceof WordCounter ? undefined : new WordTable();
  const counter = countCorpus(options.texts, unigramPlan(options), ends);
  const pieces = learnUnigram({ ...learned, words: wordCounts(counter, ends) });
  const reservedScore = neverBest(reserved, pieces[pieces.length - 1]![1]);
  const { postProcessor = null, decoder = defaultPipeline(options).decoder } = options;
  return createTokenizer({
    normalizer: counter.cutter.normalizer,
    preTokenizer: counter.cutter.preTokenizer,
    model: unigramModel({
      vocab: [...reserved.map((token) => [token, reservedScore] as const), ...pieces],
      unkId: special.indexOf(unkToken),
      byteFallback,
    }),
    postProcessor: readPostProcessor(postProcessor),
    decoder: readDecoder(decoder),
    addedTokens: [
      ...special.map((token, id) => addedToken(token, id)),
      ...userDefinedSymbols.map((symbol, i) =>
        addedToken(symbol, special.length + bytes.length + i, { special: false, normalized: false }),
      ),
    ],
    roles: { ...defaultRoles(given), unk: unkToken },
  });
}

/** How these options have a corpus cut: for counting it elsewhere. */
export function unigramPlan(options: Omit<TrainUnigramOptions, 'texts' | 'vocabSize'>): CuttingPlan {
  const { normalizer, preTokenizer, userDefinedSymbols: isolated = [] } = options;
  const defaults = defaultPipeline(options);
  return {
    normalizer: normalizer === undefined ? defaults.normalizer : normalizer,
    preTokenizer: preTokenizer === undefined ? defaults.preTokenizer : preTokenizer,
    isolated,
    dropLineEnds: true,
  };
}

function defaultPipeline({ byteFallback = false }: Pick<TrainUnigramOptions, 'byteFallback'>) {
  return byteFallback ? losslessPipeline : plainPipeline;
}

function learnOptions(options: TrainUnigramOptions, reserved: readonly string[]) {
  const learned = {
    vocabSize: options.vocabSize,
    reserved: new Set(reserved),
    characterCoverage: options.characterCoverage ?? 0.9995,
    // So that a reserved token's text can always be written in another way (see neverBest).
    requiredChars: [...(options.requiredChars ?? ''), ...reserved.join('').replaceAll(/\s/gu, '')],
    maxPieceLength: options.maxPieceLength ?? 16,
    subIterations: options.subIterations ?? 2,
    shrinkingFactor: options.shrinkingFactor ?? 0.75,
    seedSize: options.seedSize ?? 1_000_000,
    allSeeds: options.allSeeds ?? false,
    splitByWhitespace: options.splitByWhitespace ?? true,
    splitByUnicodeScript: options.splitByUnicodeScript ?? true,
    splitByNumber: options.splitByNumber ?? true,
    splitDigits: options.splitDigits ?? false,
    progress: options.progress && ((pieces: number) => options.progress?.(pieces, options.vocabSize)),
  };
  // SentencePiece's ranges (trainer_interface.cc, VerifySpec), but for the coverage, which there begins at 0.98.
  checkWhole('vocabSize', learned.vocabSize, reserved.length + 1, largestVocab);
  checkRange('characterCoverage', learned.characterCoverage, 0, 1);
  checkWhole('maxPieceLength', learned.maxPieceLength, 1, 512);
  checkWhole('subIterations', learned.subIterations, 1, 10);
  checkRange('shrinkingFactor', learned.shrinkingFactor, 0.5, 0.95);
  checkWhole('seedSize', learned.seedSize, 1, 1 << 28);
  return learned;
}

/**
 * A score so low that the model never takes a reserved token for text that only looks like it: its characters, which are
 * all pieces, are together a better path. (SentencePiece leaves these tokens out of its trie; tokenizer.json cannot say
 * that, and the score 0 that is common there lets any text forge them.)
 */
function neverBest(reserved: readonly string[], leastScore: number): number {
  const longest = reserved.reduce((most, token) => Math.max(most, token.length), 1);
  return Math.floor(leastScore) * (longest + 1);
}

const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };

const plainPipeline = {
  normalizer: {
    type: 'Sequence',
    normalizers: [{ type: 'Nmt' }, { type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }],
  },
  preTokenizer: metaspace,
  decoder: metaspace,
};

const losslessPipeline = {
  normalizer: null,
  // A space put in at the beginning could not be told from one that was there, nor taken out behind a special token.
  preTokenizer: { ...metaspace, prepend_scheme: 'never' },
  decoder: {
    type: 'Sequence',
    decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }],
  },
};
