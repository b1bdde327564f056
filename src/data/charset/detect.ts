/**
 * Which charset bytes are in when nobody says, or says wrong. In order: byte-order mark; UTF-8 that is valid, or damaged
 * in few places; UTF-16 by its zero bytes; ISO-2022-JP by its escapes; the charsets of scripts beside Latin by decoding a
 * sample in each and asking how many of its characters are the commonest of their language; then the Latin ones by
 * chardet (npm, ICU's method). Charsets and labels are those of the Encoding Standard.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { analyse } from 'chardet';
import { decodeBytes } from './decode-bytes.ts';
import { charsetOf } from './labels.ts';
import { type Script, scripts } from './scripts.ts';

export interface Detected {
  readonly charset: string;
  /** 0 to 1. */
  readonly confidence: number;
}

const sampleBytes = 32_768;

export function detectCharset(bytes: Uint8Array): Detected {
  const mark = byteOrderMark(bytes);
  if (mark !== undefined) return { charset: mark, confidence: 1 };
  const wide = utf16Of(bytes);
  if (wide !== undefined) return wide;
  if (isAscii(bytes)) {
    return hasJapaneseEscapes(bytes)
      ? { charset: 'iso-2022-jp', confidence: 0.99 }
      : { charset: 'utf-8', confidence: 1 };
  }
  if (isUtf8(bytes)) return { charset: 'utf-8', confidence: 1 };
  const sample = sampleOf(bytes);
  const sound = soundUtf8(sample);
  if (sound > 0.9) return { charset: 'utf-8', confidence: sound };
  return detectScript(sample) ?? detectLatin(sample);
}

export function byteOrderMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/** Text in UTF-16 has zeros (of Latin letters, spaces, line ends) at places of one parity, and at almost none of the other. */
function utf16Of(bytes: Uint8Array): Detected | undefined {
  const end = Math.min(bytes.length, 4096) & ~1;
  if (end < 4) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < end; i += 2) {
    if (bytes[i] === 0) even++;
    if (bytes[i + 1] === 0) odd++;
  }
  const [more, less] = even > odd ? [even, odd] : [odd, even];
  // Pages of Han text have but few: markup, spaces, line ends.
  if (more < end * 0.01 || less > more * 0.3) return undefined;
  const charset = even > odd ? 'utf-16be' : 'utf-16le';
  if (more < end * 0.2 && !isPlausible(decodeBytes(bytes.subarray(0, end), charset))) return undefined;
  return { charset, confidence: 0.95 };
}

/** Nearly all of it is ASCII, Han, kana, Hangul or their punctuation. */
function isPlausible(text: string): boolean {
  let good = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const ascii = (unit >= 32 && unit < 127) || (unit >= 9 && unit <= 13);
    if (ascii || (unit >= 0x3000 && unit < 0xd7b0) || unit >= 0xff00 || (unit >= 0x2010 && unit < 0x2040)) good++;
  }
  return good >= text.length * 0.95;
}

function hasJapaneseEscapes(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1 << 20)).toString('latin1');
  return head.includes('\u001b$B') || head.includes('\u001b$@');
}

/** From a little before the first byte beyond ASCII; markup is left out where it is plain. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  let first = 0;
  while (first < bytes.length && bytes[first]! < 128) first++;
  const part = bytes.subarray(Math.max(0, first - 64), first + sampleBytes * 8);
  const sample = new Uint8Array(Math.min(sampleBytes, part.length));
  let length = 0;
  for (let i = 0; i < part.length && length < sample.length; i++) {
    if (part[i] === 60 && isTagStart(part[i + 1]) && (i === 0 || part[i - 1]! < 128)) {
      const end = endOfTag(part, i);
      if (end > 0) {
        i = end;
        sample[length++] = 32;
        continue;
      }
    }
    sample[length++] = part[i]!;
  }
  return sample.subarray(0, length);
}

function isTagStart(byte: number | undefined): boolean {
  return byte !== undefined && (byte === 47 || byte === 33 || (byte > 64 && byte < 91) || (byte > 96 && byte < 123));
}

/** Where a tag of ASCII alone ends, or 0. */
function endOfTag(bytes: Uint8Array, from: number): number {
  const limit = Math.min(bytes.length, from + 2000);
  for (let i = from + 1; i < limit; i++) {
    if (bytes[i] === 62) return i;
    if (bytes[i]! > 127 || bytes[i] === 60) return 0;
  }
  return 0;
}

/** The share of bytes beyond ASCII that stand in valid UTF-8 sequences. */
function soundUtf8(bytes: Uint8Array): number {
  let sound = 0;
  let all = 0;
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!;
    const length =
      lead < 0x80
        ? 1
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : lead >= 0xe0 && lead < 0xf0
            ? 3
            : lead >= 0xf0 && lead < 0xf5
              ? 4
              : 0;
    let good = length > 0;
    for (let k = 1; k < length && good; k++) good = ((bytes[i + k] ?? 0) & 0xc0) === 0x80;
    if (lead >= 0x80) {
      // A sequence cut by the sample's end counts for nothing.
      if (i + length > bytes.length) break;
      all += good ? length : 1;
      if (good) sound += length;
    }
    i += good ? length : 1;
  }
  return all === 0 ? 0 : sound / all;
}

/** Bits saved a byte against random bytes, below which no reading is believed. */
const leastSaving = 0.6;
/** What a character costs that no text has: damage, control characters, private use. */
const damageBits = 24;

/** The charset of another script in which the sample reads best, if it reads well. */
function detectScript(sample: Uint8Array): Detected | undefined {
  const dense = besideLatin(sample) < 0.25;
  let best: Detected | undefined;
  let most = leastSaving;
  for (const script of scripts) {
    if (script.singleByte && !dense) continue;
    const saved = savedBits(sample, script);
    if (saved <= most) continue;
    most = saved;
    best = { charset: script.charset, confidence: Math.min(0.99, 0.5 + saved / 4) };
  }
  return best;
}

/** Whether the bytes, read in one of the charsets of `scripts`, look like a text of its languages. */
export function readsWell(bytes: Uint8Array, charset: string): boolean {
  const sample = sampleOf(bytes);
  return scripts.some((script) => script.charset === charset && savedBits(sample, script) > leastSaving);
}

/** Of the bytes beyond ASCII, the share that stand beside a Latin letter: nearly none in scripts of their own. */
function besideLatin(bytes: Uint8Array): number {
  let all = 0;
  let beside = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! < 128) continue;
    all++;
    if (isLetter(bytes[i - 1]) || isLetter(bytes[i + 1])) beside++;
  }
  return all === 0 ? 0 : beside / all;
}

const isLetter = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte > 64 && byte < 91) || (byte > 96 && byte < 123));

/** How many bits a byte the reading saves, against 7 for each byte that is no ASCII character of its own. */
function savedBits(sample: Uint8Array, { charset, bits, rare }: Script): number {
  const text = decodeBytes(sample, charset);
  let ascii = 0;
  let cost = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 128) ascii++;
    // The sample may have been cut inside a character.
    else if (unit === 0xfffd && i >= text.length - 2) ascii++;
    else if (unit === 0xfffd || unit < 0xa0 || (unit >= 0xd800 && unit < 0xf900)) cost += damageBits;
    else {
      cost += bits.get(unit) ?? rare;
      if (isLetter(text.charCodeAt(i - 1))) cost += 2;
    }
  }
  const taken = sample.length - ascii;
  // A lone accented letter is a letter of some alphabet in any of them.
  return taken < 3 ? 0 : (taken * 7 - cost) / taken;
}

/** Latin script, and what is left: the charset that chardet likes best of those, Western European where it is unsure. */
function detectLatin(sample: Uint8Array): Detected {
  let best: Detected = { charset: 'windows-1252', confidence: 0.2 };
  for (const { name, confidence } of analyse(sample)) {
    const charset = charsetOf(name);
    if (charset === undefined || !latinCharsets.has(charset)) continue;
    const value = confidence / 100 + (charset === 'windows-1252' ? 0.12 : 0);
    if (value > best.confidence) best = { charset, confidence: Math.min(1, value) };
  }
  return best;
}

const latinCharsets = new Set([
  'windows-1252',
  'windows-1250',
  'iso-8859-2',
  'windows-1254',
  'windows-1257',
  'windows-1258',
]);
