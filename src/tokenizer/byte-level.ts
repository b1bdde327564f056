/**
 * GPT-2's byte alphabet (each byte written as one printable character) and UTF-8 in both directions.
 * Knows no vocabulary.
 */

/** The character that stands for each byte: printable Latin-1 for itself, the others from U+0100 on. */
export const byteChars: readonly string[] = makeByteChars();

const charBytes: ReadonlyMap<string, number> = new Map(byteChars.map((char, byte) => [char, byte]));

const unitBytes = Int16Array.from({ length: 0x150 }, (_, unit) => charBytes.get(String.fromCharCode(unit)) ?? -1);

/** The byte that a character of the alphabet stands for, by its code unit; -1 outside the alphabet. */
export function byteOf(unit: number): number {
  return unit < unitBytes.length ? unitBytes[unit]! : -1;
}

/** All 256 characters by code point: the order in which Hugging Face's trainer gives them ids. */
export const byteAlphabet: readonly string[] = [...byteChars].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));

function makeByteChars(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : next++);
  });
}

/** The bytes that a byte-level token stands for, or undefined where a character is outside the alphabet. */
export function tokenToBytes(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = charBytes.get(token[i]!);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/** Bytes written in the byte alphabet: the form in which vocabularies and merges are stored. */
export function bytesToToken(bytes: Uint8Array): string {
  let token = '';
  for (const byte of bytes) token += byteChars[byte];
  return token;
}

/** ECMAScript 2024, in Node 20 and browsers of its age. */
const native = String.prototype as { isWellFormed?(this: string): boolean };

/** Lone surrogates become U+FFFD, as TextEncoder does. */
export function wellFormed(text: string): string {
  if (native.isWellFormed?.call(text)) return text;
  // With the `u` flag this matches only surrogates that are not part of a pair.
  return /[\uD800-\uDFFF]/u.test(text) ? text.replaceAll(/[\uD800-\uDFFF]/gu, '\uFFFD') : text;
}

/**
 * Writes UTF-8 of well-formed text to the start of `target` (at least 3 bytes a code unit).
 * For the short pieces of a pre-tokenizer this is faster than a call of TextEncoder.
 * @returns number of bytes
 */
export function writeUtf8(text: string, target: Uint8Array): number {
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      target[n++] = code;
      continue;
    }
    if (code < 0x800) {
      target[n++] = 0xc0 | (code >> 6);
    } else {
      if (code >= 0xd800 && code < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00);
        target[n++] = 0xf0 | (code >> 18);
        target[n++] = 0x80 | ((code >> 12) & 0x3f);
      } else {
        target[n++] = 0xe0 | (code >> 12);
      }
      target[n++] = 0x80 | ((code >> 6) & 0x3f);
    }
    target[n++] = 0x80 | (code & 0x3f);
  }
  return n;
}

/** Number of UTF-8 bytes of well-formed text. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code < 0xe000) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}

/** How many bytes at the end of `bytes` are the beginning of a character that is not complete yet (0 to 3). */
export function incompleteTail(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue; // continuation: look for its lead byte
    const need = byte >= 0xf5 || byte < 0xc2 ? 0 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (need <= back) return 0;
    return back >= 2 && !validSecond(byte, bytes[length - back + 1]!) ? 0 : back;
  }
  return 0;
}

/** Unicode table 3-7: some lead bytes restrict the byte that follows (overlong forms, surrogates, > U+10FFFF). */
function validSecond(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  if (lead === 0xf4) return second < 0x90;
  return true;
}
