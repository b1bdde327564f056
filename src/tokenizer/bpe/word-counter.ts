/**
 * Counts the distinct pieces ("words") of a corpus: all that training a tokenizer needs of it, so that memory grows with
 * the distinct words and not with the corpus. Counts of parts of a corpus add up.
 */
import { AthanorError } from '../../core/index.ts';
import { patternJson } from '../pre-tokenizers/patterns.ts';
import { type CorpusCutter, type CuttingPlan, corpusCutter, type TakeWord } from '../trainers/corpus-cutter.ts';
import { WordTable } from '../trainers/corpus-words.ts';

export class WordCounter {
  readonly plan: CuttingPlan;
  readonly cutter: CorpusCutter;
  words: WordTable;
  #times = 1;
  readonly #take: TakeWord = (bytes, start, end) => this.words.add(bytes, start, end, this.#times);

  /**
   * @param how a pattern's name or regular expression for byte-level words (see patterns.ts), or components
   * @param words counts to go on with
   */
  constructor(how: string | CuttingPlan = 'gpt2', words: WordTable = new WordTable()) {
    this.plan = typeof how === 'string' ? { preTokenizer: patternJson(how) } : how;
    this.cutter = corpusCutter(this.plan);
    this.words = words;
  }

  /** Number of distinct words. */
  get size(): number {
    return this.words.size;
  }

  /** Counts one text, as often as it occurs. Special tokens in it are ordinary text, as in Hugging Face's trainer. */
  add(text: string, times = 1): void {
    this.#times = times;
    this.cutter.cutText(text, this.#take);
  }

  /** Counts `bytes[start, end)`, valid UTF-8. @param first whether a text begins here, and does not only go on */
  addBytes(bytes: Uint8Array, start: number, end: number, first = true): void {
    this.#times = 1;
    this.cutter.cutBytes(bytes, start, end, this.#take, first);
  }

  /** Adds what was counted elsewhere in the same way. */
  merge(other: WordCounter | WordTable): void {
    this.words.addTable(other instanceof WordCounter ? other.words : other);
  }
}

/** The error for a corpus without any text. */
export function emptyCorpus(): AthanorError {
  return new AthanorError('bad-input', 'the corpus to train a tokenizer on is empty', {
    hint: 'Check the sources and filters of the dataset.',
  });
}
