/**
 * Learns BPE merges from word counts, step for step as Hugging Face's BpeTrainer does (trainer.rs, word.rs), so that
 * equal corpora give equal merges: highest count first, ties to the smallest pair of ids; a pair whose concatenation
 * is a token already reuses its id. Knows ids and spellings, nothing of text.
 */
import { MergeQueue } from './merge-queue.ts';
import { PairTable } from './pair-table.ts';

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
  /** Called now and then with the number of tokens so far. */
  readonly progress?: (tokens: number) => void;
}

export interface LearnedMerges {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

export function learnMerges(options: MergeTrainerOptions): LearnedMerges {
  const { counts, vocabSize } = options;
  const tokens = [...options.symbols];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const words = new Words(options);
  const pairs = new PairTable();
  const queue = new MergeQueue(pairs);
  const changed = new ChangedPairs(pairs, queue);
  for (let word = 0; word < counts.length; word++) words.countPairs(word, pairs, changed);
  changed.enqueue();

  const merges = new Map<number, readonly [string, string]>();
  while (tokens.length < vocabSize) {
    const top = queue.pop();
    if (!top) break;
    const count = pairs.count[top.pair]!;
    if (top.count !== count) {
      // Stale: goes back to where it belongs now. With count 0 it could only end the training, as an empty queue does.
      if (count > 0) queue.push({ ...top, count });
      continue;
    }
    if (count < options.minFrequency) break;
    const left = pairs.left[top.pair]!;
    const right = pairs.right[top.pair]!;
    const merged = tokens[left]! + tokens[right]!;
    let id = idOf.get(merged);
    if (id === undefined) {
      id = tokens.length;
      tokens.push(merged);
      idOf.set(merged, id);
      if (id % 256 === 0) options.progress?.(id);
    }
    // A pair can come again by way of a reused id; like Hugging Face's map, the later rank holds.
    merges.delete(top.pair);
    merges.set(top.pair, [tokens[left]!, tokens[right]!]);
    for (const word of top.words) words.merge(word, left, right, id, pairs, changed);
    changed.enqueue();
  }
  return { tokens, merges: [...merges.values()] };
}

/** Pairs that grew in this step, with the words they grew in. */
class ChangedPairs {
  readonly #pairs: PairTable;
  readonly #queue: MergeQueue;
  readonly #words: (number[] | undefined)[] = [];
  #touched: number[] = [];

  constructor(pairs: PairTable, queue: MergeQueue) {
    this.#pairs = pairs;
    this.#queue = queue;
  }

  /** Words come one after another, so a repetition is always the last one. */
  add(pair: number, word: number): void {
    const words = this.#words[pair];
    if (words === undefined) {
      this.#words[pair] = [word];
      this.#touched.push(pair);
    } else if (words[words.length - 1] !== word) {
      words.push(word);
    }
  }

  enqueue(): void {
    for (const pair of this.#touched) {
      const count = this.#pairs.count[pair]!;
      if (count > 0) this.#queue.push({ pair, count, words: this.#words[pair]! });
      this.#words[pair] = undefined;
    }
    this.#touched = [];
  }
}

/** The words as shrinking runs of ids in one array. */
class Words {
  readonly #ids: Int32Array;
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #counts: Float64Array;

  constructor({ ids, starts, counts }: MergeTrainerOptions) {
    this.#ids = ids.slice();
    this.#starts = starts;
    this.#counts = counts;
    this.#lengths = Int32Array.from(counts, (_, word) => starts[word + 1]! - starts[word]!);
  }

  countPairs(word: number, pairs: PairTable, changed: ChangedPairs): void {
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    for (let i = start; i + 1 < end; i++) {
      const pair = pairs.index(this.#ids[i]!, this.#ids[i + 1]!);
      pairs.count[pair]! += this.#counts[word]!;
      changed.add(pair, word);
    }
  }

  /** Replaces every (left, right) in a word, from left to right, and books the neighbours' changes. */
  merge(word: number, left: number, right: number, id: number, pairs: PairTable, changed: ChangedPairs): void {
    const ids = this.#ids;
    const count = this.#counts[word]!;
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    let to = start; // ids[start, to) is the new word so far
    for (let from = start; from < end; from++) {
      if (ids[from] !== left || from + 1 >= end || ids[from + 1] !== right) {
        ids[to++] = ids[from]!;
        continue;
      }
      if (to > start) {
        pairs.count[pairs.index(ids[to - 1]!, left)]! -= count;
        this.#grow(ids[to - 1]!, id, word, count, pairs, changed);
      }
      from++;
      if (from + 1 < end) {
        pairs.count[pairs.index(right, ids[from + 1]!)]! -= count;
        this.#grow(id, ids[from + 1]!, word, count, pairs, changed);
      }
      ids[to++] = id;
    }
    this.#lengths[word] = to - start;
  }

  #grow(left: number, right: number, word: number, count: number, pairs: PairTable, changed: ChangedPairs): void {
    const pair = pairs.index(left, right);
    pairs.count[pair]! += count;
    changed.add(pair, word);
  }
}
