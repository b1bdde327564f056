/**
 * Handles of social networks: `@name` of up to 30 characters that no letter, digit, slash or dot precedes. Off unless
 * asked for: decorators, annotations and package scopes in code look the same.
 */
import type { Detector } from '../detector.ts';
import { isWord } from '../text-view.ts';
import { userinfoStart } from '../userinfo.ts';

/** At-rules of CSS and tags of documentation comments. */
const NO_HANDLE = new Set(
  'media import keyframes font-face charset supports page namespace layer container param returns return throws see since author deprecated override example type typedef private public protected internal link inheritdoc property interface class end synthesize staticmethod classmethod dataclass'.split(
    ' ',
  ),
);
const NAME = /[A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?(?![A-Za-z0-9_/@])/y;

export const handle: Detector = {
  type: 'handle',
  find({ text, ats }, found) {
    for (const at of ats) {
      const before = text.charCodeAt(at - 1);
      if (isWord(before) || before === 46 || before === 47 || before === 64 || userinfoStart(text, at) >= 0) continue;
      NAME.lastIndex = at + 1;
      const match = NAME.exec(text);
      if (!match || match[0].length < 2 || /^[\d.]+$/.test(match[0]) || NO_HANDLE.has(match[0].toLowerCase())) continue;
      const end = at + 1 + match[0].length;
      // A call, or alone on its line: a decorator or an annotation.
      if (text[end] === '(' || (startsLine(text, at) && /[\r\n]/.test(text[end] ?? ''))) continue;
      found(at, end);
    }
  },
};

/** Whether nothing but spaces stands before `at` on its line, looking back a little. */
function startsLine(text: string, at: number): boolean {
  let start = at;
  while (start > 0 && at - start < 40 && (text[start - 1] === ' ' || text[start - 1] === '\t')) start--;
  return start === 0 || text[start - 1] === '\n';
}
