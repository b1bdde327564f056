/** A bounded part of a text that stands for the whole: slices spread over it, cut at white space. */

const slices = 8;

/** @returns at most about `size` UTF-16 units; the text itself where it is shorter */
export function sampleText(text: string, size: number): string {
  if (text.length <= size) return text;
  const length = Math.floor(size / slices);
  const last = text.length - length;
  const parts: string[] = [];
  for (let i = 0; i < slices; i++) {
    const from = Math.round((i * last) / (slices - 1));
    parts.push(wholeWords(text.slice(from, from + length), from > 0, from < last));
  }
  return parts.join('\n');
}

/** Without the words that are cut at either end; where there are no spaces, a character or two are all that is lost. */
function wholeWords(slice: string, cutBefore: boolean, cutBehind: boolean): string {
  const first = cutBefore ? slice.slice(0, 40).search(/\s/) + 1 : 0;
  const end = slice.length - 40;
  const space = cutBehind && end > first ? lastSpace(slice.slice(end)) : -1;
  return slice.slice(first, space < 0 ? slice.length : end + space);
}

function lastSpace(text: string): number {
  for (let at = text.length - 1; at >= 0; at--) if (/\s/.test(text[at]!)) return at;
  return -1;
}
