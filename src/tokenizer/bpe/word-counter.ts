/**
 * Counts the distinct pieces ("words") of a corpus: all that BPE training needs of it, so that memory grows with the
 * distinct words and not with the corpus. Counts of parts of a corpus add up.
 */
import { AthanorError } from '../../core/index.ts';
import { wellFormed } from '../byte-level.ts';
import { patternJson } from '../pretokenize/patterns.ts';
import { readPreTokenizer } from '../pretokenize/read.ts';
import type { Json, PreTokenizer } from '../types.ts';

export class WordCounter {
  /** word → how often; numbers are exact up to 2⁵³ */
  readonly counts = new Map<string, number>();
  readonly preTokenizer: PreTokenizer;

  /** @param pattern a pattern's name or regular expression (see patterns.ts), or a `pre_tokenizer` of tokenizer.json */
  constructor(pattern: string | Json = 'gpt2') {
    this.preTokenizer = readPreTokenizer(typeof pattern === 'string' ? patternJson(pattern) : pattern);
  }

  /** Counts one text, as often as it occurs. Special tokens in it are ordinary text, as in Hugging Face's trainer. */
  add(text: string, times = 1): void {
    for (const word of this.preTokenizer.split([wellFormed(text)]))
      this.counts.set(word, (this.counts.get(word) ?? 0) + times);
  }

  merge(counts: Iterable<readonly [string, number]>): void {
    for (const [word, count] of counts) this.counts.set(word, (this.counts.get(word) ?? 0) + count);
  }
}

/** The error for a corpus without any text. */
export function emptyCorpus(): AthanorError {
  return new AthanorError('bad-input', 'the corpus to train a tokenizer on is empty', {
    hint: 'Check the sources and filters of the dataset.',
  });
}
