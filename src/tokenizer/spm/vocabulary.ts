/** What SentencePiece's four models share: the pieces by name and id, and how an unknown stretch becomes ids. */
import { utf8Length, writeUtf8 } from '../byte-level.ts';
import { isOrdinary, type ModelProto, pieceByte, pieceTypes } from './proto.ts';
import { UnitTrie } from './trie.ts';

export interface SpmVocabulary {
  readonly model: ModelProto;
  /** Pieces that take part in segmentation. */
  readonly ordinary: ReadonlyMap<string, number>;
  /** -1 where there is none (only with byte fallback). */
  readonly unkId: number;
  /** By byte, where unknown characters become bytes. */
  readonly byteIds: Int32Array | undefined;
  /** undefined where there are none. */
  readonly userDefined: UnitTrie | undefined;
  isUnused(id: number): boolean;
}

export function spmVocabulary(model: ModelProto): SpmVocabulary {
  const ordinary = new Map<string, number>();
  const byteIds = new Int32Array(256);
  const symbols: [string, number][] = [];
  let unkId = -1;
  for (const [id, one] of model.pieces.entries()) {
    if (isOrdinary(one) && one.piece !== '\0') ordinary.set(one.piece, id);
    if (one.type === pieceTypes.byte) byteIds[pieceByte(one.piece)] = id;
    if (one.type === pieceTypes.unknown) unkId = id;
    if (one.type === pieceTypes.userDefined) symbols.push([one.piece, id]);
  }
  return {
    model,
    ordinary,
    unkId,
    byteIds: model.trainer.byteFallback ? byteIds : undefined,
    userDefined: symbols.length > 0 ? new UnitTrie(symbols) : undefined,
    isUnused: (id) => model.pieces[id]!.type === pieceTypes.unused,
  };
}

/** Appends the token that stands for `text[start, end)`; `id` is `unkId` for an unknown stretch. */
export type Emit = (text: string, start: number, end: number, id: number) => void;

/**
 * How a model's result becomes ids (PopulateSentencePieceText): bytes for unknown text where there are byte pieces, else
 * one unknown piece for a run of them.
 */
export function emitter({ byteIds, unkId }: SpmVocabulary, ids: number[], spans?: number[]): Emit {
  const first = ids.length;
  return (text, start, end, id) => {
    if (id !== unkId) {
      ids.push(id);
      spans?.push(start, end);
    } else if (byteIds) {
      const stretch = text.slice(start, end);
      const bytes = new Uint8Array(stretch.length * 3);
      const length = writeUtf8(stretch, bytes);
      for (let i = 0; i < length; i++) {
        ids.push(byteIds[bytes[i]!]!);
        spans?.push(start, end);
      }
    } else if (ids.length > first && ids[ids.length - 1] === unkId) {
      if (spans) spans[spans.length - 1] = end;
    } else {
      ids.push(id);
      spans?.push(start, end);
    }
  };
}

/** UTF-8 bytes that a piece stands for. */
export function pieceBytes(model: ModelProto, id: number): number {
  const { piece, type } = model.pieces[id]!;
  if (type === pieceTypes.control) return 0;
  if (type === pieceTypes.byte) return 1;
  return utf8Length(type === pieceTypes.unknown ? model.trainer.unkSurface : piece.replaceAll('\u2581', ' '));
}
