/**
 * Reads SentencePiece's `.model` files. Ids and texts are those of SentencePiece itself, not of a conversion; what
 * tokenizer.json gets (`toJSON`) is the conversion, see to-json.ts.
 */
import { AthanorError } from '../../core/index.ts';
import { createTokenizer } from '../tokenizer.ts';
import type {
  AddedToken,
  CompiledDecoder,
  DecodeOptions,
  EncodeOptions,
  Model,
  PostProcessor,
  SpecialTokenIds,
  Tokenizer,
} from '../types.ts';
import { bpeSegmenter } from './bpe.ts';
import { readCharsMap } from './charsmap.ts';
import { spmDecoder } from './decoder.ts';
import { spmNormalizer } from './normalizer.ts';
import { type ModelProto, modelTypes, type NormalizerSpec, pieceTypes, readModelProto } from './proto.ts';
import { spmToJson } from './to-json.ts';
import { type Segment, unigramSegmenter } from './unigram.ts';
import { emitter, type SpmVocabulary, spmVocabulary } from './vocabulary.ts';
import { charSegmenter, wordSegmenter } from './word-char.ts';

/** The file that a tokenizer was read from, so that writing it again loses nothing. */
const sources = new WeakMap<Tokenizer, Uint8Array>();
export const sourceOf = (tokenizer: Tokenizer): Uint8Array | undefined => sources.get(tokenizer);

export interface SentencePieceOptions {
  /** Tokens that are not in the file, as a model's tokenizer_config.json adds them; ids from the number of pieces on. */
  readonly addedTokens?: readonly AddedToken[];
  /** Puts bos and eos around the text. */
  readonly postProcessor?: PostProcessor | undefined;
  /** Roles by token text, besides those of the file. */
  readonly roles?: Partial<Record<keyof SpecialTokenIds, string>>;
}

/**
 * The tokenizer of a `.model` file (Unigram, BPE, word or char). By itself it adds no bos or eos, and control pieces
 * written in a text are ordinary text unless `allowedSpecial` says otherwise: as with SentencePiece.
 * @throws AthanorError('bad-file') naming field and byte
 */
export function fromSentencePiece(bytes: Uint8Array, options: SentencePieceOptions = {}): Tokenizer {
  const proto = readModelProto(bytes);
  const { postProcessor } = options;
  const added = options.addedTokens ?? [];
  const addedTexts = new Map(added.map(({ id, content }) => [id, content]));
  const { normalizer, model, denormalizer } = spmParts(proto);
  const tokenizer = createTokenizer({
    normalizer,
    model,
    preTokenizer: { steps: [], toJSON: () => null },
    postProcessor,
    // Pieces are decoded by their kind, which a decoder of tokenizer.json does not see: see `withPieces`.
    decoder: { steps: [], toJSON: () => null },
    addedTokens: [...specialPieces(proto), ...added.filter(({ id }) => proto.pieces[id] === undefined)],
    roles: { ...roles(proto), ...options.roles },
  });
  const result = withPieces(
    tokenizer,
    spmDecoder(proto, denormalizer, (id) => addedTexts.get(id)),
    () => spmToJson(proto, added, postProcessor?.toJSON() ?? null),
  );
  sources.set(result, bytes.slice());
  return result;
}

/** The same tokenizer with SentencePiece's way of decoding, and of reading special tokens in texts: not at all. */
function withPieces(tokenizer: Tokenizer, decoder: CompiledDecoder, toJSON: Tokenizer['toJSON']): Tokenizer {
  const { vocabSize } = tokenizer;
  const special = new Set(tokenizer.addedTokens.filter((token) => token.special).map((token) => token.id));
  const plain = <Options extends EncodeOptions>(options?: Options) => ({
    ...options,
    allowedSpecial: options?.allowedSpecial ?? 'none',
  });
  const isShown = (id: number, options: DecodeOptions): boolean => {
    if (!(id >= 0 && id < vocabSize && Number.isInteger(id)))
      throw new AthanorError('bad-input', `token id ${id} is outside the vocabulary (0 to ${vocabSize - 1})`, {
        values: { id, vocabSize },
      });
    return !(options.skipSpecialTokens && special.has(id));
  };
  const decode = (ids: Iterable<number>, options: DecodeOptions = {}) =>
    decoder.decode(Array.from(ids).filter((id) => isShown(id, options)));
  return {
    ...tokenizer,
    encode: (text, options) => tokenizer.encode(text, plain(options)),
    encodeFull: (text, options) => tokenizer.encodeFull(text, plain(options)),
    encodeBatch: (texts, options) => tokenizer.encodeBatch(texts, plain(options)),
    count: (text, options) => tokenizer.count(text, plain(options)),
    isWithinTokenLimit: (text, limit, options) => tokenizer.isWithinTokenLimit(text, limit, plain(options)),
    decode,
    decodeBatch: (batch, options) => Array.from(batch, (ids) => decode(ids, options)),
    byteLength: (id) => (special.has(id) ? 0 : decoder.byteLength(id)),
    createDecoder(options = {}) {
      const stream = decoder.stream();
      return { push: (id) => (isShown(id, options) ? stream.push(id) : ''), flush: () => stream.flush() };
    },
    toJSON,
  };
}

/** The parts of the pipeline; there is no pre-tokenizer. */
export function spmParts(proto: ModelProto) {
  const vocabulary = spmVocabulary(proto);
  return {
    normalizer: readNormalizer(proto.normalizer, 'normalizer_spec.precompiled_charsmap', vocabulary),
    model: spmModel(vocabulary),
    denormalizer: proto.denormalizer
      ? readNormalizer(proto.denormalizer, 'denormalizer_spec.precompiled_charsmap')
      : undefined,
  };
}

function readNormalizer(spec: NormalizerSpec, place: string, vocabulary?: SpmVocabulary) {
  return spmNormalizer({
    ...spec,
    charsMap: spec.charsMap.length > 0 ? readCharsMap(spec.charsMap, place) : undefined,
    userDefined: vocabulary?.userDefined,
    treatWhitespaceAsSuffix: vocabulary?.model.trainer.treatWhitespaceAsSuffix ?? false,
  });
}

function segmenter(vocabulary: SpmVocabulary): Segment {
  const { modelType } = vocabulary.model.trainer;
  if (modelType === modelTypes.bpe) return bpeSegmenter(vocabulary);
  if (modelType === modelTypes.word) return wordSegmenter(vocabulary);
  if (modelType === modelTypes.char) return charSegmenter(vocabulary);
  return unigramSegmenter(vocabulary);
}

function spmModel(vocabulary: SpmVocabulary): Model {
  const { model, ordinary, unkId } = vocabulary;
  const segment = segmenter(vocabulary);
  const byName = new Map(ordinary);
  for (const [id, { piece, type }] of model.pieces.entries())
    if (type === pieceTypes.control || type === pieceTypes.unknown || type === pieceTypes.byte) byName.set(piece, id);
  return {
    encodePiece: (text, ids, spans) => segment(text, emitter(vocabulary, ids, spans)),
    tokenToId: (token) => byName.get(token),
    idToToken: (id) => model.pieces[id]?.piece,
    idLimit: model.pieces.length,
    unkId: unkId < 0 ? undefined : unkId,
    unknownKeepsText: true,
    toJSON: () => null,
  };
}

function specialPieces({ pieces }: ModelProto): AddedToken[] {
  return pieces.flatMap(({ piece, type }, id) =>
    type === pieceTypes.control || type === pieceTypes.unknown
      ? [{ id, content: piece, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }]
      : [],
  );
}

/** bos, eos and pad count where they are control pieces. */
function roles({ pieces, trainer }: ModelProto): Partial<Record<keyof SpecialTokenIds, string>> {
  const named = (name: string, type: number) => pieces.some((one) => one.piece === name && one.type === type);
  const found: Partial<Record<keyof SpecialTokenIds, string>> = {};
  if (named(trainer.bosPiece, pieceTypes.control)) found.bos = trainer.bosPiece;
  if (named(trainer.eosPiece, pieceTypes.control)) found.eos = trainer.eosPiece;
  if (named(trainer.padPiece, pieceTypes.control)) found.pad = trainer.padPiece;
  const unk = pieces.find((one) => one.type === pieceTypes.unknown);
  if (unk) found.unk = unk.piece;
  return found;
}
