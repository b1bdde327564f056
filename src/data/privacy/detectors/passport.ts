/**
 * Passport and travel permit numbers, always behind a word such as "passport" or 护照: Chinese (E/G/D/S/P and H/M/C/W
 * permits), US (nine digits, or a letter and eight), and the common form of one or two letters and 6–8 digits.
 */
import { cueBefore } from '../cues.ts';
import type { Detector } from '../detector.ts';
import { isDigit, isLetter, isWord } from '../text-view.ts';

const NUMBER = /[A-Z]{1,2} ?\d{6,8}(?![A-Za-z0-9_-])|[EG][A-Z]\d{7}(?![A-Za-z0-9_-])|\d{8,9}(?![A-Za-z0-9_-]|\.\d)/iy;
const CUE = /passport|护照|護照|通行证|台胞证|回乡证|旅行证/i;

export const passport: Detector = {
  type: 'passport',
  find({ text, digits }, found) {
    for (let i = 0; i < digits.starts.length; i++) {
      const run = digits.ends[i]! - digits.starts[i]!;
      if (run < 6 || run > 9) continue;
      let start = digits.starts[i]!;
      if (text[start - 1] === ' ' && isLetter(text.charCodeAt(start - 2)) && !isWord(text.charCodeAt(start - 3)))
        start--;
      for (let n = 0; n < 2 && start > 0 && isLetter(text.charCodeAt(start - 1)); n++) start--;
      const before = text.charCodeAt(start - 1);
      if (isWord(before) || ((before === 45 || before === 46) && isDigit(text.charCodeAt(start - 2)))) continue;
      if (text[start] === ' ') start++;
      NUMBER.lastIndex = start;
      const match = NUMBER.exec(text);
      if (match && cueBefore(text, start, 40, CUE)) found(start, start + match[0].length);
    }
  },
};
