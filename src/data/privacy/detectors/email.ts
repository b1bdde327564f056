/**
 * E-mail addresses: the part left and right of each `@` (RFC 5321 lengths, ASCII and Latin letters, so that Han text may
 * touch them), and by option "name [at] host [dot] com". Not found: `git@host:path` remotes, package versions,
 * `icon@2x.png`, the password in `https://user:password@host`.
 */
import type { Detector } from '../detector.ts';
import { isDigit, isLetter, isWord, type TextView } from '../text-view.ts';
import { userinfoStart } from '../userinfo.ts';

// What stands behind the last dot of file names and expressions, not of addresses.
const NOT_TLD = new Set(
  'png jpg jpeg gif svg webp avif bmp ico css scss less html htm xml json yaml yml toml js mjs cjs ts tsx jsx vue py rb go rs java kt cpp hpp txt md csv log pdf exe dll zip gz tar ttf woff map lock conf ini'.split(
    ' ',
  ),
);
const GENERIC_TLD = /^(?:com|net|org|edu|gov|mil|info|biz|io|ai|co|me|dev|app|[a-z]{2})$/i;

/** A match that begins exactly at `at`. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const DOMAIN = /(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}(?:xn--[a-z0-9-]{2,50}|[a-z]{2,24})(?![a-z0-9_])/iy;

function isLocal(code: number): boolean {
  // . _ % + - ' ! # $ & * / = ? ^ ` { | } ~ are legal; the rare ones would swallow what stands beside.
  return isWord(code) || code === 46 || code === 43 || code === 45 || code === 37 || (code >= 0xc0 && code <= 0x24f);
}

/** ASCII, neither white space nor a letter nor a digit. */
function isSign(code: number): boolean {
  return code > 32 && code < 127 && !isWord(code);
}

/** Start of the local part that ends before `at`, or -1. */
function localStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start <= 64 && isLocal(text.charCodeAt(start - 1))) start--;
  if (at - start > 64) return -1;
  while (start < at && !isWord(text.charCodeAt(start)) && text.charCodeAt(start) < 0xc0) start++;
  if (start === at || text.charCodeAt(at - 1) === 46) return -1;
  return start;
}

export const email: Detector = {
  type: 'email',
  find(view, found, { obfuscatedEmail }) {
    const { text, ats } = view;
    for (const at of ats) {
      const start = localStart(text, at);
      if (start < 0 || (isSign(text.charCodeAt(start - 1)) && userinfoStart(text, at) >= 0)) continue;
      const domain = matchAt(DOMAIN, text, at + 1);
      if (!domain || domain[0].length > 253) continue;
      const end = at + 1 + domain[0].length;
      if (NOT_TLD.has(domain[0].slice(domain[0].lastIndexOf('.') + 1).toLowerCase())) continue;
      if (text.slice(start, at) === 'git' && /[:/]/.test(text[end] ?? '')) continue;
      found(start, end);
    }
    if (obfuscatedEmail) findObfuscated(view, found);
  },
};

const BRACKETED_AT = /[[({<【（]\s?(?:at|@|艾特)\s?[\])}>】）]/iy;
const WORD_AT = /([\w.+-]{1,64}) at ([\w-]{1,63}(?: dot [\w-]{1,63}){0,4} dot ([a-z]{2,6}))(?!\w)/iy;
const AFTER_AT =
  /\s?([a-z0-9-]{1,63}(?:\s?(?:\.|[[({<【（]\s?(?:dot|\.|点)\s?[\])}>】）]| dot )\s?[a-z0-9-]{1,63}){0,4}?\s?(?:\.|[[({<【（]\s?(?:dot|\.|点)\s?[\])}>】）]| dot )\s?([a-z]{2,10}))(?![a-z0-9_-])/iy;

function findObfuscated({ text, brackets, ats }: TextView, found: (start: number, end: number) => void): void {
  for (const at of brackets) {
    const mark = matchAt(BRACKETED_AT, text, at)?.[0];
    if (mark !== undefined) bracketed(text, at, mark, found);
  }
  for (const at of ats) if (text[at - 1] === ' ' && text[at + 1] === ' ') bracketed(text, at - 1, ' @ ', found);
  let last = 0;
  for (const { index } of text.matchAll(/ dot /gi)) if (index >= last) last = spelled(text, index, found) ?? last;
}

/** "name [at] host [dot] com", "name (at) host.com", "name @ host.com". */
function bracketed(text: string, at: number, mark: string, found: (start: number, end: number) => void) {
  const nameEnd = text[at - 1] === ' ' ? at - 1 : at;
  const start = localStart(text, nameEnd);
  if (start < 0) return undefined;
  const rest = matchAt(AFTER_AT, text, at + mark.length);
  if (!rest || NOT_TLD.has(rest[2]!.toLowerCase())) return undefined;
  // A spaced @ is also "lunch @ place": only well-known endings.
  if (mark === ' @ ' && !GENERIC_TLD.test(rest[2]!)) return undefined;
  const end = at + mark.length + rest[0].length;
  found(start, end);
  return end;
}

/** "name at host dot com": found from its first dot. */
function spelled(text: string, dot: number, found: (start: number, end: number) => void) {
  const left = text.slice(Math.max(0, dot - 132), dot);
  const name = /(?:^|[^\w.+-])([\w.+-]{1,64} at [\w-]{1,63})$/i.exec(left);
  if (!name) return undefined;
  const start = dot - name[1]!.length;
  const whole = matchAt(WORD_AT, text, start);
  const first = text.charCodeAt(start);
  if (!whole || !GENERIC_TLD.test(whole[3]!) || !(isLetter(first) || isDigit(first))) return undefined;
  found(start, start + whole[0].length);
  return start + whole[0].length;
}
