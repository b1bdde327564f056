/**
 * Repairs text whose UTF-8 was read in a single-byte encoding, also several times over.
 * Origin: ftfy 6 (Robyn Speer), `fix_encoding`: text is touched only where neighbouring characters are implausible, and a
 * repair must be a valid decoding; the tables are ftfy's (tables.gen.ts). Given the same line, the result is the same.
 */
import { allCharmaps, windows1252 } from './charmap.ts';
import { implausible, misreadUtf8, suspicious } from './tables.gen.ts';

const SUSPICIOUS = new RegExp(`[${suspicious}]`);
const IMPLAUSIBLE = new RegExp(implausible, 'u');
const MISREAD = new RegExp(misreadUtf8, 'gu');
const C1 = /[\u0080-\u009f]/g;
/** A text that is still not right after so many layers is left as it is then. */
const maxLayers = 12;

/** Whether a text holds any character that misreading leaves: quick, and mostly the end of it. */
export function mayBeMisread(text: string): boolean {
  return SUSPICIOUS.test(text);
}

/** Whether a line looks misread. */
function looksMisread(line: string): boolean {
  return SUSPICIOUS.test(line) && IMPLAUSIBLE.test(line);
}

/** The line with its encoding repaired, or the same line. */
export function fixEncoding(line: string): string {
  let text = line;
  for (let layer = 0; layer < maxLayers; layer++) {
    const fixed = fixLayer(text);
    if (fixed === text) break;
    text = fixed;
  }
  return text;
}

function fixLayer(text: string): string {
  if (!looksMisread(text)) return text;
  for (const charmap of allCharmaps()) {
    let bytes = charmap.encode(text);
    if (bytes === undefined) continue;
    // In Mac Roman a lead byte is an en dash, which often stands before a space.
    if (charmap.name !== 'macroman') bytes = restoreNoBreakSpaces(bytes);
    if (charmap.sloppy) bytes = replaceLostSequences(bytes);
    const decoded = decodeUtf8(bytes);
    if (decoded !== undefined) return decoded;
  }
  const inside = fixParts(text);
  if (inside !== text) return inside;
  // What is left of control characters was Windows-1252 read as Latin-1.
  return text.replace(C1, (character) => windows1252(character.charCodeAt(0)));
}

/** Repairs sequences that look misread inside of a text that is not misread as a whole. */
function fixParts(text: string): string {
  return text.replace(MISREAD, (part) => (part.length < text.length && looksMisread(part) ? fixEncoding(part) : part));
}

/** "à" as a word of its own, where the second byte became a space that was merged with the next one. */
const A_GRAVE_WORD = /\xc3 (?! |quele|quela|quilo|s )/g;
/** Sequences that would be UTF-8 if a space were the no-break space that it may have been. */
const SPACED =
  /[\xc2\xc3\xc5\xce\xd0\xd9] |[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]|[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] |\xf0 [\x80-\xbf]{2}|\xf0[\x80-\xbf] [\x80-\xbf]|\xf0[\x80-\xbf]{2} /g;

function restoreNoBreakSpaces(bytes: string): string {
  SPACED.lastIndex = 0;
  if (!SPACED.test(bytes)) return bytes;
  return bytes.replace(A_GRAVE_WORD, '\xc3\xa0 ').replace(SPACED, (part) => part.replace(/ /g, '\xa0'));
}

/** UTF-8 or CESU-8 sequences with a byte lost: 0x1A where it became U+FFFD, sometimes `?`. */
const lost = [
  '[\\xc2-\\xdf]\\x1a',
  '[\\xc2\\xc3]\\?',
  '\\xed[\\xa0-\\xaf][\\x1a?]\\xed[\\xb0-\\xbf][\\x1a?\\x80-\\xbf]',
  '\\xed[\\xa0-\\xaf][\\x1a?\\x80-\\xbf]\\xed[\\xb0-\\xbf][\\x1a?]',
  '[\\xe0-\\xef][\\x1a?][\\x1a\\x80-\\xbf]',
  '[\\xe0-\\xef][\\x1a\\x80-\\xbf][\\x1a?]',
  '[\\xf0-\\xf4][\\x1a?][\\x1a\\x80-\\xbf]{2}',
  '[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a?][\\x1a\\x80-\\xbf]',
  '[\\xf0-\\xf4][\\x1a\\x80-\\xbf]{2}[\\x1a?]',
  '\\x1a',
];
const LOST = new RegExp(lost.join('|'), 'g');

/** A sequence that lost a byte becomes U+FFFD: nothing is made up. */
export function replaceLostSequences(bytes: string): string {
  return bytes.replace(LOST, '\xef\xbf\xbd');
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as UTF-8, CESU-8 pairs and Java's two-byte NUL included; undefined where they are not. */
export function decodeUtf8(bytes: string): string | undefined {
  let utf8 = bytes;
  if (bytes.includes('\xed') || bytes.includes('\xc0'))
    utf8 = bytes.replace(/\xc0\x80/g, '\0').replace(/\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]/g, joinPair);
  try {
    return strict.decode(Buffer.from(utf8, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Six bytes of a surrogate pair as the four bytes of its character. */
function joinPair(pair: string): string {
  const bits = (at: number, mask: number) => pair.charCodeAt(at) & mask;
  const codePoint = 0x10000 + ((bits(1, 0x0f) << 16) | (bits(2, 0x3f) << 10) | (bits(4, 0x0f) << 6) | bits(5, 0x3f));
  return Buffer.from(String.fromCodePoint(codePoint)).toString('latin1');
}
