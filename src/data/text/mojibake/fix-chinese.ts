/**
 * Repairs Chinese text that was read in the wrong encoding: UTF-8 read as GBK (`鐢熸椿`), GBK read as Latin-1 or
 * Windows-1252 (`ÖÐ¹ú£¬`). A repair is made where the bytes are a valid decoding, what comes out is common Chinese, and
 * what was there is not; shorter stretches are believed only beside a long one in the same text. What lost bytes
 * becomes U+FFFD, also `锟斤拷`, which is two of them read as GBK.
 */
import { allCharmaps } from './charmap.ts';
import { decodeUtf8, replaceLostSequences } from './fix-encoding.ts';
import { common, extended, gbk, lessCommon, mark } from './gbk.ts';

/** U+FFFD in UTF-8, twice, read as GBK, whole or one byte off. */
const LOST_TWICE = /锟斤拷/g;

export function fixLostCharacters(text: string): string {
  return text.includes('锟斤拷') ? text.replace(LOST_TWICE, '\ufffd\ufffd') : text;
}

/** Repairs stretches of UTF-8 that was read as GBK, up to three layers. */
export function fixReadAsGbk(text: string): string {
  let result = text;
  for (let layer = 0; layer < 3; layer++) {
    const fixed = fixGbkLayer(result);
    if (fixed === result) break;
    result = fixed;
  }
  return result;
}

function fixGbkLayer(text: string): string {
  const { ranks } = gbk();
  let result = '';
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 0x80) continue;
    const start = at;
    let rare = 0;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit < 0x80) break;
      const rank = ranks[unit]!;
      if (rank === 0 && unit !== 0xfffd && unit !== 0x20ac) break;
      if (rank >= lessCommon) rare++;
    }
    const halfMark = text[start] === '鈥' && text[at] === '?';
    if (rare < 1 || (at - start < 2 && !halfMark)) continue;
    const fixed = decodeRun(text, start, at);
    if (fixed === undefined) continue;
    result += text.slice(copied, start) + fixed.text;
    copied = fixed.end;
    at = fixed.end - 1;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

function decodeRun(text: string, start: number, end: number): { text: string; end: number } | undefined {
  const { pairs } = gbk();
  const codes: number[] = [];
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    const pair = pairs[unit]!;
    if (unit === 0xfffd) codes.push(0x1a);
    else if (unit === 0x20ac) codes.push(0x80);
    else codes.push(pair >> 8, pair & 0xff);
  }
  let bytes = Buffer.from(codes).toString('latin1');
  let to = end;
  // A lost last byte often stands as a question mark.
  if (text[end] === '?' && /(?:[\xe0-\xef][\x80-\xbf]|[\xc2-\xdf])$/.test(bytes)) {
    bytes += '\x1a';
    to = end + 1;
  }
  const decoded = decodeUtf8(replaceLostSequences(bytes));
  if (decoded === undefined || !isBetter(text.slice(start, end), decoded)) return undefined;
  return { text: decoded, end: to };
}

interface Counts {
  readonly marks: number;
  readonly common: number;
  readonly rare: number;
  /** Neither in GBK nor ASCII. */
  readonly foreign: number;
  readonly lost: number;
}

function countRanks(text: string): Counts {
  const { ranks } = gbk();
  const counts = { marks: 0, common: 0, rare: 0, foreign: 0, lost: 0 };
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    const rank = ranks[unit]!;
    if (unit === 0xfffd) counts.lost++;
    else if (rank === common) counts.common++;
    else if (rank === mark) counts.marks++;
    else if (rank === lessCommon || rank === extended) counts.rare++;
    else counts.foreign++;
  }
  return counts;
}

/** Whether a stretch of rare characters decodes to one of common ones. */
function isBetter(before: string, after: string): boolean {
  const old = countRanks(before);
  const now = countRanks(after);
  // `鈥檚` is ’s: the first half of a western punctuation mark is a character that nobody writes.
  if (before.includes('鈥') && now.common + now.rare + now.foreign === 0) return true;
  const known = now.common + now.marks;
  const all = known + now.rare + now.foreign;
  if (now.common < 2 || known < 0.8 * all || now.lost > all) return false;
  return old.rare >= 2 && old.rare >= 0.4 * before.length;
}

/** Upper half of Latin-1 and what Windows-1252 has in its place. */
const HIGH = /[\u0080-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2,}/g;

/** Repairs stretches of GBK that was read as Latin-1 or Windows-1252. */
export function fixReadAsLatin(text: string): string {
  if (!/[\u00a0-\u00ff]{4}/.test(text)) return text;
  let certain = false;
  for (const [run] of text.matchAll(HIGH)) {
    const decoded = decodeLatin(run);
    if (decoded === undefined || !isCertain(run, decoded)) continue;
    certain = true;
    break;
  }
  if (!certain) return text;
  return text.replace(HIGH, (run) => {
    const decoded = decodeLatin(run);
    return decoded !== undefined && isPlausible(decoded) ? decoded : run;
  });
}

function decodeLatin(run: string): string | undefined {
  if (run.length % 2 !== 0) return undefined;
  const [latin1, windows] = allCharmaps();
  const bytes = latin1!.encode(run) ?? windows!.encode(run);
  return bytes === undefined ? undefined : gbk().decode(bytes);
}

function isPlausible(decoded: string): boolean {
  const { common: frequent, marks, rare, foreign } = countRanks(decoded);
  return foreign === 0 && frequent + marks >= 0.7 * (frequent + marks + rare);
}

/**
 * Long stretches with bytes below 0xC0: Cyrillic in KOI8-R read as Latin-1 also gives common Chinese, but of letters
 * only; so do lists of accented letters, which ascend.
 */
function isCertain(run: string, decoded: string): boolean {
  if (!isPlausible(decoded)) return false;
  const { common: frequent } = countRanks(decoded);
  if (frequent >= 2 && /[，。、]/.test(decoded)) return true;
  let low = 0;
  let steps = 0;
  for (let at = 0; at < run.length; at++) {
    if (run.charCodeAt(at) < 0xc0) low++;
    if (at > 0 && Math.abs(run.charCodeAt(at) - run.charCodeAt(at - 1)) <= 1) steps++;
  }
  return frequent >= 4 && low >= 2 && low >= 0.15 * run.length && steps < 0.5 * run.length;
}
