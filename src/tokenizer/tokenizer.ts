/** Puts the parts of a pipeline together into a `Tokenizer`. Knows the parts' interfaces only. */
import { AthanorError } from '../core/index.ts';
import { addedTokenMatcher, type TextPart } from './added-tokens.ts';
import { wellFormed } from './byte-level.ts';
import type {
  AddedToken,
  DecodeOptions,
  Decoder,
  EncodeOptions,
  Model,
  Normalizer,
  PostProcessor,
  PreTokenizer,
  SpecialTokenIds,
  StreamDecoder,
  Tokenizer,
  TokenizerJson,
} from './types.ts';

export interface TokenizerParts {
  readonly normalizer?: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer;
  readonly model: Model;
  readonly postProcessor?: PostProcessor | undefined;
  readonly decoder: Decoder;
  readonly addedTokens: readonly AddedToken[];
  /** Roles by token text; one that is not in the vocabulary is left out. */
  readonly roles?: Readonly<Partial<Record<keyof SpecialTokenIds, string>>>;
}

export function createTokenizer(parts: TokenizerParts): Tokenizer {
  const { model } = parts;
  const addedById = new Map(parts.addedTokens.map((token) => [token.id, token]));
  const addedByContent = new Map(parts.addedTokens.map((token) => [token.content, token.id]));
  const vocabSize = parts.addedTokens.reduce((limit, token) => Math.max(limit, token.id + 1), model.idLimit);
  const tokenToId = (token: string) => addedByContent.get(token) ?? model.tokenToId(token);
  const idToToken = (id: number) => addedById.get(id)?.content ?? model.idToToken(id);
  const decoder = parts.decoder.compile({
    idLimit: vocabSize,
    token(id) {
      const content = idToToken(id);
      return content === undefined ? undefined : { content, added: addedById.has(id) };
    },
  });
  const encode = encoder(parts);

  /** Whether the token is part of the text. @throws AthanorError('bad-input') for an id outside the vocabulary */
  function isShown(id: number, options: DecodeOptions): boolean {
    if (!(id >= 0 && id < vocabSize && Number.isInteger(id))) throw badId(id, vocabSize);
    return !(options.skipSpecialTokens && addedById.get(id)?.special);
  }

  function createDecoder(options: DecodeOptions = {}): StreamDecoder {
    const stream = decoder.stream();
    return { push: (id) => (isShown(id, options) ? stream.push(id) : ''), flush: () => stream.flush() };
  }

  return {
    vocabSize,
    specialTokens: roleIds(parts.roles ?? {}, tokenToId, model.unkId),
    addedTokens: parts.addedTokens,
    encode,
    decode(ids, options = {}) {
      const shown: number[] = [];
      for (const id of ids) if (isShown(id, options)) shown.push(id);
      return decoder.decode(shown);
    },
    tokenToId,
    idToToken,
    byteLength: (id) => (addedById.get(id)?.special ? 0 : decoder.byteLength(id)),
    createDecoder,
    toJSON: () => toJson(parts),
  };
}

function encoder(parts: TokenizerParts): Tokenizer['encode'] {
  const { normalizer, preTokenizer, model, postProcessor } = parts;
  const raw = addedTokenMatcher(parts.addedTokens.filter((token) => !token.normalized));
  const normalized = addedTokenMatcher(
    parts.addedTokens
      .filter((token) => token.normalized)
      .map((token) => ({ ...token, content: normalizer?.normalize(token.content) ?? token.content })),
  );

  function encodeText(text: string, ids: number[]): void {
    for (const piece of preTokenizer.split([text])) model.encodePiece(piece, ids);
  }

  return (text, options: EncodeOptions = {}) => {
    const allowed = materialize(options.allowedSpecial ?? 'all');
    const mark = options.literalMark;
    const ids: number[] = [];
    const take = (found: readonly TextPart[], next: (text: string) => void) => {
      for (const part of found) {
        if (typeof part === 'number') ids.push(part);
        else next(part);
      }
    };
    take(raw.split(wellFormed(text), allowed), (stretch) => {
      const plain = normalizer ? normalizer.normalize(stretch) : stretch;
      take(normalized.split(plain, allowed), (rest) => encodeText(mark ? rest.replaceAll(mark, '') : rest, ids));
    });
    return options.addSpecialTokens !== false && postProcessor ? postProcessor.process(ids) : ids;
  };
}

/** An iterable is read once, though it is asked for every stretch of text. */
function materialize(
  allowed: NonNullable<EncodeOptions['allowedSpecial']>,
): NonNullable<EncodeOptions['allowedSpecial']> {
  return typeof allowed === 'string' ? allowed : new Set(allowed);
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

function toJson(parts: TokenizerParts): TokenizerJson {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...parts.addedTokens].sort((a, b) => a.id - b.id),
    normalizer: parts.normalizer?.toJSON() ?? null,
    pre_tokenizer: parts.preTokenizer.toJSON(),
    post_processor: parts.postProcessor?.toJSON() ?? null,
    decoder: parts.decoder.toJSON(),
    model: parts.model.toJSON(),
  };
}
