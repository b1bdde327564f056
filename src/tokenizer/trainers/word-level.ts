/**
 * Trains a WordLevel tokenizer as Hugging Face's WordLevelTrainer does (models/wordlevel/trainer.rs): the most frequent
 * words, ties by code points. Default pipeline: words and runs of punctuation, joined by spaces when decoded.
 */
import { addedToken } from '../added-tokens.ts';
import { readDecoder } from '../decoders/read.ts';
import { wordLevelModel } from '../models/word-level.ts';
import { readPostProcessor } from '../post-processors/read.ts';
import { checkSpecialTokens, defaultRoles, endOfText } from '../special-tokens.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { Json, Tokenizer } from '../types.ts';
import { listVocab } from '../word-piece/vocab.ts';
import type { CuttingPlan } from './corpus-cutter.ts';
import { type Corpus, checkWhole, countCorpus, largestVocab, wordCounts } from './corpus-text.ts';

export interface TrainWordLevelOptions {
  readonly texts: Corpus;
  /** Special tokens and words together; fewer where the corpus has no more words. Default 30,000. */
  readonly vocabSize?: number;
  /** First ids, in this order. Default `<|endoftext|>`. */
  readonly specialTokens?: readonly string[];
  /** Stands for an unknown word; put behind the special tokens if it is none of them. Default `<unk>`. */
  readonly unkToken?: string;
  /** A word seen less often is no token. Default 0. */
  readonly minFrequency?: number;
  /** Components of tokenizer.json instead of the default ones; the first two come from counts, where these are given. */
  readonly normalizer?: Json;
  readonly preTokenizer?: Json;
  readonly postProcessor?: Json;
  readonly decoder?: Json;
}

/**
 * Learns a vocabulary and returns the tokenizer. A word spelled like a special token is that token (in Hugging Face's the
 * token loses its first id to the word).
 * @throws AthanorError('bad-input') for an empty corpus, or a vocabulary with no room for words
 */
export function trainWordLevel(options: TrainWordLevelOptions): Tokenizer {
  const { vocabSize = 30_000, unkToken = '<unk>', minFrequency = 0 } = options;
  const given = options.specialTokens ?? [endOfText];
  const special = checkSpecialTokens(given.includes(unkToken) ? given : [...given, unkToken]);
  checkWhole('vocabSize', vocabSize, special.length + 1, largestVocab);
  const counter = countCorpus(options.texts, wordLevelPlan(options));
  const isSpecial = new Set(special);
  // The words come ordered by code points, and sorting is stable.
  const words = [...wordCounts(counter)]
    .filter(([word, count]) => count >= minFrequency && !isSpecial.has(word))
    .sort((a, b) => b[1] - a[1])
    .slice(0, vocabSize - special.length);
  return createTokenizer({
    normalizer: counter.cutter.normalizer,
    preTokenizer: counter.cutter.preTokenizer,
    model: wordLevelModel(listVocab([...special, ...words.map(([word]) => word)]), unkToken),
    postProcessor: readPostProcessor(options.postProcessor ?? null),
    decoder: readDecoder(options.decoder ?? null),
    addedTokens: special.map((token, id) => addedToken(token, id)),
    roles: { ...defaultRoles(given), unk: unkToken },
  });
}

/** How these options have a corpus cut: for counting it elsewhere. */
export function wordLevelPlan(options: Pick<TrainWordLevelOptions, 'normalizer' | 'preTokenizer'>): CuttingPlan {
  const { normalizer = null, preTokenizer } = options;
  return { normalizer, preTokenizer: preTokenizer === undefined ? { type: 'Whitespace' } : preTokenizer };
}
