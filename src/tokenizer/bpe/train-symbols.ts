/** Words as ids of their smallest symbols, which is what merging begins with: bytes, or characters. */
import { byteChars } from '../byte-level.ts';
import { codeAt } from '../regex/dfa.ts';
import type { WordTable } from '../trainers/corpus-words.ts';

export interface SymbolOptions {
  /** Tokens by id: special ones and the alphabet. */
  readonly tokens: readonly string[];
  /** The words are raw bytes, written in the byte alphabet. */
  readonly byteLevel: boolean;
  /** Put before every symbol but a word's first. Default none. */
  readonly continuingSubwordPrefix?: string | undefined;
  /** Put after a word's last symbol. Default none. */
  readonly endOfWordSuffix?: string | undefined;
}

export interface SymbolWords {
  /** `tokens` and, behind them, the forms with prefix and suffix. */
  readonly symbols: readonly string[];
  /** Word w is ids[starts[w], starts[w + 1]). */
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly counts: Float64Array;
}

/**
 * A character without a token is left out, and those beside it become neighbours, as in Hugging Face's (bpe/trainer.rs,
 * tokenize_words).
 */
export function symbolWords(words: WordTable, options: SymbolOptions): SymbolWords {
  const { byteLevel, continuingSubwordPrefix: prefix, endOfWordSuffix: suffix } = options;
  const symbols = [...options.tokens];
  const idOf = new Map(symbols.map((token, id) => [token, id]));
  const plain = plainIds(idOf, byteLevel);
  const ids = new Int32Array(words.totalBytes);
  const starts = new Int32Array(words.size + 1);
  const counts = new Float64Array(words.size);
  const affixed = prefix || suffix ? new AffixedIds(symbols, idOf, prefix ?? '', suffix ?? '') : undefined;
  // New forms get ids in the order of the words, which Hugging Face leaves to chance; here it is that of their bytes.
  const order = affixed ? words.order() : undefined;
  let length = 0;
  for (let w = 0; w < words.size; w++) {
    const word = order ? order[w]! : w;
    const start = words.start(word);
    const end = words.ends[word]!;
    for (let at = start; at < end; ) {
      const code = byteLevel ? words.arena[at]! : codeAt(words.arena, at);
      const next = at + (byteLevel || code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
      const id = plain[code]!;
      if (id >= 0) ids[length++] = affixed ? affixed.id(id, at === start, next === end) : id;
      at = next;
    }
    starts[w + 1] = length;
    counts[w] = words.counts[word]!;
  }
  return { symbols, ids: ids.subarray(0, length), starts, counts };
}

/** Id by byte or code point; -1: none. */
function plainIds(idOf: ReadonlyMap<string, number>, byteLevel: boolean): Int32Array {
  if (byteLevel) return Int32Array.from(byteChars, (char) => idOf.get(char) ?? -1);
  const ids = new Int32Array(0x110000).fill(-1);
  for (const [token, id] of idOf) {
    const code = token.codePointAt(0);
    if (code !== undefined && token.length === (code > 0xffff ? 2 : 1)) ids[code] = id;
  }
  return ids;
}

/** Ids of symbols with prefix and suffix, given out as they are first asked for. */
class AffixedIds {
  readonly #known = new Map<number, number>();
  readonly #symbols: string[];
  readonly #idOf: Map<string, number>;
  readonly #prefix: string;
  readonly #suffix: string;

  constructor(symbols: string[], idOf: Map<string, number>, prefix: string, suffix: string) {
    this.#symbols = symbols;
    this.#idOf = idOf;
    this.#prefix = prefix;
    this.#suffix = suffix;
  }

  id(plain: number, first: boolean, last: boolean): number {
    const key = plain * 4 + (first ? 2 : 0) + (last ? 1 : 0);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const token = `${first ? '' : this.#prefix}${this.#symbols[plain]!}${last ? this.#suffix : ''}`;
    let id = this.#idOf.get(token);
    if (id === undefined) {
      id = this.#symbols.push(token) - 1;
      this.#idOf.set(token, id);
    }
    this.#known.set(key, id);
    return id;
  }
}
