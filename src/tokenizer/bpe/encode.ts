/**
 * The BPE model: a piece → its bytes or characters as ids → merges → token ids. Knows nothing of pre-tokenization
 * or special tokens. In byte-level use the bytes go straight to ids; the byte alphabet is only the spelling in files.
 */
import { AthanorError } from '../../core/index.ts';
import { byteChars, writeUtf8 } from '../byte-level.ts';
import type { Json, Model } from '../types.ts';
import { mergeIds } from './merge.ts';
import { MergeTable } from './merge-table.ts';

export interface BpeOptions {
  /** token → id */
  readonly vocab: ReadonlyMap<string, number>;
  /** Pairs of tokens, best first; both and their concatenation must be in the vocabulary. */
  readonly merges: readonly (readonly [string, string])[];
  readonly unkToken?: string;
  /** One unk for a run of unknown characters. */
  readonly fuseUnk?: boolean;
  /** A piece that is a token as a whole is that token, whatever the merges say (Llama 3). */
  readonly ignoreMerges?: boolean;
  /** The pieces are text whose UTF-8 bytes are the symbols (after a ByteLevel pre-tokenizer). */
  readonly byteLevel: boolean;
}

/** Pieces up to this many code units are remembered; a full cache starts anew. */
const cachedLength = 64;
const cacheCapacity = 1 << 16;

/** @param place JSON path of the model, for errors. @throws AthanorError('bad-file') naming the offending entry */
export function bpe(options: BpeOptions, place = 'model'): Model {
  const { vocab } = options;
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of vocab) tokens[id] = token;
  const unkId = options.unkToken === undefined ? undefined : vocab.get(options.unkToken);
  if (options.unkToken !== undefined && unkId === undefined)
    throw bad(`${place}.unk_token: '${options.unkToken}' is not in the vocabulary`, place);
  const merges = buildMergeTable(options.merges, vocab, place);
  const symbols = options.byteLevel
    ? byteSymbols(vocab, unkId, options.fuseUnk)
    : charSymbols(vocab, unkId, options.fuseUnk);
  const cache = new Map<string, readonly number[]>();
  const wholePieces = options.ignoreMerges ? vocab : undefined;
  const hasMerges = options.merges.length > 0;
  return {
    encodePiece(piece, ids) {
      const cacheable = hasMerges && piece.length <= cachedLength;
      const known = cacheable ? cache.get(piece) : undefined;
      if (known) {
        for (let i = 0; i < known.length; i++) ids.push(known[i]!);
        return;
      }
      const whole = wholePieces?.get(options.byteLevel ? spell(piece) : piece);
      const from = ids.length;
      if (whole === undefined) {
        const buffer = scratch(piece.length * 3);
        const length = mergeIds(buffer, symbols(piece, buffer), merges);
        for (let i = 0; i < length; i++) ids.push(buffer[i]!);
      } else {
        ids.push(whole);
      }
      if (!cacheable) return;
      if (cache.size >= cacheCapacity) cache.clear();
      cache.set(piece, ids.slice(from));
    },
    tokenToId: (token) => vocab.get(token),
    idToToken: (id) => tokens[id],
    idLimit: tokens.length,
    unkId,
    toJSON: () => toJson(options, tokens),
  };
}

function bad(message: string, place: string): AthanorError {
  return new AthanorError('bad-file', `tokenizer.json: ${message}`, { place });
}

function buildMergeTable(merges: BpeOptions['merges'], vocab: ReadonlyMap<string, number>, place: string): MergeTable {
  const table = new MergeTable(merges.length);
  for (const [rank, [left, right]] of merges.entries()) {
    const at = `${place}.merges[${rank}]`;
    if (left === '' || right === '') throw bad(`${at}: a merge of an empty token`, at);
    const ids = [left, right, left + right].map((token) => {
      const id = vocab.get(token);
      if (id === undefined) throw bad(`${at}: '${token}' is not in the vocabulary`, at);
      return id;
    });
    table.set(ids[0]!, ids[1]!, rank, ids[2]!);
  }
  return table;
}

/** Writes the ids of a piece's smallest symbols; the target has room for three a code unit. @returns how many */
type Symbols = (piece: string, target: Int32Array) => number;

function byteSymbols(vocab: ReadonlyMap<string, number>, unkId: number | undefined, fuseUnk = false): Symbols {
  const byteIds = Int32Array.from(byteChars, (char) => vocab.get(char) ?? -1);
  const complete = !byteIds.includes(-1);
  let utf8 = new Uint8Array(1024);
  return (piece, target) => {
    if (utf8.length < piece.length * 3) utf8 = new Uint8Array(piece.length * 6);
    const length = writeUtf8(piece, utf8);
    if (complete) {
      for (let i = 0; i < length; i++) target[i] = byteIds[utf8[i]!]!;
      return length;
    }
    let count = 0;
    let inUnknown = false;
    for (let i = 0; i < length; i++) {
      const id = byteIds[utf8[i]!]!;
      if (id >= 0) target[count++] = id;
      else if (unkId !== undefined && !(fuseUnk && inUnknown)) target[count++] = unkId;
      inUnknown = id < 0;
    }
    return count;
  };
}

/** Without an unk token unknown characters vanish, as in Hugging Face's. */
function charSymbols(vocab: ReadonlyMap<string, number>, unkId: number | undefined, fuseUnk = false): Symbols {
  // Symbols of the basic plane by code unit; the others by the map.
  const unitIds = new Int32Array(0x10000).fill(-1);
  for (const [token, id] of vocab) if (token.length === 1) unitIds[token.charCodeAt(0)] = id;
  return (piece, target) => {
    let count = 0;
    let inUnknown = false;
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      const id = unit >= 0xd800 && unit < 0xdc00 ? (vocab.get(piece.slice(i, ++i + 1)) ?? -1) : unitIds[unit]!;
      if (id >= 0) target[count++] = id;
      else if (unkId !== undefined && !(fuseUnk && inUnknown)) target[count++] = unkId;
      inUnknown = id < 0;
    }
    return count;
  };
}

let buffer = new Int32Array(4096);

/** One buffer for all models: encoding is synchronous. A giant piece does not keep its giant buffer alive. */
function scratch(length: number): Int32Array {
  if (length > 1 << 20) return new Int32Array(length);
  if (buffer.length < length) buffer = new Int32Array(length * 2);
  return buffer;
}

function spell(piece: string): string {
  const bytes = new Uint8Array(piece.length * 3);
  const length = writeUtf8(piece, bytes);
  let token = '';
  for (let i = 0; i < length; i++) token += byteChars[bytes[i]!];
  return token;
}

function toJson(options: BpeOptions, tokens: readonly (string | undefined)[]): Json {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: options.unkToken ?? null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: options.fuseUnk ?? false,
    byte_fallback: false,
    ignore_merges: options.ignoreMerges ?? false,
    vocab: Object.fromEntries(tokens.flatMap((token, id) => (token === undefined ? [] : [[token, id]]))),
    merges: options.merges.map(([left, right]) => [left, right]),
  };
}
