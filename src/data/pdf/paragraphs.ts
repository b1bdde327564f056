/**
 * Lines of PDF pages to paragraphs. A PDF knows only where glyphs stand: what is a paragraph, a heading or a listing is
 * guessed from distances, indents, line ends and letter sizes, all measured against what is usual in the document.
 */
import { joiner } from './join.ts';
import type { PdfLine } from './lines.ts';

const sentenceEnd = /[.!?。！？…:：;；][”"’'）)」』\]]*$/;
const listMark =
  /^(?:[•▪◦‣·–—*-]\s|\(?\d{1,3}[.)]\s|[(（][一二三四五六七八九十\d]{1,3}[)）]|第[一二三四五六七八九十百\d]{1,5}[章节条款])/;

/** Lines of one column, from its top to its foot. */
interface Column {
  /** Where most of its lines begin, and where the long ones end. */
  readonly left: number;
  readonly right: number;
  /** Most lines end at one place: then a line that does not is a paragraph's last. */
  readonly justified: boolean;
}

interface Placed {
  readonly line: PdfLine;
  readonly column: Column;
  readonly page: number;
}

/** @param pages the lines of each, in the order in which they are read @returns the paragraphs; one may span pages */
export function toParagraphs(pages: readonly (readonly PdfLine[])[]): string[] {
  const placed = pages.flatMap(columnsOf);
  const join = joiner(placed.map(({ line }) => line.text));
  const breakBefore = paragraphBreaks(placed);
  const paragraphs: string[] = [];
  let current = '';
  for (const [i, { line }] of placed.entries()) {
    const kind = i === 0 ? 'none' : breakBefore(i);
    if (kind === 'paragraph') {
      paragraphs.push(current);
      current = '';
    }
    if (kind === 'line') current += `\n${indentOf(placed[i]!)}${line.text}`;
    else current = current === '' ? line.text : join(current, line.text);
  }
  if (current !== '') paragraphs.push(current);
  return paragraphs;
}

/** A listing's indents are a part of it. */
function indentOf({ line, column }: Placed): string {
  if (!line.mono) return '';
  const letter = (line.right - line.left) / line.text.length;
  return ' '.repeat(Math.max(0, Math.min(40, Math.round((line.left - column.left) / letter))));
}

function columnsOf(lines: readonly PdfLine[], page: number): Placed[] {
  const flows = cutWhere(lines, (part, line) => {
    const last = part.at(-1)!;
    return last.turns !== line.turns || line.y > last.y + last.size * 0.6;
  });
  const columns = flows.flatMap((flow) =>
    cutWhere(flow, (part, _, i) => changesWidth(part.slice(-4), flow.slice(i, i + 4))),
  );
  return columns.flatMap((members) => {
    const rights = members.map(({ right }) => right).sort((a, b) => a - b);
    const right = rights[Math.floor(rights.length * 0.9)]!;
    const flush = rights.filter((other) => Math.abs(other - right) < 1.5).length;
    const justified = members.length > 5 && flush > members.length * 0.55;
    const column = { left: leftEdge(members), right, justified };
    return members.map((line) => ({ line, column, page }));
  });
}

/** @param isCut whether a new part begins with the line, after the part so far */
function cutWhere(
  lines: readonly PdfLine[],
  isCut: (part: readonly PdfLine[], line: PdfLine, index: number) => boolean,
): PdfLine[][] {
  const parts: PdfLine[][] = [];
  for (const [i, line] of lines.entries()) {
    const part = parts.at(-1);
    if (part === undefined || isCut(part, line, i)) parts.push([line]);
    else part.push(line);
  }
  return parts;
}

/** Whether text in columns begins or ends here, below or above what goes across them. */
function changesWidth(before: readonly PdfLine[], after: readonly PdfLine[]): boolean {
  const measure = (lines: readonly PdfLine[]) => {
    const right = Math.max(...lines.map((line) => line.right));
    const flush = lines.filter((line) => right - line.right < line.size * 0.5).length;
    return { width: right - Math.min(...lines.map(({ left }) => left)), even: flush >= 3 };
  };
  const [a, b] = [measure(before), measure(after)];
  return (b.even && b.width < a.width * 0.7) || (a.even && a.width < b.width * 0.7);
}

/** Where lines begin that are not indented: the leftmost place where at least a sixth of them do. */
function leftEdge(lines: readonly PdfLine[]): number {
  const lefts = lines.map(({ left }) => left).sort((a, b) => a - b);
  return lefts.find((left, i) => (lefts[i + Math.floor(lefts.length / 6)] ?? left) - left < 2) ?? 0;
}

/** The number, to half a point, that most are; of equals the smallest. */
function commonest(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) {
    const rounded = Math.round(number * 2) / 2;
    counts.set(rounded, (counts.get(rounded) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0;
}

/** Says of two neighbouring lines whether a paragraph ends between them, or a line that stays one. */
function paragraphBreaks(all: readonly Placed[]): (index: number) => 'none' | 'line' | 'paragraph' {
  const usualGap = gapsBySize(all);
  const goesOn = (i: number) => {
    const [before, after] = [all[i - 1], all[i]];
    if (before === undefined || after === undefined || before.column !== after.column) return false;
    const gap = before.line.y - after.line.y;
    return gap > 0 && gap < usualGap(after.line.size) * 1.25 && !endsEarly(before, after);
  };
  const listings = findListings(all, goesOn);
  const indents = all.filter((one, i) => i > 0 && isIndented(one) && !isIndented(all[i - 1]!)).length > all.length / 40;
  return (index) => {
    const [before, after] = [all[index - 1]!, all[index]!];
    const [last, line] = [before.line, after.line];
    const size = Math.max(last.size, line.size);
    if (last.turns !== line.turns || Math.abs(last.size - line.size) > size * 0.12) return 'paragraph';
    const listing = listings.has(after);
    if (listing !== listings.has(before)) return 'paragraph';
    const sameColumn = before.column === after.column;
    const gap = last.y - line.y;
    const usual = usualGap(line.size);
    if (listing) return sameColumn && gap > usual * 2.2 ? 'paragraph' : 'line';
    if (sameColumn && gap > usual * 1.2 + size * 0.06) return 'paragraph';
    // Below a column, not at the top of the next: what goes across columns.
    if (!sameColumn && before.page === after.page && gap > 0) return 'paragraph';
    if (line.cells && last.cells) return 'line';
    if (listMark.test(line.text)) return 'paragraph';
    const ended = sentenceEnd.test(last.text);
    const short = endsEarly(before, after);
    const indented = isIndented(after);
    if (short) return ended || !sameColumn || indented ? 'paragraph' : 'line';
    // Where paragraphs begin with no indent, a full stop at a column's end has to do.
    if (!sameColumn) return ended && (indented || !indents) ? 'paragraph' : 'none';
    const further = line.left - last.left > size * 0.8;
    return indented && further && ended ? 'paragraph' : 'none';
  };
}

const isIndented = ({ line, column }: Placed): boolean => line.left - column.left > line.size * 0.8;

/**
 * Lines in letters of one width are a listing, unless the whole document is written so, or they stand in the midst of a
 * paragraph: a long name in it, which fills a line.
 */
function findListings(all: readonly Placed[], goesOn: (index: number) => boolean): Set<Placed> {
  const found = new Set<Placed>();
  if (all.filter(({ line }) => line.mono).length > all.length / 2) return found;
  for (let i = 0; i < all.length; i++) {
    if (!all[i]!.line.mono) continue;
    let end = i;
    while (all[end]?.line.mono) end++;
    if (!goesOn(i) && !goesOn(end)) for (const one of all.slice(i, end)) found.add(one);
    i = end;
  }
  return found;
}

/** Whether the line ends so far before its column does that the next word would have found room. */
function endsEarly({ line, column }: Placed, { line: next }: Placed): boolean {
  if (column.justified && column.right - line.right > line.size * 0.8) return true;
  const letter = (next.right - next.left) / Math.max(1, next.text.length);
  const first = /^(?:[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]+|.[\p{P}]*)/u.exec(next.text)?.[0] ?? '';
  return column.right - line.right > (first.length + 1) * letter + line.size * 0.8;
}

/** Distances between base lines, by letter size: the commonest that is no more than twice the size. */
function gapsBySize(all: readonly Placed[]): (size: number) => number {
  const gaps = new Map<number, number[]>();
  for (const [i, { line, column }] of all.entries()) {
    const last = all[i - 1];
    if (last === undefined || last.column !== column) continue;
    const gap = last.line.y - line.y;
    if (gap < line.size * 0.6 || gap > line.size * 2.6) continue;
    const size = Math.round(line.size);
    const list = gaps.get(size);
    if (list === undefined) gaps.set(size, [gap]);
    else list.push(gap);
  }
  const usual = new Map([...gaps].map(([size, list]) => [size, commonest(list)]));
  return (size) => usual.get(Math.round(size)) ?? size * 1.5;
}
