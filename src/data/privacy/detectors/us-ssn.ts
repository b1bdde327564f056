/**
 * US social security numbers and ITINs: 3-2-4 with hyphens, areas and groups that the SSA issues (no 000, 666, 9xx;
 * 9xx only with the groups of ITINs), with spaces or bare only behind a word such as SSN.
 */
import { nearestCue, THING_NUMBER } from '../cues.ts';
import type { Detector } from '../detector.ts';
import { isAfterEscape, isDigit, isWord } from '../text-view.ts';

const GROUPED = /(\d{3})([- ])(\d{2})\2(\d{4})(?![\d-]|\.\d|[A-Za-z_])/y;
const BARE = /(\d{3})()(\d{2})(\d{4})(?![\d-]|\.\d|[A-Za-z_])/y;
const CUES = new RegExp(
  `(\\bssn\\b|social security|\\bitin\\b|\\btin\\b|taxpayer|社会安全号|社安号)|${THING_NUMBER}`,
  'gi',
);

function isIssued(area: number, group: number, serial: number): boolean {
  if (area === 0 || area === 666 || group === 0 || serial === 0) return false;
  return area < 900 || (group >= 50 && group !== 66 && group !== 89 && group !== 93);
}

export const usSsn: Detector = {
  type: 'us-ssn',
  find({ text, digits }, found) {
    for (let i = 0; i < digits.starts.length; i++) {
      const start = digits.starts[i]!;
      const run = digits.ends[i]! - start;
      if ((run !== 3 && run !== 9) || digits.ahead[i]! < 9) continue;
      const before = text.charCodeAt(start - 1);
      if (
        (isWord(before) && !isAfterEscape(text, start)) ||
        ((before === 45 || before === 46) && isDigit(text.charCodeAt(start - 2)))
      )
        continue;
      const pattern = run === 3 ? GROUPED : BARE;
      pattern.lastIndex = start;
      const match = pattern.exec(text);
      if (!match || !isIssued(Number(match[1]), Number(match[3]), Number(match[4]))) continue;
      const cue = nearestCue(text, start, 40, CUES);
      if (match[2] === '-' ? cue !== 'against' : cue === 'for') found(start, start + match[0].length);
    }
  },
};
