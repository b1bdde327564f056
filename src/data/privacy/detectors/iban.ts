/** IBANs: country, the length that its registry entry gives (ISO 13616), and the MOD 97-10 check; spaces allowed. */
import { ibanValid } from '../checksums.ts';
import type { Detector } from '../detector.ts';
import { isLetter, isWord } from '../text-view.ts';

const LENGTHS: Readonly<Record<string, number>> = {
  ...{ AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BR: 29, BY: 28, CH: 21, CR: 22 },
  ...{ CY: 28, CZ: 24, DE: 22, DK: 18, DO: 28, EE: 20, EG: 29, ES: 24, FI: 18, FO: 18, FR: 27, GB: 22, GE: 22 },
  ...{ GI: 23, GL: 18, GR: 27, GT: 28, HR: 21, HU: 28, IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30, KW: 30 },
  ...{ KZ: 20, LB: 28, LC: 32, LI: 21, LT: 20, LU: 20, LV: 21, LY: 25, MC: 27, MD: 24, ME: 22, MK: 19, MR: 27 },
  ...{ MT: 31, MU: 30, NL: 18, NO: 15, PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24, RS: 22, SA: 24, SC: 31 },
  ...{ SD: 18, SE: 24, SI: 19, SK: 24, SM: 27, ST: 25, SV: 28, TL: 23, TN: 24, TR: 26, UA: 29, VA: 22, VG: 24, XK: 20 },
};

/** End of `length` letters and digits from `start`, single spaces or hyphens between them allowed; -1 if there are fewer. */
function take(text: string, start: number, length: number): number {
  let count = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isWord(code) && code !== 95) {
      if (++count === length) return i + 1;
    } else if ((code !== 32 && code !== 45) || !isWord(text.charCodeAt(i + 1))) return -1;
  }
  return -1;
}

export const iban: Detector = {
  type: 'iban',
  find({ text, digits }, found) {
    for (let i = 0; i < digits.starts.length; i++) {
      const start = digits.starts[i]! - 2;
      if (start < 0 || !isLetter(text.charCodeAt(start + 1)) || !isLetter(text.charCodeAt(start))) continue;
      if (start > 0 && isWord(text.charCodeAt(start - 1))) continue;
      const length = LENGTHS[text.slice(start, start + 2).toUpperCase()];
      if (length === undefined) continue;
      const end = take(text, start, length);
      if (end < 0 || isWord(text.charCodeAt(end))) continue;
      if (ibanValid(text.slice(start, end).replace(/[ -]/g, '').toUpperCase())) found(start, end);
    }
  },
};
