/**
 * Pieces of text as pdf.js gives them, in the order in which the page draws them, to lines. Every piece has a direction:
 * that of its matrix, a quarter turned where the font is written downwards. Coordinates here are along that direction and
 * up from it, so that turned pages and vertical writing need nothing of their own further on.
 */
import { readingOrder } from './order.ts';

/** A piece of text as pdf.js gives it. */
export interface PdfItem {
  readonly str: string;
  readonly dir: string;
  readonly hasEOL: boolean;
  readonly width: number;
  readonly height: number;
  readonly transform: readonly number[];
  readonly fontName: string;
}

export interface PdfStyle {
  readonly vertical?: boolean;
  /** `monospace` where the font says so. */
  readonly fontFamily: string;
}

export interface PdfLine {
  readonly text: string;
  /** Of its left end, its right end and its base line, in points, along the direction of its writing and up from it. */
  readonly left: number;
  readonly right: number;
  readonly y: number;
  /** Size of the letters, in points. */
  readonly size: number;
  /** Direction in which it is written: quarter turns, counter-clockwise. */
  readonly turns: number;
  /** In a font whose letters have all the same width. */
  readonly mono: boolean;
  /** Has gaps as wide as those between the cells of a table. */
  readonly cells: boolean;
}

/** Wider than a space in justified text mostly is; a wider one may be the gap between columns. In letter sizes. */
const wideGap = 0.9;

/** The lines of a page in the order in which they are read; what is written in another direction than most comes last. */
export function toLines(items: readonly PdfItem[], styles: Readonly<Record<string, PdfStyle>>): PdfLine[] {
  const runs = toRuns(items, styles);
  const letters = new Map<number, number>();
  for (const { turns, text } of runs) letters.set(turns, (letters.get(turns) ?? 0) + text.length);
  const directions = [...letters].sort((a, b) => b[1] - a[1]).map(([turns]) => turns);
  return directions.flatMap((turns) => joinRuns(readingOrder(runs.filter((run) => run.turns === turns))));
}

/** Puts pieces together that touch each other. */
function toRuns(items: readonly PdfItem[], styles: Readonly<Record<string, PdfStyle>>): PdfLine[] {
  const runs: PdfLine[] = [];
  let space = false;
  let ended = true;
  for (const item of items) {
    if (item.str.trim() === '') {
      space ||= item.str !== '';
      ended ||= item.hasEOL;
      continue;
    }
    const run = toRun(item, styles[item.fontName]);
    const last = runs.at(-1);
    if (last !== undefined && !ended && onOneLine(last, run) && run.left - last.right < run.size * wideGap) {
      runs[runs.length - 1] = append(last, run, space ? ' ' : '');
    } else {
      runs.push(run);
    }
    space = false;
    ended = item.hasEOL;
  }
  return runs;
}

function toRun({ str, transform, width, height }: PdfItem, style: PdfStyle | undefined): PdfLine {
  const [a = 1, b = 0, c = 0, d = 1, x = 0, y = 0] = transform;
  const vertical = style?.vertical === true;
  // Written downwards is written to the right, turned clockwise once.
  const turns = (Math.round(Math.atan2(b, a) / (Math.PI / 2)) + (vertical ? 3 : 4)) % 4;
  const left = [x, y, -x, -y][turns]!;
  return {
    text: vertical ? upright(str) : str,
    left,
    right: left + (vertical ? height : width),
    y: [y, -x, -y, x][turns]!,
    size: Math.hypot(c, d) || height || 10,
    turns,
    // Chinese fonts mostly are, and say so.
    mono: style?.fontFamily === 'monospace' && !/[\u2e80-\uffdc]/.test(str),
    cells: false,
  };
}

/** On one base line, or a little above or below it as an index is. */
const onOneLine = (a: PdfLine, b: PdfLine): boolean =>
  a.turns === b.turns && Math.abs(a.y - b.y) < 0.5 * Math.max(a.size, b.size);

function append(a: PdfLine, b: PdfLine, between: string): PdfLine {
  const main = a.text.length >= b.text.length ? a : b;
  return {
    text: a.text + between + b.text,
    left: Math.min(a.left, b.left),
    right: Math.max(a.right, b.right),
    y: main.y,
    size: main.size,
    turns: a.turns,
    mono: a.mono && b.mono,
    cells: a.cells || b.cells || b.left - a.right > 2 * main.size,
  };
}

function joinRuns(runs: readonly PdfLine[]): PdfLine[] {
  const lines: PdfLine[] = [];
  for (const run of runs) {
    const last = lines.at(-1);
    if (last !== undefined && onOneLine(last, run) && run.left > last.right - run.size * 0.3) {
      lines[lines.length - 1] = append(last, run, run.left - last.right < run.size * 0.15 ? '' : ' ');
    } else {
      lines.push(run);
    }
  }
  return lines.map((line) => ({ ...line, text: plain(line.text) })).filter(({ text }) => text !== '');
}

/** Fonts that draw a radical and a character alike have only one of them in their tables, often the radical. */
const plain = (text: string): string =>
  text
    .replace(/[\u2f00-\u2fd5]/g, (radical) => radical.normalize('NFKC'))
    .replace(/[^\S\n]+/g, ' ')
    .trim();

/** Forms that punctuation has in vertical writing only, in the order of their numbers from U+FE10 and U+FE30 on. */
const verticalForms = { 65040: '，、。：；！？〖〗…', 65072: '‥—–__（）｛｝〔〕【】《》〈〉「」『』﹅﹆［］' };

const upright = (text: string): string =>
  text.replace(/[\ufe10-\ufe19\ufe30-\ufe48]/g, (form) => {
    const code = form.charCodeAt(0);
    return code < 0xfe30 ? verticalForms[0xfe10][code - 0xfe10]! : verticalForms[0xfe30][code - 0xfe30]!;
  });
