/**
 * BPE over a piece's characters in linear time: known characters between unknown ones are encoded by the backtracker;
 * an unknown one becomes its byte tokens or unk. For long pieces: SentencePiece-like models see whole texts.
 */
import { writeUtf8 } from '../byte-level.ts';
import { Backtracker } from './backtrack.ts';
import type { Derivation } from './derivation.ts';
import { pushSpans, utf8Width } from './spans.ts';
import { TokenBytes } from './token-bytes.ts';

/** What is done with characters. */
export interface CharacterIds {
  /** Id of a known character, or -1. */
  idOf(code: number): number;
  /** Ids of the 256 byte tokens, where they stand for unknown characters. */
  readonly byteIds: readonly number[] | undefined;
  readonly unkId: number | undefined;
  readonly fuseUnk: boolean;
}

const encoder = new TextEncoder();

export class LinearBpe {
  readonly #backtracker: Backtracker;
  readonly #characters: CharacterIds;
  readonly #widths: Int32Array;
  #bytes = new Uint8Array(4096);

  constructor(derivation: Derivation, tokens: readonly (string | undefined)[], characters: CharacterIds) {
    const bytes = TokenBytes.utf8(tokens);
    this.#backtracker = new Backtracker(derivation, bytes);
    this.#widths = Int32Array.from(tokens, (_, id) => bytes.length(id));
    this.#characters = characters;
  }

  encode(piece: string, ids: number[], spans?: number[]): void {
    const { byteIds, unkId, fuseUnk } = this.#characters;
    if (this.#bytes.length < piece.length * 3) this.#bytes = new Uint8Array(piece.length * 4);
    const bytes = this.#bytes;
    const total = piece.length < 64 ? writeUtf8(piece, bytes) : encoder.encodeInto(piece, bytes).written;
    const widths: number[] | undefined = spans && [];
    let from = 0; // start of the run of known characters
    let at = 0;
    let unkOpen = false;
    const known = (to: number) => {
      const first = ids.length;
      this.#backtracker.encode(bytes, from, to, ids);
      if (widths) for (let i = first; i < ids.length; i++) widths.push(this.#widths[ids[i]!]!);
    };
    for (let unit = 0; unit < piece.length; ) {
      const code = piece.codePointAt(unit)!;
      const width = utf8Width(code);
      unit += width === 4 ? 2 : 1;
      if (this.#characters.idOf(code) >= 0) {
        at += width;
        continue;
      }
      if (at > from) {
        known(at);
        unkOpen = false;
      }
      if (byteIds) {
        for (let i = 0; i < width; i++) ids.push(byteIds[bytes[at + i]!]!);
        widths?.push(...Array.from({ length: width }, () => 1));
      } else if (unkOpen && fuseUnk) {
        if (widths) widths[widths.length - 1]! += width;
      } else {
        ids.push(unkId!);
        widths?.push(width);
        unkOpen = true;
      }
      at += width;
      from = at;
    }
    known(total);
    if (spans && widths) pushSpans(piece, widths, spans);
    if (this.#bytes.length > 1 << 22) this.#bytes = new Uint8Array(4096);
  }
}
