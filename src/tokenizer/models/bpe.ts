/**
 * BPE (Sennrich et al. 2016): a piece → its characters as ids → merges → token ids. Byte-level vocabularies are spelled
 * in GPT-2's alphabet, so their characters are bytes. Knows nothing of pre-tokenization or special tokens.
 *
 * Three ways give the same ids: merging step by step (always right; Hugging Face's word.rs), and, where the merges are
 * consistent (bpe/derivation.ts), taking longest tokens in linear time, on the piece's characters here or on the text's
 * bytes for fast-path.ts.
 */
import { ByteBpe } from '../bpe/byte-bpe.ts';
import { Derivation, type Merges } from '../bpe/derivation.ts';
import { LinearBpe } from '../bpe/linear.ts';
import { mergeIds } from '../bpe/merge.ts';
import { pushSpans, utf8Width } from '../bpe/spans.ts';
import { TokenIndex } from '../bpe/token-index.ts';
import { byteChars } from '../byte-level.ts';
import { badFile, booleanAt, defineModel, stringAt, unsupportedSetting } from '../hf/component.ts';
import { readVocabulary } from '../hf/read-vocabulary.ts';
import type { Json, Model } from '../types.ts';

export interface BpeOptions {
  /** token → id */
  readonly vocab: ReadonlyMap<string, number>;
  /** Pairs of tokens, or of ids, best first; both and their concatenation must be in the vocabulary. */
  readonly merges: readonly (readonly [string, string])[] | Merges;
  readonly unkToken?: string | undefined;
  /** One unk for a run of unknown characters. */
  readonly fuseUnk?: boolean;
  /** Unknown characters become the tokens `<0x00>` … `<0xFF>` of their UTF-8 bytes, where the vocabulary has them. */
  readonly byteFallback?: boolean;
  /** A piece that is a token as a whole is that token, whatever the merges say (Llama 3). */
  readonly ignoreMerges?: boolean;
  /** Put before every symbol but the first of a piece, as in WordPiece. */
  readonly continuingSubwordPrefix?: string | undefined;
  /** Put after the last symbol of a piece (CLIP's `</w>`). */
  readonly endOfWordSuffix?: string | undefined;
}

export interface BpeModel extends Model {
  /** Whether every byte has a token, in the byte alphabet. */
  readonly hasBytes: boolean;
  /** The model on raw bytes, for pieces of a ByteLevel pre-tokenizer; made when first asked for. */
  byteLevel(): ByteBpe;
}

export function isBpe(model: Model): model is BpeModel {
  return 'byteLevel' in model;
}

const encoder = new TextEncoder();

/** @param place JSON path of the model, for errors. @throws AthanorError('bad-file') naming the offending entry */
export function createBpe(options: BpeOptions, place = 'model'): BpeModel {
  const { vocab } = options;
  let idLimit = 0;
  for (const id of vocab.values()) idLimit = Math.max(idLimit, id + 1);
  const tokens = new Array<string | undefined>(idLimit).fill(undefined);
  for (const [token, id] of vocab) tokens[id] = token;
  const unkId = options.unkToken === undefined ? undefined : vocab.get(options.unkToken);
  if (options.unkToken !== undefined && unkId === undefined)
    throw badFile(`${place}.unk_token`, 'expected a token of the vocabulary', options.unkToken);
  const merges = resolveMerges(options, tokens, place);
  const symbols = new SymbolTable(options, unkId);
  let derivation: Derivation | undefined;
  const derive = () => {
    derivation ??= new Derivation(tokens.length, symbols.characterIds(), merges);
    return derivation;
  };
  let linear: LinearBpe | null | undefined;
  let byteBpe: ByteBpe | undefined;
  const whole = options.ignoreMerges ? vocab : undefined;
  return {
    encodePiece(piece, ids, spans) {
      const known = whole?.get(piece);
      if (known !== undefined) {
        ids.push(known);
        spans?.push(0, piece.length);
        return;
      }
      if (linear === undefined && piece.length > mergeLimit)
        linear = symbols.standAlone(merges) && derive().consistent ? new LinearBpe(derive(), tokens, symbols) : null;
      if (linear && piece.length > mergeLimit) linear.encode(piece, ids, spans);
      else symbols.merge(piece, derive(), ids, spans);
    },
    tokenToId: (token) => vocab.get(token),
    idToToken: (id) => tokens[id],
    idLimit,
    unkId,
    toJSON: () => toJson(options, merges, tokens),
    hasBytes: symbols.plain && byteChars.every((char) => vocab.has(char)),
    byteLevel() {
      byteBpe ??= new ByteBpe(
        derive(),
        tokens,
        byteChars.map((char) => vocab.get(char)!),
        options.ignoreMerges === true,
      );
      return byteBpe;
    },
  };
}

/** Up to this many code units merging step by step is as fast as anything. */
const mergeLimit = 24;

/** Merges as ids, with their results. */
function resolveMerges(options: BpeOptions, tokens: readonly (string | undefined)[], place: string): Merges {
  const { vocab, merges } = options;
  if (!Array.isArray(merges)) return merges as Merges;
  const cut = options.continuingSubwordPrefix?.length ?? 0;
  const left = new Int32Array(merges.length);
  const right = new Int32Array(merges.length);
  const result = new Int32Array(merges.length);
  const index = new TokenIndex(tokens);
  const missing = (rank: number, token: string) =>
    badFile(`${place}.merges[${rank}]`, 'expected tokens whose concatenation is in the vocabulary', token);
  for (let rank = 0; rank < merges.length; rank++) {
    const [a, b] = merges[rank] as readonly [string, string];
    if (a === '' || b === '') throw badFile(`${place}.merges[${rank}]`, 'expected two tokens', [a, b]);
    const first = vocab.get(a) ?? -1;
    const second = vocab.get(b) ?? -1;
    if (first < 0 || second < 0) throw missing(rank, first < 0 ? a : b);
    const joined = cut > 0 ? (vocab.get(a + b.slice(cut)) ?? -1) : index.joined(first, second);
    if (joined < 0) throw missing(rank, a + b.slice(cut));
    left[rank] = first;
    right[rank] = second;
    result[rank] = joined;
  }
  return { left, right, result };
}

/** How the characters of a piece become the ids that merging begins with. */
class SymbolTable {
  /** No prefix and no suffix: a symbol is its character. */
  readonly plain: boolean;
  readonly unkId: number | undefined;
  /** Ids of the tokens `<0x00>` …, -1 where there is none; undefined without byte fallback. */
  readonly byteIds: readonly number[] | undefined;
  readonly fuseUnk: boolean;
  readonly #options: BpeOptions;
  /** Ids of the basic plane's characters by code unit, -1 where unknown; others are looked up in the vocabulary. */
  readonly #units = new Int32Array(0x10000).fill(-1);

  constructor(options: BpeOptions, unkId: number | undefined) {
    this.#options = options;
    this.unkId = unkId;
    this.fuseUnk = options.fuseUnk === true;
    this.plain = !options.continuingSubwordPrefix && !options.endOfWordSuffix;
    for (const [token, id] of options.vocab) if (token.length === 1) this.#units[token.charCodeAt(0)] = id;
    const bytes = Array.from({ length: 256 }, (_, byte) => options.vocab.get(byteName(byte)) ?? -1);
    this.byteIds = options.byteFallback ? bytes : undefined;
  }

  /** Id of a character, or -1. */
  idOf(code: number): number {
    return code < 0x10000 ? this.#units[code]! : (this.#options.vocab.get(String.fromCodePoint(code)) ?? -1);
  }

  /** Ids of all symbols that are characters. */
  *characterIds(): Generator<number> {
    for (const [token, id] of this.#options.vocab)
      if (token.length === 1 || (token.length === 2 && token.codePointAt(0)! > 0xffff)) yield id;
  }

  /** Whether an unknown character is a wall that no merge crosses: the linear way needs that. */
  standAlone(merges: Merges): boolean {
    const { byteFallback } = this.#options;
    if (!this.plain || (byteFallback ? this.byteIds!.includes(-1) : this.unkId === undefined)) return false;
    const walls = new Set(byteFallback ? this.byteIds! : [this.unkId!]);
    return !merges.left.some((id) => walls.has(id)) && !merges.right.some((id) => walls.has(id));
  }

  /** Merges step by step, as Hugging Face's Word does; the widths of the symbols add up to the tokens' spans. */
  merge(piece: string, { table }: Derivation, ids: number[], spans?: number[]): void {
    const symbols: number[] = [];
    const symbolWidths: number[] = [];
    this.#symbols(piece, symbols, symbolWidths);
    const merged = Int32Array.from(symbols);
    const widths = spans && Int32Array.from(symbolWidths);
    const length = mergeIds(merged, merged.length, table, widths);
    for (let i = 0; i < length; i++) ids.push(merged[i]!);
    if (spans && widths) pushSpans(piece, widths.subarray(0, length), spans);
  }

  /** @param widths gets the UTF-8 bytes of each symbol */
  #symbols(piece: string, ids: number[], widths: number[]): void {
    const { vocab, continuingSubwordPrefix = '', endOfWordSuffix = '' } = this.#options;
    let unkWidth = 0;
    const flush = () => {
      if (unkWidth > 0) {
        ids.push(this.unkId!);
        widths.push(unkWidth);
      }
      unkWidth = 0;
    };
    for (let at = 0; at < piece.length; ) {
      const code = piece.codePointAt(at)!;
      const width = code > 0xffff ? 2 : 1;
      const first = at === 0;
      at += width;
      let id: number;
      if (this.plain) id = this.idOf(code);
      else {
        const prefix = first ? '' : continuingSubwordPrefix;
        id = vocab.get(prefix + String.fromCodePoint(code) + (at === piece.length ? endOfWordSuffix : '')) ?? -1;
      }
      if (id >= 0) {
        flush();
        ids.push(id);
        widths.push(utf8Width(code));
      } else if (this.#pushBytes(code, ids, widths)) {
        // An unk that waits to be fused stays behind the bytes, as in Hugging Face's.
      } else if (this.unkId !== undefined) {
        if (!this.fuseUnk) flush();
        unkWidth += utf8Width(code);
      }
    }
    flush();
  }

  /** The byte tokens of a character, if all are there. */
  #pushBytes(code: number, ids: number[], widths: number[]): boolean {
    const { byteIds } = this;
    if (!byteIds) return false;
    const found = Array.from(encoder.encode(String.fromCodePoint(code)), (byte) => byteIds[byte]!);
    if (found.includes(-1)) return false;
    for (const id of found) {
      ids.push(id);
      widths.push(1);
    }
    return true;
  }
}

function byteName(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

export const bpe = defineModel({
  name: 'bpe',
  type: 'BPE',
  read(json, place) {
    // With dropout, encoding is random: of use in training only, and off in every published file.
    if (json.dropout !== undefined && json.dropout !== null && json.dropout !== 0)
      throw unsupportedSetting(`${place}.dropout`, json.dropout, 'Set it to null: encoding is deterministic here.');
    return createBpe(
      {
        vocab: readVocabulary(json.vocab, `${place}.vocab`),
        merges: readMerges(json.merges, `${place}.merges`),
        unkToken:
          json.unk_token === undefined || json.unk_token === null ? undefined : stringAt(json, 'unk_token', place),
        fuseUnk: booleanAt(json, 'fuse_unk', place, false),
        byteFallback: booleanAt(json, 'byte_fallback', place, false),
        ignoreMerges: booleanAt(json, 'ignore_merges', place, false),
        continuingSubwordPrefix: stringAt(json, 'continuing_subword_prefix', place, '') || undefined,
        endOfWordSuffix: stringAt(json, 'end_of_word_suffix', place, '') || undefined,
      },
      place,
    );
  },
});

/** `["a", "b"]` pairs (since tokenizers 0.20) or `"a b"` lines. */
function readMerges(json: unknown, place: string): [string, string][] {
  if (!Array.isArray(json)) throw badFile(place, 'expected a list', json);
  return json.map((item: unknown, i) => {
    const pair = typeof item === 'string' ? item.split(' ') : item;
    const isPair = Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
    if (!isPair) throw badFile(`${place}[${i}]`, 'expected ["left", "right"] or "left right"', item);
    return pair as [string, string];
  });
}

function toJson(options: BpeOptions, merges: Merges, tokens: readonly (string | undefined)[]): Json {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: options.unkToken ?? null,
    continuing_subword_prefix: options.continuingSubwordPrefix ?? null,
    end_of_word_suffix: options.endOfWordSuffix ?? null,
    fuse_unk: options.fuseUnk ?? false,
    byte_fallback: options.byteFallback ?? false,
    ignore_merges: options.ignoreMerges ?? false,
    vocab: Object.fromEntries(tokens.flatMap((token, id) => (token === undefined ? [] : [[token, id]]))),
    merges: Array.from(merges.left, (left, rank) => [tokens[left]!, tokens[merges.right[rank]!]!]),
  };
}
