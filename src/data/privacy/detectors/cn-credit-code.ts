/**
 * Unified social credit codes of Chinese organisations and sole traders, GB 32100-2015: 18 characters, the last one a
 * MOD 31 check. Eighteen digits without a letter pass that by chance too often and need a word such as 信用代码.
 */
import { creditCodeCheck } from '../checksums.ts';
import { cueBefore } from '../cues.ts';
import type { Detector } from '../detector.ts';
import { isWord } from '../text-view.ts';

// Registering authority, kind, region of six digits, organisation of nine, check.
const CODE = /[1-9A-GY][1-9A-Z]\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z_])/y;
const CUE = /信用代码|税号|纳税人|社会信用|credit code|USCC/i;

export const cnCreditCode: Detector = {
  type: 'cn-credit-code',
  find({ text, digits }, found) {
    for (let i = 0; i < digits.starts.length; i++) {
      const run = digits.starts[i]!;
      if (digits.ends[i]! - run < 6) continue;
      // One or two letters may stand before the first digits ("A1…", "N2…").
      for (let start = run; start >= run - 2 && start >= 0; start--) {
        if (start > 0 && isWord(text.charCodeAt(start - 1))) continue;
        CODE.lastIndex = start;
        const code = CODE.exec(text)?.[0];
        if (code === undefined || creditCodeCheck(code.slice(0, 17)) !== code[17]) break;
        if (/[A-Z]/.test(code) || cueBefore(text, start, 30, CUE)) found(start, start + 18);
        break;
      }
    }
  },
};
