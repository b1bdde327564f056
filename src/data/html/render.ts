/**
 * A tree to text that keeps its structure: blocks apart by a blank line, list items and table rows a line each,
 * preformatted text as it stands. `markdown` also marks headings, lists, quotes, code and tables.
 */
import { blockTags, headingTags, unseenTags } from './tags.ts';
import { attribute, type HtmlElement, rawText } from './tree.ts';

export type TextFormat = 'text' | 'markdown';

export interface RenderOptions {
  readonly format?: TextFormat;
  /** Elements that are left out, with all below. */
  readonly skip?: (element: HtmlElement) => boolean;
}

/** Blocks that follow one another without a blank line between. */
const tightTags = new Set(['li', 'tr', 'dt', 'dd', 'option', 'caption']);

export function renderText(element: HtmlElement, options: RenderOptions = {}): string {
  const renderer = new Renderer(options.format ?? 'text', options.skip ?? (() => false));
  renderer.children(element);
  return renderer.finish();
}

const wide = '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}，。、；：！？（）【】《》「」“”‘’';
const brokenBetweenWide = new RegExp(`(?<=[${wide}])[ \\t]*[\\r\\n][ \\t\\r\\n]*(?=[${wide}])`, 'gu');

/**
 * White space of running text: runs become one space, and none where a line was broken between two Han characters
 * (CSS Text 3, §4.1.3).
 */
function collapseSpace(text: string): string {
  const joined = /[\u3000-\u9fff\uff00-\uff1f]/.test(text) ? text.replace(brokenBetweenWide, '') : text;
  return joined.replace(/[\s\u00a0]+/g, ' ');
}

/** Without spaces, joiners and marks of no width at its end. */
function trimInvisible(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s\u200b\u2060\ufeff]/.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

class Renderer {
  private readonly markdown: boolean;
  private readonly skip: (element: HtmlElement) => boolean;
  private readonly lines: string[] = [];
  private line = '';
  /** The line is empty or ends in a space. Kept apart: to ask a growing string for its end costs its length. */
  private atSpace = true;
  /** What stands before the next line's text: list marks and quote marks. */
  private prefix = '';
  private indent = '';
  /** Blank lines owed before the next text: 0 same line, 1 new line, 2 blank line. */
  private gap = 0;

  constructor(format: TextFormat, skip: (element: HtmlElement) => boolean) {
    this.markdown = format === 'markdown';
    this.skip = skip;
  }

  finish(): string {
    this.endLine(1);
    return this.lines.join('\n');
  }

  children(element: HtmlElement): void {
    for (const child of element.children) {
      if (typeof child === 'string') this.text(child);
      else this.element(child);
    }
  }

  private text(text: string): void {
    let collapsed = collapseSpace(text);
    if (this.atSpace) collapsed = collapsed.trimStart();
    if (collapsed === '') return;
    this.line += collapsed;
    this.atSpace = collapsed.endsWith(' ');
  }

  private endLine(gap: number): void {
    const text = trimInvisible(this.line);
    this.line = '';
    this.atSpace = true;
    if (text !== '') {
      if (this.gap > 1 && this.lines.length > 0) this.lines.push('');
      this.lines.push(this.prefix === '' ? this.indent + text : this.prefix + text);
      this.prefix = '';
      this.gap = gap;
    } else if (gap > this.gap) this.gap = gap;
  }

  private element(element: HtmlElement): void {
    const { tag } = element;
    if (unseenTags.has(tag) || tag === 'img' || tag === 'wbr' || this.skip(element)) return;
    if (tag === 'br') this.endLine(1);
    else if (tag === 'hr') this.endLine(2);
    else if (tag === 'pre' || tag === 'xmp' || tag === 'listing') this.preformatted(element);
    else if (tag === 'table') this.table(element);
    else if (blockTags.has(tag)) this.block(element);
    else if (this.markdown && tag === 'code' && element.children.length > 0) this.text(`\`${rawText(element)}\``);
    else this.children(element);
  }

  private block(element: HtmlElement): void {
    const { tag } = element;
    const gap = tightTags.has(tag) ? 1 : 2;
    this.endLine(gap);
    if (tag === 'li') this.item(element);
    else if (tag === 'ul' || tag === 'ol') this.list(element);
    else if (this.markdown && headingTags.has(tag)) this.heading(element);
    else if (this.markdown && tag === 'blockquote') this.quote(element);
    else this.children(element);
    this.endLine(gap);
  }

  private heading(element: HtmlElement): void {
    const before = this.line;
    this.children(element);
    if (this.line !== before) this.line = `${'#'.repeat(Number(element.tag[1]))} ${this.line}`;
  }

  /** Each line gets the mark, so the quote is rendered apart. */
  private quote(element: HtmlElement): void {
    const inner = new Renderer('markdown', this.skip);
    inner.children(element);
    const text = inner.finish();
    if (text === '') return;
    for (const line of text.split('\n')) {
      if (this.gap > 1 && this.lines.length > 0) this.lines.push('');
      this.gap = 0;
      this.lines.push(`${this.indent}>${line === '' ? '' : ` ${line}`}`);
    }
  }

  private list(element: HtmlElement): void {
    const outer = this.indent;
    if (element.parent?.tag === 'li' || element.parent?.tag === 'ul' || element.parent?.tag === 'ol') {
      if (this.indent.length < 16) this.indent += '  ';
      this.gap = Math.min(this.gap, 1);
    }
    this.children(element);
    this.endLine(1);
    this.indent = outer;
  }

  private item(element: HtmlElement): void {
    this.prefix = `${this.indent}${this.mark(element)}`;
    this.children(element);
    this.endLine(1);
    this.prefix = '';
  }

  private mark(element: HtmlElement): string {
    const list = element.parent;
    if (list?.tag !== 'ol') return '- ';
    let number = Number.parseInt(attribute(list, 'start') ?? '1', 10);
    if (!Number.isSafeInteger(number)) number = 1;
    const items = numberOf(list);
    return `${number + (items.get(element) ?? 0)}. `;
  }

  private preformatted(element: HtmlElement): void {
    this.endLine(2);
    const lines = rawText(element).replace(/\r\n?/g, '\n').replace(/^\n/, '').trimEnd().split('\n');
    if (lines.length === 1 && lines[0]!.trim() === '') return;
    if (this.gap > 1 && this.lines.length > 0) this.lines.push('');
    if (this.markdown) this.lines.push('```');
    for (const line of lines) this.lines.push(line.trimEnd());
    if (this.markdown) this.lines.push('```');
    this.gap = 2;
  }

  /** Tables of data give a line a row; tables that lay out a page give their cells as blocks. */
  private table(element: HtmlElement): void {
    this.endLine(2);
    const rows = rowsOf(element, this.skip);
    if (rows === undefined) {
      for (const child of element.children) {
        if (typeof child === 'string') this.text(child);
        else this.layout(child);
      }
      this.endLine(2);
      return;
    }
    for (const [i, cells] of rows.entries()) {
      const texts = cells.map((cell) => {
        const inner = new Renderer('text', this.skip);
        inner.children(cell);
        return inner
          .finish()
          .replace(/\s*\n\s*/g, ' ')
          .replaceAll('|', this.markdown ? '\\|' : '|');
      });
      if (texts.every((text) => text === '')) continue;
      this.line = this.markdown ? `| ${texts.join(' | ')} |` : texts.filter((text) => text !== '').join(' | ');
      this.endLine(1);
      if (this.markdown && i === 0) {
        this.line = `|${' --- |'.repeat(texts.length)}`;
        this.endLine(1);
      }
    }
    this.gap = 2;
  }

  private layout(element: HtmlElement): void {
    if (unseenTags.has(element.tag) || this.skip(element)) return;
    if (element.tag !== 'tr' && element.tag !== 'tbody' && element.tag !== 'thead' && element.tag !== 'tfoot') {
      this.endLine(2);
      if (element.tag === 'td' || element.tag === 'th') this.children(element);
      else this.element(element);
      this.endLine(2);
      return;
    }
    for (const child of element.children) if (typeof child !== 'string') this.layout(child);
  }
}

const numbers = new WeakMap<HtmlElement, Map<HtmlElement, number>>();

/** The position of each item of a list, found once a list. */
function numberOf(list: HtmlElement): Map<HtmlElement, number> {
  let items = numbers.get(list);
  if (items !== undefined) return items;
  items = new Map();
  for (const child of list.children) {
    if (typeof child !== 'string' && child.tag === 'li') items.set(child, items.size);
  }
  numbers.set(list, items);
  return items;
}

const cellBlocks = new Set([
  'table',
  'p',
  'div',
  'ul',
  'ol',
  'h1',
  'h2',
  'h3',
  'pre',
  'section',
  'article',
  'blockquote',
]);

/** The cells of a table of data, or undefined for a table that lays out a page: one column, or blocks in its cells. */
export function rowsOf(
  table: HtmlElement,
  skip: (element: HtmlElement) => boolean = () => false,
): HtmlElement[][] | undefined {
  const rows: HtmlElement[][] = [];
  let widest = 0;
  let blocks = 0;
  for (const section of table.children) {
    if (typeof section === 'string') continue;
    const within = section.tag === 'tr' ? [section] : section.children;
    for (const row of within) {
      if (typeof row === 'string' || row.tag !== 'tr' || skip(row)) continue;
      const cells = row.children.filter(
        (cell): cell is HtmlElement =>
          typeof cell !== 'string' && (cell.tag === 'td' || cell.tag === 'th') && !skip(cell),
      );
      for (const cell of cells) {
        let inCell = 0;
        for (const child of cell.children) if (typeof child !== 'string' && cellBlocks.has(child.tag)) inCell++;
        if (inCell > 1) blocks++;
      }
      widest = Math.max(widest, cells.length);
      if (cells.length > 0) rows.push(cells);
    }
  }
  return widest < 2 || rows.length < 2 || blocks * 4 > rows.length ? undefined : rows;
}
