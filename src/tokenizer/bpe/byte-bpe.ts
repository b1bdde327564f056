/**
 * A byte-level BPE model on raw bytes: pieces of UTF-8 → ids, by memory first, then in linear time. What fast-path.ts
 * runs on.
 */
import { byteChars, tokenToBytes } from '../byte-level.ts';
import { Backtracker } from './backtrack.ts';
import type { Derivation } from './derivation.ts';
import { mergeIds } from './merge.ts';
import { PieceTable } from './piece-table.ts';

/** Longest piece that is remembered, in bytes: longer ones seldom come again. */
const remembered = 96;

export class ByteBpe {
  readonly #table: PieceTable;
  readonly #derivation: Derivation;
  readonly #backtracker: Backtracker | undefined;
  readonly #byteIds: Int32Array;

  /**
   * @param tokens spelling by id, in the byte alphabet
   * @param whole a piece that is a token as a whole is that token, whatever the merges say
   */
  constructor(derivation: Derivation, tokens: readonly (string | undefined)[], whole: boolean) {
    const bytes = tokens.map((token) => (token === undefined ? undefined : tokenToBytes(token)));
    const byChar = new Map(tokens.map((token, id) => [token, id]));
    this.#byteIds = Int32Array.from(byteChars, (char) => byChar.get(char)!);
    this.#derivation = derivation;
    this.#backtracker = derivation.consistent ? new Backtracker(derivation, bytes) : undefined;
    const sure = whole || derivation.consistent;
    this.#table = new PieceTable(
      bytes.map((one, id) => {
        const isPiece = one && sure && (whole || derivation.isReachable(id)) && isUtf8(one);
        return isPiece ? one : undefined;
      }),
    );
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
function isUtf8(bytes: Uint8Array): boolean {
  if (bytes.every((byte) => byte < 0x80)) return true;
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
