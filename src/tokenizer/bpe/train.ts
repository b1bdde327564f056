/** Trains a byte-level BPE tokenizer (Sennrich et al. 2016 on bytes, as GPT-2) equal to Hugging Face's BpeTrainer. */
import { AthanorError } from '../../core/index.ts';
import { addedToken } from '../added-tokens.ts';
import { byteAlphabet, byteChars, utf8Length, writeUtf8 } from '../byte-level.ts';
import { readDecoder } from '../decode/read.ts';
import type { PatternName } from '../pretokenize/patterns.ts';
import { checkSpecialTokens, defaultRoles, defaultSpecialTokens } from '../special-tokens.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { Tokenizer } from '../types.ts';
import { bpe } from './encode.ts';
import { learnMerges } from './merge-trainer.ts';
import { emptyCorpus, WordCounter } from './word-counter.ts';

export interface TrainBpeOptions {
  /** The corpus, read once; or its word counts, where they were collected elsewhere. */
  readonly texts: Iterable<string> | WordCounter;
  /** Special tokens, 256 bytes and merges together; fewer where the corpus has no more pairs. */
  readonly vocabSize: number;
  /** First ids, in this order. Default `<|endoftext|>`, `<|im_start|>`, `<|im_end|>`. */
  readonly specialTokens?: readonly string[];
  /** How text is cut; no merge crosses a cut. A name, or a regular expression. Default 'gpt2'. */
  readonly pattern?: PatternName | (string & {});
  /** A pair seen less often is never merged. Default 0, as in Hugging Face's. */
  readonly minFrequency?: number;
  /** Called now and then with the number of tokens so far and the number wanted. */
  readonly progress?: (tokens: number, vocabSize: number) => void;
}

/**
 * Learns a vocabulary and returns the tokenizer.
 * @throws AthanorError('bad-input') for an empty corpus, or a vocabulary with no room for the bytes and special tokens
 */
export function trainBpe(options: TrainBpeOptions): Tokenizer {
  const specialTokens = checkSpecialTokens(options.specialTokens ?? defaultSpecialTokens);
  const { vocabSize } = options;
  const least = specialTokens.length + 256;
  if (!Number.isInteger(vocabSize) || vocabSize < least || vocabSize > 1 << 21) {
    throw new AthanorError(
      'bad-input',
      `vocabulary size ${vocabSize}: expected ${least} (256 bytes and ${specialTokens.length} special tokens) to ${1 << 21}`,
      {
        values: { vocabSize, least },
      },
    );
  }
  const counter = countWords(options);
  // A special token spelled like a byte takes that byte's place, as in Hugging Face's.
  const symbols = [...new Set([...specialTokens, ...byteAlphabet])];
  const { tokens, merges } = learnMerges({
    symbols,
    ...wordIds(counter.counts, symbols),
    vocabSize,
    minFrequency: options.minFrequency ?? 0,
    progress: options.progress && ((done) => options.progress?.(done, vocabSize)),
  });
  const vocab = new Map(tokens.map((token, id) => [token, id]));
  return createTokenizer({
    preTokenizer: counter.preTokenizer,
    model: bpe({ vocab, merges, byteLevel: true }),
    decoder: readDecoder({ type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }),
    addedTokens: specialTokens.map((token, id) => addedToken(token, id)),
    roles: defaultRoles(specialTokens),
  });
}

function countWords({ texts, pattern }: TrainBpeOptions): WordCounter {
  let counter: WordCounter;
  if (texts instanceof WordCounter) {
    counter = texts;
  } else {
    counter = new WordCounter(pattern);
    for (const text of texts) counter.add(text);
  }
  if (counter.counts.size === 0) throw emptyCorpus();
  return counter;
}

/** Words as byte ids in one array. */
function wordIds(
  words: ReadonlyMap<string, number>,
  symbols: readonly string[],
): { ids: Int32Array; starts: Int32Array; counts: Float64Array } {
  const byteIds = byteChars.map((char) => symbols.indexOf(char));
  let total = 0;
  for (const word of words.keys()) total += utf8Length(word);
  const ids = new Int32Array(total);
  const starts = new Int32Array(words.size + 1);
  const counts = new Float64Array(words.size);
  let utf8 = new Uint8Array(256);
  let word = 0;
  let at = 0;
  for (const [text, count] of words) {
    if (utf8.length < text.length * 3) utf8 = new Uint8Array(text.length * 6);
    const length = writeUtf8(text, utf8);
    for (let i = 0; i < length; i++) ids[at++] = byteIds[utf8[i]!]!;
    counts[word++] = count;
    starts[word] = at;
  }
  return { ids, starts, counts };
}
