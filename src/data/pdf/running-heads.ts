/** Running heads and page numbers: what stands at the same place of the top or foot of page after page. */
import type { PdfLine } from './lines.ts';

/** How many lines at the top and at the foot may be running heads. Text that goes on to the edge has none. */
const edge = 3;

/** @returns the pages without them */
export function dropRunningHeads(pages: readonly (readonly PdfLine[])[]): PdfLine[][] {
  const sizes = pages.flatMap((lines) => lines.map(({ size }) => size)).sort((a, b) => a - b);
  const bodySize = sizes[Math.floor(sizes.length / 2)] ?? 10;
  const candidates = pages.map((lines) => atEdges(lines, edge));
  const outermost = pages.map((lines) => atEdges(lines, 2));
  const seen = new Map<string, number>();
  for (const lines of candidates) {
    for (const key of new Set([...lines].flatMap(keysOf))) seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const half = Math.max(2, Math.ceil(pages.length / 2));
  return pages.map((lines, page) =>
    lines.filter((line) => {
      if (pages.length < 2 || !candidates[page]!.has(line)) return true;
      if (outermost[page]!.has(line) && isPageNumber(line.text)) return false;
      const count = Math.max(...keysOf(line).map((key) => seen.get(key)!));
      // Of a chapter's own head there are few; but large letters that recur are titles of slides.
      return count < (line.size <= bodySize * 1.2 ? Math.min(3, half) : Math.max(3, half));
    }),
  );
}

/** The lines, `count` at most, that a gap parts from the text below the page's top and above its foot. */
function atEdges(lines: readonly PdfLine[], count: number): Set<PdfLine> {
  const sorted = lines.filter(({ turns }) => turns === lines[0]!.turns).sort((a, b) => b.y - a.y);
  const parted = (from: readonly PdfLine[]) => {
    for (let k = 1; k <= count && k < from.length; k++) {
      const [outer, inner] = [from[k - 1]!, from[k]!];
      if (Math.abs(outer.y - inner.y) > 1.8 * Math.max(outer.size, inner.size)) return from.slice(0, k);
    }
    return [];
  };
  return new Set([...parted(sorted), ...parted(sorted.toReversed())]);
}

/** Its text without numbers, and about where it stands; a place near the border of two counts as both. */
function keysOf({ text, y }: PdfLine): string[] {
  const folded = fold(text);
  return [...new Set([Math.floor(y / 4), Math.floor((y + 2) / 4) + 0.5])].map((place) => `${place} ${folded}`);
}

const fold = (text: string): string =>
  text
    .slice(0, 300)
    .toLowerCase()
    .replace(/\d+|\b(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})\b/g, '0')
    .trim();

const isPageNumber = (text: string): boolean =>
  /^[-–—·.\s]{0,9}(?:page\s|第\s?)?0(?:\s?[/／]\s?0|\s?of\s?0|\s?页)?[-–—·.\s]{0,9}$/.test(fold(text));
