/**
 * SentencePiece's decoding (sentencepiece_processor.cc, DecodeOptimized): ▁ are spaces, the first one is dropped where
 * the normalizer put it in, control pieces are silent, byte pieces are UTF-8.
 */
import { utf8Length } from '../byte-level.ts';
import type { CompiledDecoder, Normalizer, StreamDecoder } from '../types.ts';
import { type ModelProto, pieceByte, pieceTypes } from './proto.ts';
import { pieceBytes } from './vocabulary.ts';

/**
 * @param denormalizer applied to the whole text; a stream then says everything at its end
 * @param added text of a token that is not a piece of the model
 */
export function spmDecoder(
  model: ModelProto,
  denormalizer: Normalizer | undefined,
  added: (id: number) => string | undefined,
): CompiledDecoder {
  const { pieces } = model;
  const stream = () => (denormalizer ? heldBack(pieceStream(model, added), denormalizer) : pieceStream(model, added));
  return {
    decode(ids) {
      const one = stream();
      let text = '';
      for (const id of ids) text += one.push(id);
      return text + one.flush();
    },
    stream,
    byteLength: (id) => (id < pieces.length ? pieceBytes(model, id) : utf8Length(added(id) ?? '')),
  };
}

function heldBack(inner: StreamDecoder, denormalizer: Normalizer): StreamDecoder {
  let text = '';
  return {
    push(id) {
      text += inner.push(id);
      return '';
    },
    flush() {
      const all = denormalizer.normalize(text + inner.flush());
      text = '';
      return all;
    },
  };
}

type AddedText = (id: number) => string | undefined;

function pieceStream({ pieces, trainer, normalizer }: ModelProto, added: AddedText): StreamDecoder {
  const dropsFirst = normalizer.addDummyPrefix || normalizer.removeExtraWhitespaces;
  let bytes: number[] = [];
  /** Nothing but silent pieces so far; where all leading spaces go, also dropped ones. */
  let atStart = true;

  function pieceText(id: number): string {
    const piece = pieces[id];
    if (piece === undefined) return added(id) ?? '';
    if (piece.type === pieceTypes.control) return '';
    const dropped = atStart && dropsFirst && piece.piece.startsWith('\u2581');
    if (dropped && !normalizer.removeExtraWhitespaces) atStart = false;
    if (piece.type === pieceTypes.unknown) return trainer.unkSurface;
    return (dropped ? piece.piece.slice(1) : piece.piece).replaceAll('\u2581', ' ');
  }

  return {
    push(id) {
      const piece = pieces[id];
      if (piece?.type === pieceTypes.byte) {
        bytes.push(pieceByte(piece.piece));
        const text = takeCharacters(bytes, false);
        if (text !== '') atStart = false;
        return text;
      }
      let text = takeCharacters(bytes, true);
      if (text !== '') atStart = false;
      text += pieceText(id);
      if (text !== '') atStart = false;
      return text;
    },
    flush() {
      const text = takeCharacters(bytes, true);
      bytes = [];
      atStart = true;
      return text;
    },
  };
}

/**
 * Takes whole characters from the front of `bytes`; a byte that cannot be part of one becomes U+FFFD of its own.
 * @param atEnd no more bytes follow: an unfinished character is none
 */
function takeCharacters(bytes: number[], atEnd: boolean): string {
  let text = '';
  let taken = 0;
  while (taken < bytes.length) {
    const lead = bytes[taken]!;
    const need = lead < 0x80 ? 1 : lead >= 0xf0 && lead < 0xf8 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    const code = need === 0 || lead >= 0xf8 ? -1 : codePoint(bytes, taken, need);
    if (code === undefined && !atEnd) break;
    if (code === undefined || code < 0) {
      text += '\ufffd';
      taken++;
    } else {
      text += String.fromCodePoint(code);
      taken += need;
    }
  }
  bytes.splice(0, taken);
  return text;
}

const leastCode = [0, 0, 0x80, 0x800, 0x10000];

/** Of the `need` bytes at `at`: -1 when they are no character, undefined when some that could make it one are missing. */
function codePoint(bytes: readonly number[], at: number, need: number): number | undefined {
  let code = need === 1 ? bytes[at]! : bytes[at]! & (0xff >> (need + 1));
  for (let i = 1; i < need; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    if ((byte & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (byte & 0x3f);
  }
  return code < leastCode[need]! || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? -1 : code;
}
