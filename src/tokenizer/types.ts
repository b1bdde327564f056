import type { AlignedText } from './aligned-text.ts';

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
   * Special tokens whose text in the input is an error, as in tiktoken: 'all' means every one that is not allowed; a
   * list means exactly those. Default: none is, encoding never throws.
   */
  readonly disallowedSpecial?: 'all' | Iterable<string>;
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

/** How a text that is too long is cut (Hugging Face's `truncation`). */
export interface Truncation {
  /** Longest encoding, special tokens included. */
  readonly max_length: number;
  /** Tokens that an overflowing part repeats of the part before it. Default 0. */
  readonly stride?: number;
  readonly strategy?: 'longest_first' | 'only_first' | 'only_second';
  readonly direction?: 'right' | 'left';
}

/** How short encodings are filled up (Hugging Face's `padding`). */
export interface Padding {
  /** 'longest' of the batch (default), or a fixed number of tokens. */
  readonly length?: 'longest' | number;
  readonly direction?: 'right' | 'left';
  readonly pad_to_multiple_of?: number;
  readonly pad_id?: number;
  readonly pad_type_id?: number;
  readonly pad_token?: string;
}

export interface EncodeFullOptions extends EncodeOptions {
  /** Second text of a pair. */
  readonly pair?: string;
  /** null: none, whatever the file says. Default: what the file says. */
  readonly truncation?: Truncation | null;
  readonly padding?: Padding | null;
}

/** Everything known of an encoded text; lists of equal length, one entry a token. Hugging Face's names. */
export interface Encoding {
  readonly ids: number[];
  readonly token_type_ids: number[];
  readonly tokens: string[];
  /** Start and end in the text it came from, in UTF-16 code units; [0, 0] for tokens that were put in. */
  readonly offsets: (readonly [number, number])[];
  /** Which piece of the pre-tokenizer; null for tokens that were put in. */
  readonly word_ids: (number | null)[];
  /** 0 first text, 1 second, null for tokens that were put in. */
  readonly sequence_ids: (number | null)[];
  readonly special_tokens_mask: number[];
  readonly attention_mask: number[];
  /** What did not fit, in pieces of the same length. */
  readonly overflowing: Encoding[];
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
  /** The same ids with offsets, masks and types; pairs, truncation and padding. */
  encodeFull(text: string, options?: EncodeFullOptions): Encoding;
  /** Many texts or pairs, padded to one length where padding is on. */
  encodeBatch(texts: readonly (string | readonly [string, string])[], options?: EncodeFullOptions): Encoding[];
  /** Ids outside the vocabulary are an error ('bad-input'); bytes that are not UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
  /** UTF-8 bytes of the text that a token stands for, 0 for special tokens: what bits per byte divides by. */
  byteLength(id: number): number;
  createDecoder(options?: DecodeOptions): StreamDecoder;
  decodeBatch(batch: Iterable<Iterable<number>>, options?: DecodeOptions): string[];
  /** `encode(text, options).length`, without keeping the ids. */
  count(text: string, options?: EncodeOptions): number;
  /** The number of tokens where it is at most `limit`, else false; a text that is far longer is not encoded to its end. */
  isWithinTokenLimit(text: string, limit: number, options?: EncodeOptions): number | false;
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

/** What is done to the text before it is cut. `align(AlignedText.of(t)).text` equals `normalize(t)`. */
export interface Normalizer {
  /** The fast way, for ids alone. Text is well-formed. */
  normalize(text: string): string;
  /** The same, keeping track of where each character came from, as Hugging Face's does. */
  align(text: AlignedText): AlignedText;
  toJSON(): Json;
}

/** One component of the pre-tokenizer; a Sequence is several of these. */
export interface PreTokenizerStep {
  /**
   * Changes a piece before it is cut (Metaspace writes ▁ for spaces, ByteLevel writes bytes as characters).
   * @param first whether the piece begins where the original text begins
   */
  rewrite?(text: string, first: boolean): string;
  /** As `rewrite`; `first` is `text.origin === 0`. Present exactly where `rewrite` is. */
  align?(text: AlignedText): AlignedText;
  /**
   * Where the (rewritten) piece is cut: flat pairs [start, end, …] in UTF-16 units, ascending, none empty; what lies
   * outside them is dropped. Absent: it stays whole.
   */
  cut?(text: string): readonly number[];
}

export interface PreTokenizer {
  readonly steps: readonly PreTokenizerStep[];
  toJSON(): Json;
}

export interface Model {
  /**
   * Appends the ids of one piece (not empty, well-formed).
   * @param spans if given, gets [start, end, …] of each token in the piece, in UTF-16 units
   */
  encodePiece(piece: string, ids: number[], spans?: number[]): void;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
  /** One more than the largest id. */
  readonly idLimit: number;
  readonly unkId: number | undefined;
  /** The token of an unknown piece is its text, not the name of `unkId` (Unigram; concerns `Encoding.tokens` only). */
  readonly unknownKeepsText?: boolean;
  toJSON(): Json;
}

/** An encoding in the making: which range of tokens each sequence covers is kept as Hugging Face keeps it. */
export interface EncodingDraft {
  /** What the offsets point into; '' for special tokens, and after joining. */
  text: string;
  ids: number[];
  token_type_ids: number[];
  tokens: string[];
  offsets: (readonly [number, number])[];
  word_ids: (number | null)[];
  special_tokens_mask: number[];
  attention_mask: number[];
  overflowing: EncodingDraft[];
  /** Sequence id → [first token, end). Empty: one sequence, all of it. */
  sequence_ranges: Map<number, readonly [number, number]>;
}

export interface PostProcessor {
  /** How many tokens it adds to one text, or to a pair. */
  addedTokens(isPair: boolean): number;
  /**
   * Hugging Face's `process_encodings`: puts special tokens around (where `addSpecialTokens`), sets types, trims
   * offsets. One or two encodings come in; what comes out is joined by the caller.
   */
  process(encodings: EncodingDraft[], addSpecialTokens: boolean): EncodingDraft[];
  toJSON(): Json;
}

/** How a decoder sees the vocabulary. */
export interface TokenTable {
  readonly idLimit: number;
  /** The token as decoders get it; undefined for a hole in the id range, which is left out. */
  token(id: number): string | undefined;
}

/** Where the text of a decoder chain goes: tokens, each in any number of pieces and closed by `end`. */
export interface TokenSink {
  /** More text of the current token: whole characters. */
  write(text: string): void;
  /** The current token is complete. */
  end(): void;
  /** No token follows: passes on what was held back, tells the next, and starts afresh. */
  finish(): void;
}

/** One element of a decoder chain, Hugging Face's `decode_chain` (list of tokens → list of tokens), in steps. */
export interface DecoderStep {
  /** Works while the tokens come; what it passes on never changes. */
  open(next: TokenSink): TokenSink;
  /** Present where each token becomes one token that depends on nothing else. @param first of the list */
  map?(token: string, first: boolean): string;
  /** Present where the tokens become one text of bytes: the bytes of a token. */
  bytes?(token: string): Uint8Array;
  /** For `byteLength`: what a token within a text becomes, or the number of bytes that it stands for. */
  inner(token: string, joined: boolean): string | number;
  /** Whether it makes one token of all. */
  readonly joins?: boolean;
}

export interface Decoder {
  /** In order; a Sequence has several. */
  readonly steps: readonly DecoderStep[];
  toJSON(): Json;
}

export interface CompiledDecoder {
  /** The same text as a stream's pushes and flush, in one go. */
  decode(ids: readonly number[]): string;
  stream(): StreamDecoder;
  /** UTF-8 bytes of the text that the token stands for. */
  byteLength(id: number): number;
}
