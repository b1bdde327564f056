/**
 * The Unigram model (Kudo 2018, "Subword Regularization", eq. 6): a piece becomes the sequence of tokens with the
 * highest sum of scores, found by Viterbi's algorithm over a trie. Equal to Hugging Face's `encode_optimized`
 * (models/unigram/model.rs), ties included. Knows nothing of normalization or special tokens.
 */
import { writeUtf8 } from '../byte-level.ts';
import type { Model } from '../types.ts';
import { cellStride, TextTrie } from './text-trie.ts';

export interface UnigramOptions {
  /** Tokens by id with their scores (log probabilities) as in the file; distinct and well-formed. */
  readonly vocab: readonly (readonly [token: string, score: number])[];
  /** The token of a character that no token covers. Without one such characters give no token (an error in HF's). */
  readonly unkId?: number | undefined;
  /** Write what is unknown with the tokens `<0x00>` … `<0xFF>` of its UTF-8 bytes, where the vocabulary has them. */
  readonly byteFallback?: boolean;
}

/** In place of an id: unknown, where the vocabulary has no token for that. */
const noToken = -1;

/** How much worse than the worst token an unknown character is (SentencePiece's kUnkPenalty). */
const unkPenalty = 10;

/** Buffers for longer pieces are not kept. */
const keptLength = 1 << 16;

export function unigramModel(options: UnigramOptions): Model {
  const { vocab, unkId, byteFallback = false } = options;
  const tokens = vocab.map(([token]) => token);
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const lattice = new BestPath(vocab, unkId ?? noToken);
  const byteIds = byteFallback ? Int32Array.from({ length: 256 }, (_, byte) => idOf.get(byteToken(byte)) ?? -1) : null;

  /** A run of unknown characters is one token: itself, if it is in the vocabulary after all; its bytes; or unk. */
  function pushUnknown(piece: string, start: number, end: number, ids: number[], spans?: number[]): void {
    const text = piece.slice(start, end);
    const known = idOf.get(text);
    if (known === undefined && byteIds && pushBytes(text, byteIds, start, end, ids, spans)) return;
    const id = known ?? unkId;
    if (id === undefined) return; // encoding never fails
    ids.push(id);
    spans?.push(start, end);
  }

  const unknown = unkId ?? noToken;
  return {
    encodePiece(piece, ids, spans) {
      let count = lattice.find(piece);
      const { ends, idAt } = lattice;
      for (let start = 0; count > 0; ) {
        let end = ends[--count]!;
        if (idAt[end] === unknown) {
          while (count > 0 && idAt[ends[count - 1]!] === unknown) end = ends[--count]!;
          pushUnknown(piece, start, end, ids, spans);
        } else {
          ids.push(idAt[end]!);
          spans?.push(start, end);
        }
        start = end;
      }
      lattice.release();
    },
    tokenToId: (token) => idOf.get(token),
    idToToken: (id) => tokens[id],
    idLimit: tokens.length,
    unkId,
    unknownKeepsText: true,
    toJSON: () => ({
      type: 'Unigram',
      unk_id: unkId ?? null,
      vocab: vocab.map(([token, score]) => [token, score]),
      byte_fallback: byteFallback,
    }),
  };
}

/**
 * A number as Hugging Face's JSON reader understands it (serde_json without `float_roundtrip`): the digits as one whole
 * number, divided by a power of ten, each rounded. Every fourth score is one unit in the last place off so; on that hang
 * ties like those between 9·99 and 99·9.
 */
export function serdeNumber(value: number): number {
  if (Number.isInteger(value) || !Number.isFinite(value)) return value;
  const [, whole = '', fraction = '', exponent = '0'] = /^(-?\d+)(?:\.(\d+))?(?:e(.+))?$/.exec(String(value))!;
  let number = Number(whole + fraction);
  let power = Number(exponent) - fraction.length;
  for (; power < -308; power += 308) number /= 1e308;
  return power < 0 ? number / Number(`1e${-power}`) : number * Number(`1e${power}`);
}

/** How the token of a byte is written. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** @returns false, having done nothing, if a byte has no token */
function pushBytes(text: string, byteIds: Int32Array, start: number, end: number, ids: number[], spans?: number[]) {
  const bytes = new Uint8Array(text.length * 3);
  const length = writeUtf8(text, bytes);
  for (let i = 0; i < length; i++) if (byteIds[bytes[i]!]! < 0) return false;
  for (let i = 0; i < length; i++) {
    ids.push(byteIds[bytes[i]!]!);
    spans?.push(start, end);
  }
  return true;
}

/** Viterbi's algorithm with one entry a code unit: the best path that ends there. */
class BestPath {
  /** The last token of the best path, by where it ends. */
  idAt = new Int32Array(0);
  /** Where the tokens of the best path end, the last first. */
  ends = new Int32Array(0);
  readonly #trie: TextTrie;
  readonly #scores: Float64Array;
  readonly #unkId: number;
  readonly #unkScore: number;
  #score = new Float64Array(0);
  /** Where the last token of the path begins; −1: no path ends here. */
  #from = new Int32Array(0);

  constructor(vocab: UnigramOptions['vocab'], unkId: number) {
    const ids = [...vocab.keys()].filter((id) => vocab[id]![0] !== '');
    this.#trie = new TextTrie(
      ids.map((id) => vocab[id]![0]),
      ids,
    );
    this.#scores = Float64Array.from(vocab, ([, score]) => serdeNumber(score));
    this.#unkId = unkId;
    this.#unkScore = this.#scores.reduce((least, score) => Math.min(least, score), Infinity) - unkPenalty;
  }

  /** @returns the number of `ends`; they and `idAt` are valid until the next call */
  find(piece: string): number {
    if (this.#from.length <= piece.length) this.#allocate(piece.length + 1);
    this.#fill(piece);
    let count = 0;
    for (let end = piece.length; end > 0; end = this.#from[end]!) this.ends[count++] = end;
    return count;
  }

  /** A giant piece does not keep its giant buffers alive. */
  release(): void {
    if (this.#from.length > keptLength) this.#allocate(0);
  }

  #fill(piece: string): void {
    const { codes, cells } = this.#trie;
    const [scores, score, from, ids] = [this.#scores, this.#score, this.#from, this.idAt];
    const length = piece.length;
    from.fill(-1, 1, length + 1);
    score[0] = 0;
    for (let start = 0; start < length; ) {
      const unit = piece.charCodeAt(start);
      const charEnd = start + (unit >= 0xd800 && unit < 0xdc00 ? 2 : 1);
      const soFar = score[start]!;
      let code = codes[unit]!;
      let node = 0;
      let single = false; // a token covers just this character
      for (let end = start + 1; code !== 0; code = codes[piece.charCodeAt(end++)]!) {
        const child = cells[node * cellStride]! + code;
        if (cells[child * cellStride + 1] !== node) break;
        node = child;
        const id = cells[node * cellStride + 2]!;
        if (id >= 0) {
          // Of equal paths the first found stays: the one whose last token is the longest.
          const candidate = scores[id]! + soFar;
          if (from[end] === -1 || candidate > score[end]!) {
            score[end] = candidate;
            from[end] = start;
            ids[end] = id;
          }
          if (end === charEnd) single = true;
        }
        if (end === length) break;
      }
      if (!single) this.#tryUnknown(start, charEnd, soFar);
      start = charEnd;
    }
  }

  #tryUnknown(start: number, end: number, soFar: number): void {
    const candidate = this.#unkScore + soFar;
    if (this.#from[end] !== -1 && !(candidate > this.#score[end]!)) return;
    this.#score[end] = candidate;
    this.#from[end] = start;
    this.idAt[end] = this.#unkId;
  }

  #allocate(least: number): void {
    const size = least > keptLength ? least : Math.min(least * 2, keptLength);
    this.#score = new Float64Array(size);
    this.#from = new Int32Array(size);
    this.idAt = new Int32Array(size);
    this.ends = new Int32Array(size);
  }
}
