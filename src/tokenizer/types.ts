/**
 * What a tokenizer is made of: text → normalizer → pre-tokenizer → model → post-processor → ids → decoder → text
 * (Hugging Face's pipeline and its names). Interfaces only; every implementation is a file of its own.
 */

/** Which special tokens written in a text become their ids; the others are encoded as ordinary text. */
export type AllowedSpecial = 'all' | 'none' | Iterable<string>;

export interface EncodeOptions {
  /** Apply the post-processor, which may add tokens such as bos around the text. Default true. */
  readonly addSpecialTokens?: boolean;
  /** Default 'all', as Hugging Face does. Use 'none' for text from outside. */
  readonly allowedSpecial?: AllowedSpecial;
  /**
   * A mark that is removed from ordinary text after special tokens were matched: a special token's text with the
   * mark inside is plain text. The chat template uses it so that a message cannot forge a turn.
   */
  readonly literalMark?: string;
}

export interface DecodeOptions {
  /** Leave special tokens out of the text. Default false. */
  readonly skipSpecialTokens?: boolean;
}

/** Ids of the tokens with a role (tokenizer_config.json's `bos_token` …). */
export interface SpecialTokenIds {
  readonly bos?: number;
  readonly eos?: number;
  readonly pad?: number;
  readonly unk?: number;
}

/** Decodes token by token; what it has returned never changes, and never ends in half a character. */
export interface StreamDecoder {
  /** @returns the text that became certain with this token; often '' inside a character of several tokens */
  push(id: number): string;
  /** @returns what was held back (an unfinished character becomes U+FFFD), and starts afresh */
  flush(): string;
}

export interface Tokenizer {
  /** One more than the largest id: the number of rows that an embedding needs. */
  readonly vocabSize: number;
  readonly specialTokens: SpecialTokenIds;
  /** Every added token, special or not, by id. */
  readonly addedTokens: readonly AddedToken[];
  /** Any string, also an ill-formed one: a lone surrogate counts as U+FFFD. */
  encode(text: string, options?: EncodeOptions): number[];
  /** Ids outside the vocabulary are an error ('bad-input'); bytes that are not UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
  /** UTF-8 bytes of the text that a token stands for, 0 for special tokens: what bits per byte divides by. */
  byteLength(id: number): number;
  createDecoder(options?: DecodeOptions): StreamDecoder;
  /** The content of tokenizer.json. */
  toJSON(): TokenizerJson;
}

/** A token found in the text before the model sees it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Match in the normalized text instead of the raw one. */
  readonly normalized: boolean;
}

/** tokenizer.json; components are checked where they are built. */
export interface TokenizerJson {
  readonly version: string;
  readonly truncation: unknown;
  readonly padding: unknown;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: Json;
  readonly pre_tokenizer: Json;
  readonly post_processor: Json;
  readonly decoder: Json;
  readonly model: Json;
}

/** A component's JSON: an object with `type`, or null. */
export type Json = Readonly<Record<string, unknown>> | null;

export interface Normalizer {
  normalize(text: string): string;
  toJSON(): Json;
}

export interface PreTokenizer {
  /** Cuts each piece further; no empty pieces. */
  split(pieces: readonly string[]): readonly string[];
  /** Whether the model sees the pieces' UTF-8 bytes (ByteLevel) instead of their characters. */
  readonly byteLevel: boolean;
  toJSON(): Json;
}

export interface Model {
  /** Appends the ids of one piece. */
  encodePiece(piece: string, ids: number[]): void;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
  /** One more than the largest id. */
  readonly idLimit: number;
  readonly unkId: number | undefined;
  toJSON(): Json;
}

export interface PostProcessor {
  process(ids: number[]): number[];
  toJSON(): Json;
}

/** How a decoder sees the vocabulary. */
export interface TokenTable {
  readonly idLimit: number;
  /** undefined for a hole in the id range */
  token(id: number): { readonly content: string; readonly added: boolean } | undefined;
}

export interface Decoder {
  /** Prepares for one vocabulary. */
  compile(table: TokenTable): CompiledDecoder;
  toJSON(): Json;
}

export interface CompiledDecoder {
  /** The same text as a stream's pushes and flush, in one go. */
  decode(ids: readonly number[]): string;
  stream(): StreamDecoder;
  /** UTF-8 bytes of the text that the token stands for. */
  byteLength(id: number): number;
}
