/**
 * The tree that HTML becomes: elements with the attributes that extraction looks at, and strings. No deeper than
 * `maxDepth`, so that walks over it may recurse. Knows nothing about what is content and what is not.
 */

export interface HtmlElement {
  /** Lower case; `#root` for the whole page. */
  readonly tag: string;
  /** Name, value, name, value …; only the names in `keptAttributes`. */
  readonly attributes: readonly string[];
  readonly children: HtmlNode[];
  readonly parent: HtmlElement | undefined;
}

export type HtmlNode = HtmlElement | string;

export interface HtmlTree {
  readonly root: HtmlElement;
  /** The page has more nodes than were asked for; the rest is missing. */
  readonly truncated: boolean;
}

/** As deep as Blink and WebKit nest (kMaximumHTMLParserDOMTreeDepth); what lies deeper becomes siblings. */
export const maxDepth = 512;

export const keptAttributes: ReadonlySet<string> = new Set([
  'id',
  'class',
  'href',
  'alt',
  'role',
  'style',
  'hidden',
  'aria-hidden',
  'aria-modal',
  'lang',
  'xml:lang',
  'content',
  'name',
  'property',
  'itemprop',
  'itemtype',
  'http-equiv',
  'type',
  'rel',
  'datetime',
  'start',
  'data-testid',
  'data-component',
]);

/** The value of an attribute (`''` where it has none), or undefined where the element lacks it. */
export function attribute(element: HtmlElement, name: string): string | undefined {
  const { attributes } = element;
  for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return attributes[i + 1];
  return undefined;
}

/** Calls `visit` for the element and all below, in document order; where it returns false, not below. */
export function walk(element: HtmlElement, visit: (element: HtmlElement) => boolean | undefined): void {
  if (visit(element) === false) return;
  for (const child of element.children) if (typeof child !== 'string') walk(child, visit);
}

/** All text below, as it stands in the page. */
export function rawText(node: HtmlNode): string {
  if (typeof node === 'string') return node;
  let text = '';
  for (const child of node.children) text += typeof child === 'string' ? child : rawText(child);
  return text;
}

/** Text below on one line. */
export const lineText = (node: HtmlNode): string => rawText(node).replace(/\s+/g, ' ').trim();
