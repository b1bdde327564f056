/** Puts the parts of a pipeline together into a `Tokenizer`. Knows the parts' interfaces only. */
import { AthanorError } from '../core/index.ts';
import { AddedVocabulary } from './added-tokens.ts';
import { compileDecoder } from './decoders/compile.ts';
import { finishDraft, pad, truncate } from './encoding.ts';
import { checkPadding, checkTruncation, writePadding, writeTruncation } from './hf/parameters.ts';
import { Pipeline } from './pipeline.ts';
import { idsAround, postProcess } from './post-processors/read.ts';
import type {
  AddedToken,
  DecodeOptions,
  Decoder,
  EncodeFullOptions,
  EncodeOptions,
  Encoding,
  EncodingDraft,
  Model,
  Normalizer,
  Padding,
  PostProcessor,
  PreTokenizer,
  SpecialTokenIds,
  StreamDecoder,
  Tokenizer,
  TokenizerJson,
  Truncation,
} from './types.ts';

export interface TokenizerParts {
  readonly normalizer?: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer;
  readonly model: Model;
  readonly postProcessor?: PostProcessor | undefined;
  readonly decoder: Decoder;
  readonly addedTokens: readonly AddedToken[];
  /** What `encodeFull` and `encodeBatch` do unless told otherwise. */
  readonly truncation?: Truncation | undefined;
  readonly padding?: Padding | undefined;
  /** Roles by token text; one that is not in the vocabulary is left out. */
  readonly roles?: Readonly<Partial<Record<keyof SpecialTokenIds, string>>>;
}

export function createTokenizer(parts: TokenizerParts): Tokenizer {
  const { model } = parts;
  const vocabulary = new AddedVocabulary(parts.addedTokens, model, parts.normalizer);
  const vocabSize = vocabulary.tokens.reduce((limit, token) => Math.max(limit, token.id + 1), model.idLimit);
  const tokenToId = (token: string) => vocabulary.idOf(token) ?? model.tokenToId(token);
  const idToToken = (id: number) => vocabulary.get(id)?.content ?? model.idToToken(id);
  const encoders = createEncoders(parts, vocabulary);
  const decoders = createDecoders(parts, vocabulary, vocabSize);
  return {
    vocabSize,
    specialTokens: roleIds(parts.roles ?? {}, tokenToId, model.unkId),
    addedTokens: vocabulary.tokens,
    tokenToId,
    idToToken,
    ...encoders,
    ...decoders,
    toJSON: () => toJson(parts, vocabulary.tokens),
  };
}

type Encoders = Pick<Tokenizer, 'encode' | 'encodeFull' | 'encodeBatch' | 'count' | 'isWithinTokenLimit'>;

function createEncoders(parts: TokenizerParts, vocabulary: AddedVocabulary): Encoders {
  const { postProcessor } = parts;
  const pipeline = new Pipeline(parts, vocabulary);
  const around = [false, true].map((special) => (postProcessor ? idsAround(postProcessor, special) : [[], []]));
  const aroundOf = (options: EncodeOptions) => around[options.addSpecialTokens === false ? 0 : 1]!;

  function encode(text: string, options: EncodeOptions = {}): number[] {
    const [before, ...after] = aroundOf(options);
    const ids = [...before!];
    if (after.length === 1) pipeline.encode(text, options, ids);
    for (const next of after) {
      // A template may have the text several times, or never.
      if (after.length > 1) pipeline.encode(text, options, ids);
      for (const id of next) ids.push(id);
    }
    return ids;
  }

  function encodeDraft(text: string, pair: string | undefined, options: EncodeFullOptions): EncodingDraft {
    const addSpecialTokens = options.addSpecialTokens !== false;
    let drafts = [pipeline.draft(text, 0, options)];
    if (pair !== undefined) drafts.push(pipeline.draft(pair, 1, options));
    const truncation = options.truncation === undefined ? parts.truncation : options.truncation;
    if (truncation) {
      const added = addSpecialTokens ? (postProcessor?.addedTokens(pair !== undefined) ?? 0) : 0;
      drafts = truncate(drafts, { ...truncation, max_length: checkTruncation(truncation).max_length - added });
    }
    return postProcess(postProcessor, drafts, addSpecialTokens);
  }

  function encodeBatch(
    texts: readonly (string | readonly [string, string])[],
    options: EncodeFullOptions = {},
  ): Encoding[] {
    const drafts = texts.map((item) =>
      typeof item === 'string' ? encodeDraft(item, options.pair, options) : encodeDraft(item[0], item[1], options),
    );
    const padding = options.padding === undefined ? parts.padding : options.padding;
    if (padding) pad(drafts, checkPadding(padding));
    return drafts.map(finishDraft);
  }

  /** The number of tokens, or false once it is more than `limit`. */
  function countUpTo(text: string, limit: number, options: EncodeOptions): number | false {
    const lists = aroundOf(options);
    const copies = lists.length - 1;
    const added = lists.reduce((sum, list) => sum + list.length, 0);
    const room = copies > 0 ? Math.floor((limit - added) / copies) : Number.POSITIVE_INFINITY;
    if (added > limit) return false;
    const ids: number[] = [];
    if (copies > 0) pipeline.encode(text, options, ids, room);
    return ids.length > room ? false : added + copies * ids.length;
  }

  return {
    encode,
    encodeFull: (text, options = {}) => encodeBatch([text], options)[0]!,
    encodeBatch,
    count: (text, options = {}) => countUpTo(text, Number.POSITIVE_INFINITY, options) || 0,
    isWithinTokenLimit: (text, limit, options = {}) => countUpTo(text, limit, options),
  };
}

type Decoders = Pick<Tokenizer, 'decode' | 'decodeBatch' | 'createDecoder' | 'byteLength'>;

function createDecoders(parts: TokenizerParts, vocabulary: AddedVocabulary, vocabSize: number): Decoders {
  const { model } = parts;
  const token = (id: number) => vocabulary.decodedContent(id) ?? model.idToToken(id);
  const decoder = compileDecoder(parts.decoder, { idLimit: vocabSize, token });
  const hidden = new Set<number>();
  for (const { id, content } of vocabulary.tokens) {
    // Special is what is spelled like a special token; the model may have another id for that.
    for (const other of [id, model.tokenToId(content)])
      if (other !== undefined && vocabulary.isSpecial(token(other) ?? '')) hidden.add(other);
  }

  /** Whether the token is part of the text. @throws AthanorError('bad-input') for an id outside the vocabulary */
  function isShown(id: number, options: DecodeOptions): boolean {
    if (!(id >= 0 && id < vocabSize && Number.isInteger(id))) throw badId(id, vocabSize);
    return !(options.skipSpecialTokens && hidden.has(id));
  }

  function decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const shown: number[] = [];
    for (const id of ids) if (isShown(id, options)) shown.push(id);
    return decoder.decode(shown);
  }

  return {
    decode,
    decodeBatch: (batch, options = {}) => Array.from(batch, (ids) => decode(ids, options)),
    byteLength: (id) => (vocabulary.get(id)?.special ? 0 : decoder.byteLength(id)),
    createDecoder(options: DecodeOptions = {}): StreamDecoder {
      const stream = decoder.stream();
      return { push: (id) => (isShown(id, options) ? stream.push(id) : ''), flush: () => stream.flush() };
    },
  };
}

function badId(id: number, vocabSize: number): AthanorError {
  return new AthanorError('bad-input', `token id ${id} is outside the vocabulary (0 to ${vocabSize - 1})`, {
    values: { id, vocabSize },
  });
}

function roleIds(
  roles: NonNullable<TokenizerParts['roles']>,
  tokenToId: (token: string) => number | undefined,
  unkId: number | undefined,
): SpecialTokenIds {
  const ids: Partial<Record<keyof SpecialTokenIds, number>> = {};
  for (const role of ['bos', 'eos', 'pad', 'unk'] as const) {
    const token = roles[role];
    const id = token === undefined ? undefined : tokenToId(token);
    if (id !== undefined) ids[role] = id;
  }
  if (ids.unk === undefined && unkId !== undefined) ids.unk = unkId;
  return ids;
}

function toJson(parts: TokenizerParts, addedTokens: readonly AddedToken[]): TokenizerJson {
  return {
    version: '1.0',
    truncation: writeTruncation(parts.truncation),
    padding: writePadding(parts.padding),
    added_tokens: addedTokens,
    normalizer: parts.normalizer?.toJSON() ?? null,
    pre_tokenizer: parts.preTokenizer.toJSON(),
    post_processor: parts.postProcessor?.toJSON() ?? null,
    decoder: parts.decoder.toJSON(),
    model: parts.model.toJSON(),
  };
}
