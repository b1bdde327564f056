/**
 * The content of a `.model` file: sentencepiece_model.proto of SentencePiece 0.2 as far as encoding and decoding need
 * it. Checks what SentencePiece checks when it loads a model (model_interface.cc); runs nothing.
 */
import { badModel, readFields, type WireField, WireWriter } from './wire.ts';

/** TrainerSpec.ModelType. */
export const modelTypes = { unigram: 1, bpe: 2, word: 3, char: 4 } as const;
/** ModelProto.SentencePiece.Type. */
export const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface Piece {
  readonly piece: string;
  /** Log probability (Unigram) or minus the rank (BPE), a 32-bit float. */
  readonly score: number;
  readonly type: number;
}

export interface NormalizerSpec {
  name: string;
  /** Empty: no rules. */
  charsMap: Uint8Array;
  addDummyPrefix: boolean;
  removeExtraWhitespaces: boolean;
  escapeWhitespaces: boolean;
}

export interface TrainerSpec {
  modelType: number;
  treatWhitespaceAsSuffix: boolean;
  byteFallback: boolean;
  unkPiece: string;
  bosPiece: string;
  eosPiece: string;
  padPiece: string;
  unkSurface: string;
}

export interface ModelProto {
  readonly pieces: readonly Piece[];
  readonly trainer: Readonly<TrainerSpec>;
  readonly normalizer: Readonly<NormalizerSpec>;
  /** undefined where it does nothing. */
  readonly denormalizer: Readonly<NormalizerSpec> | undefined;
}

/** How <unk> is shown: DOUBLE QUESTION MARK between spaces. */
export const defaultUnkSurface = ' \u2047 ';

export const defaultTrainer = (): TrainerSpec => ({
  modelType: modelTypes.unigram,
  treatWhitespaceAsSuffix: false,
  byteFallback: false,
  unkPiece: '<unk>',
  bosPiece: '<s>',
  eosPiece: '</s>',
  padPiece: '<pad>',
  unkSurface: defaultUnkSurface,
});

export const defaultNormalizer = (): NormalizerSpec => ({
  name: '',
  charsMap: new Uint8Array(0),
  addDummyPrefix: true,
  removeExtraWhitespaces: true,
  escapeWhitespaces: true,
});

/** In bytes. SentencePiece refuses longer ones: they would only cost time. */
const longestPiece = 8000;

/** @throws AthanorError('bad-file') naming the field and its byte */
export function readModelProto(bytes: Uint8Array): ModelProto {
  const pieces: Piece[] = [];
  const offsets: number[] = [];
  const trainer = defaultTrainer();
  const normalizer = defaultNormalizer();
  const denormalizer = defaultNormalizer();
  for (const field of readFields(bytes)) {
    if (field.number === 1) {
      offsets.push(field.offset);
      pieces.push(readPiece(field, `pieces[${pieces.length}]`));
    } else if (field.number === 2) readTrainer(field, trainer);
    else if (field.number === 3) readNormalizer(field, normalizer, 'normalizer_spec');
    else if (field.number === 5) readNormalizer(field, denormalizer, 'denormalizer_spec');
  }
  if (pieces.length === 0) throw badModel('pieces', bytes.length, 'expected at least one, found none');
  checkPieces(pieces, offsets, trainer);
  return { pieces, trainer, normalizer, denormalizer: denormalizer.charsMap.length === 0 ? undefined : denormalizer };
}

function readPiece(message: WireField, place: string): Piece {
  let piece = '';
  let score = 0;
  let type: number = pieceTypes.normal;
  for (const field of message.message(place)) {
    if (field.number === 1) {
      if (field.bytes(`${place}.piece`).length >= longestPiece)
        throw badModel(`${place}.piece`, field.offset, `longer than ${longestPiece - 1} bytes`);
      piece = field.string(`${place}.piece`);
    } else if (field.number === 2) {
      score = field.float(`${place}.score`);
      if (!Number.isFinite(score)) throw badModel(`${place}.score`, field.offset, `expected a number, found ${score}`);
    } else if (field.number === 3) {
      const value = field.int32(`${place}.type`);
      // An unknown value of an enum counts as absent (proto2).
      if (value >= 1 && value <= 6) type = value;
    }
  }
  if (piece === '') throw badModel(`${place}.piece`, message.offset, 'expected a text, found nothing');
  return { piece, score, type };
}

function readTrainer(message: WireField, into: TrainerSpec): void {
  const place = 'trainer_spec';
  for (const field of message.message(place)) {
    if (field.number === 3) {
      const value = field.int32(`${place}.model_type`);
      if (value >= 1 && value <= 4) into.modelType = value;
    } else if (field.number === 24) into.treatWhitespaceAsSuffix = field.bool(`${place}.treat_whitespace_as_suffix`);
    else if (field.number === 35) into.byteFallback = field.bool(`${place}.byte_fallback`);
    else if (field.number === 44) into.unkSurface = field.string(`${place}.unk_surface`);
    // An empty name means the default one.
    else if (field.number === 45) into.unkPiece = field.string(`${place}.unk_piece`) || '<unk>';
    else if (field.number === 46) into.bosPiece = field.string(`${place}.bos_piece`) || '<s>';
    else if (field.number === 47) into.eosPiece = field.string(`${place}.eos_piece`) || '</s>';
    else if (field.number === 48) into.padPiece = field.string(`${place}.pad_piece`) || '<pad>';
  }
}

function readNormalizer(message: WireField, into: NormalizerSpec, place: string): void {
  for (const field of message.message(place)) {
    if (field.number === 1) into.name = field.string(`${place}.name`);
    else if (field.number === 2) into.charsMap = field.bytes(`${place}.precompiled_charsmap`).slice();
    else if (field.number === 3) into.addDummyPrefix = field.bool(`${place}.add_dummy_prefix`);
    else if (field.number === 4) into.removeExtraWhitespaces = field.bool(`${place}.remove_extra_whitespaces`);
    else if (field.number === 5) into.escapeWhitespaces = field.bool(`${place}.escape_whitespaces`);
  }
}

/** The piece of an unused row that some models carry. */
const isNullPiece = ({ piece, type }: Piece) => piece === '\0' && type === pieceTypes.unused;

/** Whether a piece takes part in segmentation; the others are only found by id. */
export const isOrdinary = ({ type }: Piece): boolean =>
  type === pieceTypes.normal || type === pieceTypes.userDefined || type === pieceTypes.unused;

/** The byte of `<0x0A>`, or -1. */
export function pieceByte(piece: string): number {
  return /^<0x[0-9A-F]{2}>$/.test(piece) ? Number.parseInt(piece.slice(3, 5), 16) : -1;
}

function checkPieces(pieces: readonly Piece[], offsets: readonly number[], trainer: TrainerSpec): void {
  // Unigram, word and char keep the reserved pieces apart; in BPE no two pieces may be equal.
  const ordinary = new Map<string, number>();
  const reserved = trainer.modelType === modelTypes.bpe ? ordinary : new Map<string, number>();
  const bytes = new Set<number>();
  let unk = -1;
  for (const [id, one] of pieces.entries()) {
    const fail = (what: string) => badModel(`pieces[${id}]`, offsets[id]!, what);
    if (isNullPiece(one)) continue;
    if (one.piece.includes('\0')) throw fail('a piece may not contain the character U+0000');
    const map = isOrdinary(one) ? ordinary : reserved;
    const other = map.get(one.piece);
    if (other !== undefined) throw fail(`${JSON.stringify(one.piece)} is already pieces[${other}]`);
    map.set(one.piece, id);
    if (one.type === pieceTypes.unknown) {
      if (unk >= 0) throw fail(`an unknown piece, though pieces[${unk}] is one`);
      unk = id;
    }
    if (one.type === pieceTypes.byte) {
      if (!trainer.byteFallback) throw fail('a byte piece, though trainer_spec.byte_fallback is false');
      const byte = pieceByte(one.piece);
      if (byte < 0) throw fail(`expected a byte such as <0x0A>, found ${JSON.stringify(one.piece)}`);
      bytes.add(byte);
    }
  }
  const end = offsets.at(-1)!;
  if (trainer.byteFallback && bytes.size < 256)
    throw badModel('pieces', end, `expected the 256 byte pieces of byte_fallback, found ${bytes.size}`);
  if (unk < 0 && !trainer.byteFallback) throw badModel('pieces', end, 'none of them is the unknown piece');
}

export function writeModelProto(model: ModelProto): Uint8Array {
  const file = new WireWriter();
  for (const { piece, score, type } of model.pieces) {
    file.message(1, (one) => {
      one.string(1, piece).float(2, score);
      if (type !== pieceTypes.normal) one.int32(3, type);
    });
  }
  file.message(2, (spec) => writeTrainer(spec, model));
  file.message(3, (spec) => writeNormalizer(spec, model.normalizer));
  const { denormalizer } = model;
  if (denormalizer) file.message(5, (spec) => writeNormalizer(spec, denormalizer));
  return file.finish();
}

function writeTrainer(spec: WireWriter, { trainer, pieces }: ModelProto): void {
  const idOf = (name: string, type: number) => pieces.findIndex((one) => one.piece === name && one.type === type);
  spec.int32(3, trainer.modelType).int32(4, pieces.length);
  if (trainer.treatWhitespaceAsSuffix) spec.bool(24, true);
  spec.bool(35, trainer.byteFallback);
  spec.int32(40, Math.max(0, idOf(trainer.unkPiece, pieceTypes.unknown)));
  spec.int32(41, idOf(trainer.bosPiece, pieceTypes.control));
  spec.int32(42, idOf(trainer.eosPiece, pieceTypes.control));
  spec.int32(43, idOf(trainer.padPiece, pieceTypes.control));
  if (trainer.unkSurface !== defaultUnkSurface) spec.string(44, trainer.unkSurface);
  spec.string(45, trainer.unkPiece).string(46, trainer.bosPiece);
  spec.string(47, trainer.eosPiece).string(48, trainer.padPiece);
}

function writeNormalizer(spec: WireWriter, normalizer: NormalizerSpec): void {
  spec.string(1, normalizer.name || 'identity');
  if (normalizer.charsMap.length > 0) spec.bytes(2, normalizer.charsMap);
  spec.bool(3, normalizer.addDummyPrefix).bool(4, normalizer.removeExtraWhitespaces);
  spec.bool(5, normalizer.escapeWhitespaces);
}
