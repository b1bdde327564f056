/**
 * Learns BPE merges from word counts, step for step as Hugging Face's BpeTrainer does (trainer.rs, word.rs), so that
 * equal corpora give equal merges: highest count first, ties to the smallest pair of ids; a pair whose concatenation
 * is a token already reuses its id. Knows ids and spellings, nothing of text.
 */
import { MergeStep } from './merge-step.ts';
import { MergeWords } from './merge-words.ts';

export interface MergeTrainerOptions {
  /** Spelling of every initial symbol, by id; learned tokens are appended to a copy. */
  readonly symbols: readonly string[];
  /** Each word as ids, one after another. */
  readonly ids: Int32Array;
  /** Word w is ids[starts[w], starts[w + 1]). */
  readonly starts: Int32Array;
  readonly counts: Float64Array;
  readonly vocabSize: number;
  readonly minFrequency: number;
  /** Pairs whose symbols have together this many initial symbols or more are not formed (word.rs). Default: any. */
  readonly maxTokenLength?: number | undefined;
  /** Spelling of a merged pair, which is never that of one of the two. Default: the concatenation. */
  readonly joined?: ((left: string, right: string) => string) | undefined;
  /** Called now and then with the number of tokens so far. */
  readonly progress?: ((tokens: number) => void) | undefined;
}

export interface LearnedMerges {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

/**
 * How much rarer than the most frequent pair a pair may be to be kept in the books at first. Books of all pairs would be
 * mostly of pairs that are never merged; when the merges come down to the limit, the words are counted anew.
 */
const booksDepth = 256;

export function learnMerges(options: MergeTrainerOptions): LearnedMerges {
  // A largest length makes Hugging Face's books differ from what a new count would find.
  const countAnew = options.maxTokenLength === undefined;
  return (countAnew && learn(options, true)) || (learn(options, false) as LearnedMerges);
}

/**
 * @param countAnew keep books of frequent pairs only, and count anew for the others
 * @returns undefined where that would not do: when a merge comes to a token that is there already. From then on
 *   Hugging Face's books are not what a count finds: what was merged is never taken off a pair's count, and a pair can
 *   have several entries, each with words of its own.
 */
function learn(options: MergeTrainerOptions, countAnew: boolean): LearnedMerges | undefined {
  const { vocabSize, joined = (left, right) => left + right } = options;
  const tokens = [...options.symbols];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const words = new MergeWords(options.ids, options.starts, options.counts);
  const idLimit = Math.max(vocabSize, tokens.length);
  const step = new MergeStep(words, idLimit, options.maxTokenLength ?? Number.POSITIVE_INFINITY, countAnew);
  // A rarer pair would end the training when its turn came; but pairs that come up again may become frequent together.
  const rarest = countAnew ? Math.max(1, options.minFrequency) : 1;
  let least = rarest;
  const count = () => {
    words.compact();
    step.countPairs((top) => {
      least = countAnew ? Math.max(rarest, Math.floor(top / booksDepth)) : rarest;
      return least;
    });
  };
  count();
  const merges = new Map<number, readonly [string, string]>();
  while (tokens.length < vocabSize) {
    const { queue, pairs } = step;
    const entry = queue.pop();
    const pair = entry < 0 ? -1 : queue.pair(entry);
    const current = entry < 0 ? 0 : asUnsigned(pairs.count[pair]!);
    if (entry < 0 || (countAnew && current < least)) {
      // A pair that is too rare for the books now is found again by the next count.
      if (entry >= 0) continue;
      if (least === rarest) break;
      count();
      continue;
    }
    if (queue.poppedCount !== current) {
      queue.push(entry, current); // stale: goes back to where it belongs now
      continue;
    }
    if (current < Math.max(1, options.minFrequency)) break;
    const [left, right] = [pairs.left[pair]!, pairs.right[pair]!];
    const merged = joined(tokens[left]!, tokens[right]!);
    let id = idOf.get(merged);
    if (id === undefined) {
      id = tokens.length;
      tokens.push(merged);
      idOf.set(merged, id);
      if (id % 256 === 0) options.progress?.(id);
    } else if (countAnew) {
      return undefined;
    }
    // A pair can come again by way of a reused id; like Hugging Face's map, the later rank holds.
    const key = left * idLimit + right;
    merges.delete(key);
    merges.set(key, [tokens[left]!, tokens[right]!]);
    step.merge(entry, id);
  }
  return { tokens, merges: [...merges.values()] };
}

/**
 * Hugging Face compares counts as unsigned numbers. With a largest token length a pair that was never counted can be
 * taken away from, and then stands above all others.
 */
function asUnsigned(count: number): number {
  return count < 0 ? Number.MAX_SAFE_INTEGER + count : count;
}
