/**
 * A byte-level BPE model on raw bytes: pieces of UTF-8 → ids, by memory first, then in linear time. What fast-path.ts
 * runs on.
 */
import { Backtracker } from './backtrack.ts';
import type { Derivation } from './derivation.ts';
import { mergeIds } from './merge.ts';
import { PieceTable } from './piece-table.ts';
import { TokenBytes } from './token-bytes.ts';

/** Longest piece that is remembered, in bytes: longer ones seldom come again. */
const remembered = 96;

export class ByteBpe {
  readonly #table: PieceTable;
  readonly #derivation: Derivation;
  readonly #backtracker: Backtracker | undefined;
  /** Id of each byte. */
  readonly #byteIds: readonly number[];

  /**
   * @param tokens spelling by id, in the byte alphabet
   * @param whole a piece that is a token as a whole is that token, whatever the merges say
   */
  constructor(
    derivation: Derivation,
    tokens: readonly (string | undefined)[],
    byteIds: readonly number[],
    whole: boolean,
  ) {
    const bytes = TokenBytes.byteLevel(tokens);
    this.#byteIds = byteIds;
    this.#derivation = derivation;
    this.#backtracker = derivation.consistent ? new Backtracker(derivation, bytes) : undefined;
    const isPiece = (id: number) =>
      (whole || (derivation.consistent && derivation.isReachable(id))) &&
      isUtf8(bytes.bytes, bytes.starts[id]!, bytes.starts[id + 1]!);
    this.#table = new PieceTable(bytes, isPiece);
  }

  /** Appends the ids of the piece bytes[from, to); `hash` is that of regex/dfa.ts. */
  encode(bytes: Uint8Array, from: number, to: number, hash: number, ids: number[]): void {
    if (this.#table.take(bytes, from, to, hash, ids)) return;
    const first = ids.length;
    if (this.#backtracker) this.#backtracker.encode(bytes, from, to, ids);
    else this.#merge(bytes, from, to, ids);
    if (to - from <= remembered) this.#table.learn(bytes, from, to, hash, ids, first);
  }

  #merge(bytes: Uint8Array, from: number, to: number, ids: number[]): void {
    const symbols = new Int32Array(to - from);
    for (let i = from; i < to; i++) symbols[i - from] = this.#byteIds[bytes[i]!]!;
    const length = mergeIds(symbols, symbols.length, this.#derivation.table);
    for (let i = 0; i < length; i++) ids.push(symbols[i]!);
  }
}

const strict = new TextDecoder('utf-8', { fatal: true });

/** Whether the bytes are whole characters; only such a token can be a piece. */
function isUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  let ascii = true;
  for (let i = from; i < to; i++) if (bytes[i]! >= 0x80) ascii = false;
  if (ascii) return true;
  try {
    strict.decode(bytes.subarray(from, to));
    return true;
  } catch {
    return false;
  }
}
