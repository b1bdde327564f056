/**
 * Chinese resident ID numbers, GB 11643-1999: 18 characters with an existing province, a real birth date and the
 * ISO 7064 MOD 11-2 check character, also grouped 6-8-4; the old form of 15 digits only behind a word such as 身份证.
 * Permanent residence cards of foreigners (since 2023-12): the same with a 9, province and country in the first place.
 */
import { isDate, residentIdCheck } from '../checksums.ts';
import { cueBefore } from '../cues.ts';
import type { Detector } from '../detector.ts';
import { isDigit } from '../text-view.ts';

const EIGHTEEN = /\d{6}[- ]?(?:18|19|20)\d{6}[- ]?\d{3}[\dXx](?![\dA-Za-z])/y;
const FIFTEEN = /\d{15}(?![\dA-Za-z])/y;
// GB/T 2260: provinces, and 81–83 of residence permits for Hong Kong, Macau and Taiwan.
const PROVINCES = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' '),
);
const CUE = /身份证|身份證|证件|证号|公民身份|居民身份|\bID\b|identity|resident/i;

export const cnId: Detector = {
  type: 'cn-id',
  find({ text, digits }, found) {
    for (let i = 0; i < digits.starts.length; i++) {
      const start = digits.starts[i]!;
      const run = digits.ends[i]! - start;
      if (run < 6 || run > 18 || digits.ahead[i]! < 15) continue;
      const province = text[start] === '9' ? start + 1 : start;
      if (!PROVINCES.has(text.slice(province, province + 2)) || isInside(text, start)) continue;
      EIGHTEEN.lastIndex = start;
      const match = EIGHTEEN.exec(text);
      if (match && isValid(match[0].replace(/[- ]/g, ''))) found(start, start + match[0].length);
      else if (run === 15 && isOldForm(text, start)) found(start, start + 15);
    }
  },
};

/** Behind the point of a decimal, or behind a minus between digits. */
function isInside(text: string, start: number): boolean {
  const code = text.charCodeAt(start - 1);
  return (code === 46 || code === 45) && isDigit(text.charCodeAt(start - 2));
}

function isValid(id: string): boolean {
  return (
    isDate(Number(id.slice(6, 10)), Number(id.slice(10, 12)), Number(id.slice(12, 14))) &&
    residentIdCheck(id.slice(0, 17)) === id[17]!.toUpperCase()
  );
}

function isOldForm(text: string, start: number): boolean {
  FIFTEEN.lastIndex = start;
  if (!FIFTEEN.test(text)) return false;
  const [year, month, day] = [6, 8, 10].map((at) => Number(text.slice(start + at, start + at + 2)));
  return isDate(1900 + year!, month!, day!) && cueBefore(text, start, 24, CUE);
}
