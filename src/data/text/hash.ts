/**
 * Hashes of texts, in 32-bit integer arithmetic: MurmurHash3_x86_128 (Appleby, public domain) over the UTF-16 code units,
 * little endian, so that any JavaScript string has one, lone surrogates too. Equal on every machine. Not for secrets, nor
 * against people who want two texts to collide: use SHA-256 there.
 */

/** The finaliser of MurmurHash3: every input bit reaches every output bit; a bijection of the 32-bit integers. */
export function mix32(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

const rotl = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

// The four lanes, between the loops below (which hold them in locals: several times as fast).
let h1 = 0;
let h2 = 0;
let h3 = 0;
let h4 = 0;

/** Blocks of four words from `words[from]` on. */
function wordBlocks(words: ArrayLike<number>, from: number, blocks: number): void {
  let [a, b, c, d] = [h1, h2, h3, h4];
  const end = from + 4 * blocks;
  for (let i = from; i < end; i += 4) {
    a ^= Math.imul(rotl(Math.imul(words[i]!, C1), 15), C2);
    a = (Math.imul(rotl(a, 19) + b, 5) + 0x561ccd1b) | 0;
    b ^= Math.imul(rotl(Math.imul(words[i + 1]!, C2), 16), C3);
    b = (Math.imul(rotl(b, 17) + c, 5) + 0x0bcaa747) | 0;
    c ^= Math.imul(rotl(Math.imul(words[i + 2]!, C3), 17), C4);
    c = (Math.imul(rotl(c, 15) + d, 5) + 0x96cd1c35) | 0;
    d ^= Math.imul(rotl(Math.imul(words[i + 3]!, C4), 18), C1);
    d = (Math.imul(rotl(d, 13) + a, 5) + 0x32ac3b17) | 0;
  }
  [h1, h2, h3, h4] = [a, b, c, d];
}

/** Blocks of eight UTF-16 units from `text[from]` on. */
function textBlocks(text: string, from: number, blocks: number): void {
  let [a, b, c, d] = [h1, h2, h3, h4];
  const end = from + 8 * blocks;
  for (let i = from; i < end; i += 8) {
    const k1 = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
    const k2 = text.charCodeAt(i + 2) | (text.charCodeAt(i + 3) << 16);
    const k3 = text.charCodeAt(i + 4) | (text.charCodeAt(i + 5) << 16);
    const k4 = text.charCodeAt(i + 6) | (text.charCodeAt(i + 7) << 16);
    a ^= Math.imul(rotl(Math.imul(k1, C1), 15), C2);
    a = (Math.imul(rotl(a, 19) + b, 5) + 0x561ccd1b) | 0;
    b ^= Math.imul(rotl(Math.imul(k2, C2), 16), C3);
    b = (Math.imul(rotl(b, 17) + c, 5) + 0x0bcaa747) | 0;
    c ^= Math.imul(rotl(Math.imul(k3, C3), 17), C4);
    c = (Math.imul(rotl(c, 15) + d, 5) + 0x96cd1c35) | 0;
    d ^= Math.imul(rotl(Math.imul(k4, C4), 18), C1);
    d = (Math.imul(rotl(d, 13) + a, 5) + 0x32ac3b17) | 0;
  }
  [h1, h2, h3, h4] = [a, b, c, d];
}

function finish(k1: number, k2: number, k3: number, k4: number, bytes: number, out: Uint32Array, at: number): void {
  h4 ^= Math.imul(rotl(Math.imul(k4, C4), 18), C1) ^ bytes;
  h3 ^= Math.imul(rotl(Math.imul(k3, C3), 17), C4) ^ bytes;
  h2 ^= Math.imul(rotl(Math.imul(k2, C2), 16), C3) ^ bytes;
  h1 ^= Math.imul(rotl(Math.imul(k1, C1), 15), C2) ^ bytes;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = mix32(h1);
  h2 = mix32(h2);
  h3 = mix32(h3);
  h4 = mix32(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out[at] = h1;
  out[at + 1] = h2 + h1;
  out[at + 2] = h3 + h1;
  out[at + 3] = h4 + h1;
}

/** 128 bits of `text[start … end)` as four words of `out`, from `at` on. Take the first one or two where fewer do. */
export function hash128(text: string, out: Uint32Array, at = 0, start = 0, end = text.length, seed = 0): void {
  h1 = h2 = h3 = h4 = seed | 0;
  const blocks = (end - start) >> 3;
  textBlocks(text, start, blocks);
  const i = start + 8 * blocks;
  const unit = (place: number): number => (place < end ? text.charCodeAt(place) : 0);
  const word = (place: number): number => unit(place) | (unit(place + 1) << 16);
  finish(word(i), word(i + 2), word(i + 4), word(i + 6), (end - start) * 2, out, at);
}

/** 128 bits of integers that come in pieces: those of their bytes, low ones first. */
export class WordHasher {
  #lanes: [number, number, number, number] = [0, 0, 0, 0];
  readonly #pending = new Int32Array(4);
  #count = 0;
  readonly #seed: number;

  constructor(seed = 0) {
    this.#seed = seed | 0;
    this.reset();
  }

  reset(): void {
    this.#lanes = [this.#seed, this.#seed, this.#seed, this.#seed];
    this.#count = 0;
  }

  add(words: Int32Array, count: number): void {
    [h1, h2, h3, h4] = this.#lanes;
    const pending = this.#pending;
    let i = 0;
    while (i < count && (this.#count + i) % 4 !== 0) this.#push(words[i]!, this.#count + i++);
    if (i < count) {
      const blocks = (count - i) >> 2;
      wordBlocks(words, i, blocks);
      i += 4 * blocks;
    }
    while (i < count) pending[(this.#count + i) % 4] = words[i++]!;
    this.#count += count;
    this.#lanes = [h1, h2, h3, h4];
  }

  /** Writes four words. The hasher must be reset before it is used again. */
  digest(out: Uint32Array, at = 0): void {
    [h1, h2, h3, h4] = this.#lanes;
    const word = (place: number): number => (place < this.#count % 4 ? this.#pending[place]! : 0);
    finish(word(0), word(1), word(2), 0, this.#count * 4, out, at);
  }

  #push(word: number, place: number): void {
    this.#pending[place % 4] = word;
    if (place % 4 === 3) wordBlocks(this.#pending, 0, 1);
  }
}

const scratch = new Uint32Array(4);

/** 53 bits as one number: a key for maps of some million texts (a collision among 10^7 has a chance of 0.6 %). */
export function hash53(text: string, seed = 0): number {
  hash128(text, scratch, 0, 0, text.length, seed);
  return (scratch[0]! & 0x1fffff) * 0x1_0000_0000 + scratch[1]!;
}

/** 64 bits as two words of `out`. */
export function hash64(text: string, out: Uint32Array, at = 0, start = 0, end = text.length, seed = 0): void {
  hash128(text, scratch, 0, start, end, seed);
  out[at] = scratch[0]!;
  out[at + 1] = scratch[1]!;
}

/** 128 bits in 32 hexadecimal digits. */
export function hashHex128(text: string, seed = 0): string {
  hash128(text, scratch, 0, 0, text.length, seed);
  return Array.from(scratch, (word) => word.toString(16).padStart(8, '0')).join('');
}
