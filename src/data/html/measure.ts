/** How much text each element holds, and how much of it is links: what the search for the main content goes by. */
import { blockTags, unseenTags } from './tags.ts';
import { attribute, type HtmlElement } from './tree.ts';

export interface Measure {
  /** Visible text, in characters; a Han, kana or Hangul character counts as three. */
  text: number;
  /** Of it inside links. */
  links: number;
  /** Sentence and clause marks outside of links. */
  marks: number;
  /** Blocks below. */
  blocks: number;
}

export type Measures = ReadonlyMap<HtmlElement, Measure>;

const none: Readonly<Measure> = { text: 0, links: 0, marks: 0, blocks: 0 };

export const measureOf = (measures: Measures, element: HtmlElement): Readonly<Measure> => measures.get(element) ?? none;

/** Measures all elements below; those for which `skip` holds count as empty. */
export function measureTree(root: HtmlElement, skip: (element: HtmlElement) => boolean): Measures {
  const measures = new Map<HtmlElement, Measure>();
  const visit = (element: HtmlElement, inLink: boolean): Measure => {
    const total: Measure = { text: 0, links: 0, marks: 0, blocks: 0 };
    measures.set(element, total);
    const link = inLink || (element.tag === 'a' && isLink(element));
    for (const child of element.children) {
      if (typeof child === 'string') addText(total, child, link);
      else if (!unseenTags.has(child.tag) && !skip(child)) {
        const { text, links, marks, blocks } = visit(child, link);
        total.text += text;
        total.links += links;
        total.marks += marks;
        total.blocks += blocks + (blockTags.has(child.tag) ? 1 : 0);
      }
    }
    return total;
  };
  visit(root, false);
  return measures;
}

/** Links within the page (footnotes, headings' anchors) are no sign of navigation. */
function isLink(element: HtmlElement): boolean {
  const target = attribute(element, 'href');
  return target !== undefined && !target.startsWith('#');
}

export function addText(total: Measure, text: string, link: boolean): void {
  let weight = 0;
  let marks = 0;
  let space = true;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 32 || unit === 0xa0) {
      if (!space) weight++;
      space = true;
      continue;
    }
    space = false;
    if (unit < 0x2e80) {
      weight++;
      if (unit === 44 || unit === 46 || unit === 33 || unit === 63 || unit === 59) marks++;
    } else if (
      unit === 0x3002 ||
      unit === 0xff0c ||
      unit === 0x3001 ||
      unit === 0xff01 ||
      unit === 0xff1f ||
      unit === 0xff1b
    ) {
      weight += 2;
      marks++;
    } else weight += unit < 0xd7b0 || unit >= 0xf900 ? 3 : 1;
  }
  total.text += weight;
  if (link) total.links += weight;
  else total.marks += marks;
}
