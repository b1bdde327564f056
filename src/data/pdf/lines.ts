/**
 * Lines of a PDF page to paragraphs. A PDF knows only where glyphs stand: what is a paragraph, a heading or a page number
 * is guessed from distances, line ends and what recurs from page to page.
 */

export interface PdfLine {
  readonly text: string;
  /** Of its left end and base line, in points from the page's lower left. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Size of the letters, in points. */
  readonly size: number;
}

/** A piece of text as pdf.js gives it. */
export interface PdfItem {
  readonly str: string;
  readonly hasEOL: boolean;
  readonly width: number;
  readonly height: number;
  readonly transform: readonly number[];
}

/** Puts the pieces of each line together. */
export function toLines(items: readonly PdfItem[]): PdfLine[] {
  const lines: PdfLine[] = [];
  let text = '';
  let first: PdfItem | undefined;
  let right = 0;
  const end = () => {
    if (first !== undefined && text.trim() !== '') {
      const x = first.transform[4] ?? 0;
      const size = Math.abs(first.transform[3] ?? 0) || first.height || 10;
      lines.push({ text: text.trim(), x, y: first.transform[5] ?? 0, width: Math.max(0, right - x), size });
    }
    [text, first, right] = ['', undefined, 0];
  };
  for (const item of items) {
    if (item.str.trim() !== '') {
      first ??= item;
      right = Math.max(right, (item.transform[4] ?? 0) + item.width);
    }
    text += item.str;
    if (item.hasEOL) end();
  }
  end();
  return lines;
}

/**
 * Lines at the top or bottom of at least half of the pages (page numbers in them aside), and bare page numbers there.
 * @returns the pages without them
 */
export function dropRunningHeads(pages: readonly (readonly PdfLine[])[]): PdfLine[][] {
  const seen = new Map<string, number>();
  const edges = pages.map((lines) => new Set([0, 1, lines.length - 2, lines.length - 1].filter((i) => i >= 0)));
  for (const [page, lines] of pages.entries()) {
    const keys = new Set([...edges[page]!].flatMap((i) => (lines[i] === undefined ? [] : [foldLine(lines[i].text)])));
    for (const key of keys) seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const enough = Math.max(3, Math.ceil(pages.length / 2));
  return pages.map((lines, page) =>
    lines.filter((line, i) => {
      if (!edges[page]!.has(i)) return true;
      const key = foldLine(line.text);
      const isNumber = /^[-–—·.\s]{0,9}(?:page\s|第\s?)?0(?:\s?[/／]\s?0|\s?of\s?0|\s?页)?[-–—·.\s]{0,9}$/.test(key);
      return !(isNumber && pages.length > 1) && (seen.get(key) ?? 0) < enough;
    }),
  );
}

const foldLine = (text: string): string =>
  text
    .slice(0, 300)
    .toLowerCase()
    .replace(/\d+|\b[ivxlc]+\b/g, '0')
    .trim();

const wide = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}，。、；：？！）】》」』]/u;
const sentenceEnd = /[.!?。！？…:：][”"’')）」』]?$/;
const listMark =
  /^(?:[•▪◦‣·–—*-]\s|\(?\d{1,3}[.)]\s|[(（][一二三四五六七八九十\d]{1,3}[)）]|第[一二三四五六七八九十百\d]{1,5}[章节条款])/;

/** Joins the lines of each paragraph, undoing hyphens at line ends. */
export function toParagraphs(lines: readonly PdfLine[]): string[] {
  const paragraphs: string[] = [];
  const full = usualWidth(lines);
  let current = '';
  for (const [i, line] of lines.entries()) {
    const previous = lines[i - 1];
    if (previous !== undefined && startsParagraph(previous, line, full)) {
      paragraphs.push(current);
      current = '';
    }
    current = current === '' ? line.text : join(current, line.text);
  }
  if (current !== '') paragraphs.push(current);
  return paragraphs;
}

function startsParagraph(previous: PdfLine, line: PdfLine, full: number): boolean {
  const size = Math.max(previous.size, line.size);
  const gap = previous.y - line.y;
  if (Math.abs(previous.size - line.size) > size * 0.15) return true;
  // Further down than a line, or up again: a gap, another column, another page.
  if (gap > size * 1.9) return true;
  if (listMark.test(line.text)) return true;
  const short = previous.width < full * 0.8;
  if (short && (sentenceEnd.test(previous.text) || gap > size * 1.5)) return true;
  return line.x - previous.x > size * 0.9 && gap > 0 && sentenceEnd.test(previous.text);
}

/** The width that most lines of running text have. */
function usualWidth(lines: readonly PdfLine[]): number {
  const widths = lines.map(({ width }) => width).sort((a, b) => a - b);
  return widths[Math.floor(widths.length * 0.8)] ?? 0;
}

/** @param after begins with no space */
export function join(before: string, after: string): string {
  const last = before.slice(-2);
  if (/\p{Ll}[-\u2010\u00ad]$/u.test(last) && /^\p{Ll}/u.test(after)) return before.slice(0, -1) + after;
  if (last.endsWith('\u00ad')) return before.slice(0, -1) + after;
  const noSpace = wide.test(before.at(-1) ?? '') && wide.test(after[0] ?? '');
  return noSpace || /[\u2010-]$/.test(before) ? before + after : `${before} ${after}`;
}
