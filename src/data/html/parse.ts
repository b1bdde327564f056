/**
 * HTML to a tree, in time linear in the page. htmlparser2's tokenizer finds tags and decodes entities; the tree is built
 * here, by the rules of the HTML standard that matter for text: implied ends of p, li, dd, td and the like, elements in
 * scope, misnested formatting. Left out: foster parenting, cloning of formatting elements.
 */
import { Tokenizer } from 'htmlparser2';
import { blockTags, closesParagraph, formattingTags, headingTags, headTags, scopeTags, voidTags } from './tags.ts';
import { type HtmlElement, type HtmlNode, type HtmlTree, keptAttributes, maxDepth } from './tree.ts';

const noAttributes: readonly string[] = [];

/** Start tag → the open elements that it ends, and the ones that protect them. */
const implied: Readonly<Record<string, readonly [closes: string, within: string]>> = {
  li: ['li', 'ul ol menu dir'],
  dd: ['dd dt', 'dl'],
  dt: ['dd dt', 'dl'],
  tr: ['tr', 'table'],
  td: ['td th', 'tr table'],
  th: ['td th', 'tr table'],
  tbody: ['tbody thead tfoot caption colgroup', 'table'],
  thead: ['tbody thead tfoot caption colgroup', 'table'],
  tfoot: ['tbody thead tfoot caption colgroup', 'table'],
  option: ['option', 'select datalist optgroup'],
  optgroup: ['optgroup option', 'select'],
  rt: ['rt rp', 'ruby'],
  rp: ['rt rp', 'ruby'],
};
const impliedEnds = new Map(
  Object.entries(implied).map(([tag, [closes, within]]) => [
    tag,
    { closes: new Set(closes.split(' ')), within: new Set(within.split(' ')) },
  ]),
);
const tableTags = new Set(['table', 'td', 'th', 'tr', 'tbody', 'thead', 'tfoot', 'caption', 'html', '#root', 'body']);

/** @param maxNodes elements and texts; a page with more is cut there and marked */
export function parseHtml(html: string, maxNodes = 500_000): HtmlTree {
  const builder = new TreeBuilder(html, maxNodes);
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, builder);
  builder.stop = () => tokenizer.pause();
  tokenizer.write(html);
  if (!builder.truncated) tokenizer.end();
  builder.flush();
  return { root: builder.root, truncated: builder.truncated };
}

/** What the tokenizer calls. The stack holds the open elements; `open` counts them by tag. */
class TreeBuilder {
  readonly root = element('#root', noAttributes, undefined);
  truncated = false;
  stop: () => void = () => {};
  private readonly html: string;
  private readonly maxNodes: number;
  private readonly stack: HtmlElement[] = [this.root];
  private readonly open = new Map<string, number>();
  private current = this.root;
  /** Open elements that were not nested because the tree is deep enough. */
  private tooDeep = 0;
  private nodes = 0;
  private text = '';
  private tag = '';
  private attributes: string[] | undefined;
  private attributeName = '';
  private attributeValue = '';

  constructor(html: string, maxNodes: number) {
    this.html = html;
    this.maxNodes = maxNodes;
  }

  ontext(start: number, end: number): void {
    this.text += this.html.slice(start, end);
  }
  ontextentity(codepoint: number): void {
    this.text += String.fromCodePoint(codepoint);
  }
  oncdata(start: number, end: number, offset: number): void {
    this.text += this.html.slice(start, end - offset);
  }
  onopentagname(start: number, end: number): void {
    this.tag = this.html.slice(start, end).toLowerCase();
    this.attributes = undefined;
  }
  onattribname(start: number, end: number): void {
    this.attributeName = this.html.slice(start, end);
    this.attributeValue = '';
  }
  onattribdata(start: number, end: number): void {
    this.attributeValue += this.html.slice(start, end);
  }
  onattribentity(codepoint: number): void {
    this.attributeValue += String.fromCodePoint(codepoint);
  }
  onattribend(): void {
    const name = this.attributeName.toLowerCase();
    if (!keptAttributes.has(name)) return;
    this.attributes ??= [];
    if (this.attributes.length < 64) this.attributes.push(name, this.attributeValue);
  }
  onopentagend(): void {
    this.start(this.tag, this.attributes ?? noAttributes);
  }
  onselfclosingtag(): void {
    const { tag } = this;
    this.start(tag, this.attributes ?? noAttributes);
    // `<div/>` opens a div in HTML; only in foreign content does the slash close.
    if ((this.open.get('svg') ?? 0) > 0 || (this.open.get('math') ?? 0) > 0) this.end(tag);
  }
  onclosetag(start: number, end: number): void {
    const tag = this.html.slice(start, end).trim().toLowerCase();
    if (tag === 'br') this.start('br', noAttributes);
    else if (tag !== 'body' && tag !== 'html') this.end(tag);
  }
  isInForeignContext(): boolean {
    return (this.open.get('svg') ?? 0) > 0 || (this.open.get('math') ?? 0) > 0;
  }
  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}

  flush(): void {
    if (this.text === '') return;
    if (this.current.tag === 'head' && /\S/.test(this.text)) this.closeTo('head', undefined);
    this.add(this.text);
    this.text = '';
  }

  private add(node: HtmlNode): void {
    this.current.children.push(node);
    if (++this.nodes < this.maxNodes) return;
    this.truncated = true;
    this.stop();
  }

  private start(tag: string, attributes: readonly string[]): void {
    if (this.truncated) return;
    this.flush();
    if ((tag === 'html' || tag === 'body') && (this.open.get(tag) ?? 0) > 0) return;
    if (!headTags.has(tag) && this.isOpen('head')) this.closeTo('head', undefined);
    if (this.isOpen('p') && closesParagraph.has(tag)) this.closeTo('p', scopeTags);
    const ends = impliedEnds.get(tag);
    if (ends !== undefined) this.closeAny(ends.closes, ends.within);
    else if (tag === 'a' && this.isOpen('a')) this.closeTo('a', scopeTags);
    else if (headingTags.has(tag) && headingTags.has(this.current.tag)) this.pop();
    const child = element(tag, attributes, this.current);
    this.add(child);
    if (voidTags.has(tag)) return;
    if (this.stack.length >= maxDepth) {
      this.tooDeep++;
      return;
    }
    this.stack.push(child);
    this.current = child;
    this.open.set(tag, (this.open.get(tag) ?? 0) + 1);
  }

  private end(tag: string): void {
    if (this.truncated) return;
    this.flush();
    if (this.tooDeep > 0) {
      this.tooDeep--;
      return;
    }
    if (!this.isOpen(tag)) return;
    if (formattingTags.has(tag)) this.closeTo(tag, blockTags);
    else this.closeTo(tag, tableTags.has(tag) ? undefined : scopeTags);
  }

  private isOpen(tag: string): boolean {
    return (this.open.get(tag) ?? 0) > 0;
  }

  /** Closes up to the nearest open element of this name, unless one of `barriers` stands between. */
  private closeTo(tag: string, barriers: ReadonlySet<string> | undefined): void {
    for (let i = this.stack.length - 1; i > 0; i--) {
      const { tag: found } = this.stack[i]!;
      if (found === tag) {
        this.closeDownTo(i);
        return;
      }
      if (barriers?.has(found)) return;
    }
  }

  private closeAny(tags: ReadonlySet<string>, barriers: ReadonlySet<string>): void {
    let outermost = -1;
    for (let i = this.stack.length - 1; i > 0; i--) {
      const { tag } = this.stack[i]!;
      if (barriers.has(tag)) break;
      if (tags.has(tag)) {
        outermost = i;
        break;
      }
      // A list item may stand in a div of its own, inside another item.
      if (blockTags.has(tag) && tag !== 'div' && tag !== 'p' && tag !== 'address' && !tableTags.has(tag)) break;
    }
    if (outermost > 0) this.closeDownTo(outermost);
  }

  private closeDownTo(index: number): void {
    while (this.stack.length > index) this.pop();
  }

  private pop(): void {
    const closed = this.stack.pop()!;
    this.open.set(closed.tag, this.open.get(closed.tag)! - 1);
    this.current = this.stack[this.stack.length - 1]!;
  }
}

function element(tag: string, attributes: readonly string[], parent: HtmlElement | undefined): HtmlElement {
  return { tag, attributes, children: [], parent };
}
