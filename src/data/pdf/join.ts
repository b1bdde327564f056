/**
 * Joins a line to what came before it. What a hyphen at a line's end means, and whether a space stands between Han
 * characters and Latin letters, is asked of the rest of the document.
 */
const wide = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}，。、；：？！（）《》〈〉「」『』【】〔〕“”‘’…—·々〇]/u;
/** These need no space beside them; quotation marks and dashes are of both worlds. */
const fullWidthMark = /[，。、；：？！（）《》〈〉「」『』【】〔〕]/;
const han = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const wholeWord = /\p{L}[\p{L}'’]*(?:-\p{L}[\p{L}'’]*)*(?![\p{L}-])/gu;
const wordEnd = /(?<![\p{L}'’])(\p{L}[\p{L}'’]{0,40})([-\u2010\u00ad])$/u;
const wordStart = /^[\p{L}'’]*/u;
/** Words made with these keep their hyphen, where the document does not say otherwise. */
const hyphenating = /^(?:self|well|ex)$/i;

/** @param lines of the whole document @returns a function that joins; `after` begins with no space */
export function joiner(lines: readonly string[]): (before: string, after: string) => string {
  const words = new Set<string>();
  let [spaced, close] = [0, 0];
  for (const [i, line] of lines.entries()) {
    const whole = wordEnd.test(lines[i - 1] ?? '') ? line.replace(wordStart, '') : line;
    for (const [word] of whole.replace(wordEnd, '').toLowerCase().matchAll(wholeWord)) words.add(word);
    spaced += line.match(/\p{sc=Han} [a-z\d]|[a-z\d] \p{sc=Han}/giu)?.length ?? 0;
    close += line.match(/\p{sc=Han}[a-z\d]|[a-z\d]\p{sc=Han}/giu)?.length ?? 0;
  }
  const breaks = countBreaks(lines, words);
  const parted = spaced >= close ? ' ' : '';
  return (before, after) => {
    // No more than a word of what may be a long text: joining stays linear.
    const end = before.slice(-60);
    const broken = wordEnd.exec(end);
    if (broken !== null && /^\p{L}/u.test(after)) {
      const [, head, hyphen] = broken;
      const tail = wordStart.exec(after)![0];
      return keepsHyphen(head!, hyphen!, tail) ? before + after : before.slice(0, -1) + after;
    }
    if (/\S[-\u2010—]$/.test(end) && !wide.test(after[0]!)) return before + after;
    return before + spaceBetween(end.at(-1)!, after[0]!, parted) + after;
  };

  function keepsHyphen(head: string, hyphen: string, tail: string): boolean {
    if (hyphen === '\u00ad') return false;
    // Who breaks words with a hyphen of another kind means this one.
    if (hyphen === '-' && breaks.otherHyphens > 0) return true;
    if (!/^\p{Ll}/u.test(tail)) return true;
    const known = inWords(head, tail, words);
    if (known !== undefined) return known === 'parts';
    if (breaks.whole !== breaks.parts) return breaks.parts > breaks.whole || hyphenating.test(head);
    // A program that breaks words does so every few lines.
    const few = breaks.all < lines.length * 0.02;
    return few || hyphenating.test(head) || (words.has(head.toLowerCase()) && words.has(tail));
  }
}

/** How the document writes a word elsewhere that is broken here: whole, or in parts with a hyphen. */
function inWords(head: string, tail: string, words: ReadonlySet<string>): 'whole' | 'parts' | undefined {
  const whole = words.has(`${head}${tail}`.toLowerCase());
  const parts = words.has(`${head}-${tail}`.toLowerCase());
  return whole === parts ? undefined : whole ? 'whole' : 'parts';
}

/** Whether a document breaks words at all: of its hyphens at line ends, how many stand in words that it writes elsewhere. */
function countBreaks(lines: readonly string[], words: ReadonlySet<string>) {
  const counts = { all: 0, whole: 0, parts: 0, otherHyphens: 0 };
  for (const [i, line] of lines.entries()) {
    const broken = wordEnd.exec(line);
    if (broken === null) continue;
    counts.all++;
    if (broken[2] !== '-') counts.otherHyphens++;
    const known = inWords(broken[1]!, wordStart.exec(lines[i + 1] ?? '')![0], words);
    if (known !== undefined) counts[known]++;
  }
  return counts;
}

function spaceBetween(last: string, first: string, parted: string): string {
  if (wide.test(last) && wide.test(first)) return '';
  if (fullWidthMark.test(last) || fullWidthMark.test(first)) return '';
  const mixed = (han.test(last) && /[a-z\d]/i.test(first)) || (/[a-z\d]/i.test(last) && han.test(first));
  return mixed ? parted : ' ';
}
