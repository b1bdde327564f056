/**
 * The part of a page that is its article: what is pruned, which element holds it, what is taken out of that element.
 *
 * 1. Prune what names, roles and tags say is not the article (unless most of the page's text lies in it).
 * 2. Each run of text is worth its length when it reads like prose and costs when it is links or scraps; the element
 *    with the best sum holds the article (after "maximum subsequence segmentation", Pasternack & Roth, WWW 2009), taken
 *    as deep as loses little of it. Hints (article, itemprop=articleBody, class names) win where they hold enough.
 * 3. Inside it, blocks of links and scraps are taken out (link density: Kohlschütter et al., WSDM 2010).
 */
import { asideTags, isAsideName, isAsideRole, isBodyName, isHidden, nameOf } from './hints.ts';
import { addText, type Measure, type Measures, measureOf, measureTree } from './measure.ts';
import { blockTags, headingTags, unseenTags } from './tags.ts';
import { attribute, type HtmlElement, lineText, walk } from './tree.ts';

export interface MainContent {
  readonly element: HtmlElement;
  /** Elements inside it that are not part of the content. */
  readonly removed: ReadonlySet<HtmlElement>;
}

export interface ContentOptions {
  /** The page's title: a heading that says the same is not repeated in the text. */
  readonly title?: string | undefined;
}

export function findContent(root: HtmlElement, options: ContentOptions = {}): MainContent {
  const body = bodyOf(root);
  const all = measureTree(body, () => false);
  let { removed, measures, worth, element } = search(body, all, true);
  // Names can mislead: when little is left, they are not believed.
  if (worth.get(element)! < 100) ({ removed, measures, worth, element } = search(body, all, false));
  // On a page of a few lines, links are all there is.
  if (worth.get(element)! >= 300) {
    cleanInside(element, removed, measures, options);
    trimEdges(element, removed, measures);
  }
  return { element, removed };
}

function search(body: HtmlElement, all: Measures, byName: boolean) {
  const removed = prune(body, all, byName);
  const measures = measureTree(body, (element) => removed.has(element));
  const worth = valueTree(body, removed, measures);
  return { removed, measures, worth, element: choose(body, worth) };
}

function bodyOf(root: HtmlElement): HtmlElement {
  let body: HtmlElement | undefined;
  walk(root, (element) => {
    if (element.tag === 'body' && body === undefined) body = element;
    return body === undefined && !unseenTags.has(element.tag);
  });
  return body ?? root;
}

function prune(body: HtmlElement, measures: Measures, byName: boolean): Set<HtmlElement> {
  const removed = new Set<HtmlElement>();
  const whole = measureOf(measures, body);
  const total = whole.text - whole.links;
  const bodies = holdersOfBodies(body, measures);
  const visit = (element: HtmlElement, inArticle: boolean): void => {
    for (const teaser of teasersOf(element, measures, total)) removed.add(teaser);
    let afterProse = false;
    for (const child of element.children) {
      if (typeof child === 'string' || unseenTags.has(child.tag) || removed.has(child)) continue;
      const measure = measureOf(measures, child);
      if (measure.text === 0) continue;
      const own = measure.text - measure.links;
      const most = isHidden(child) ? 0.8 : isAside(child, inArticle, byName) ? (bodies.has(child) ? 0.2 : 0.4) : 0;
      if (own <= total * most && most > 0 && !(afterProse && isBox(child, measure))) removed.add(child);
      else visit(child, inArticle || child.tag === 'article' || child.tag === 'main');
      afterProse ||= measure.blocks === 0 && isProse(measure);
    }
  };
  visit(body, false);
  return removed;
}

/** A box of prose among a text's paragraphs, as manuals have them, though its name is that of a side bar. */
function isBox(element: HtmlElement, { text, links, marks }: Measure): boolean {
  if (text < 200 || links > text * 0.15 || marks < 3) return false;
  const name = nameOf(element);
  return sideBar.test(name) && !isAsideName(name.replaceAll(sideBars, ' '));
}

const sideBar = /side-?bar/;
const sideBars = /side-?bar/g;

/** Elements that hold one which its author names as an article's body. */
function holdersOfBodies(body: HtmlElement, measures: Measures): Set<HtmlElement> {
  const holders = new Set<HtmlElement>();
  walk(body, (element) => {
    const { text, links } = measureOf(measures, element);
    if (text - links < 200) return false;
    if (element.tag === 'article' || isBody(element)) {
      for (let one: HtmlElement | undefined = element; one !== undefined && !holders.has(one); one = one.parent)
        holders.add(one);
    }
    return true;
  });
  return holders;
}

const isBody = (element: HtmlElement): boolean =>
  attribute(element, 'itemprop') === 'articleBody' || isBodyName(nameOf(element));

/**
 * Three or more neighbours of one make, each with a headline that is a link and little more: teasers of other pages.
 */
function teasersOf(element: HtmlElement, measures: Measures, total: number): HtmlElement[] {
  if (element.children.length < 3) return [];
  const groups = new Map<string, HtmlElement[]>();
  for (const child of element.children) {
    if (typeof child === 'string' || !teaserTags.has(child.tag)) continue;
    if (measureOf(measures, child).text === 0) continue;
    const key = `${child.tag} ${attribute(child, 'class') ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [child]);
    else group.push(child);
  }
  const found: HtmlElement[] = [];
  for (const group of groups.values()) {
    if (group.length < 3) continue;
    const teasers = group.filter((one) => isTeaser(one, measures));
    const own = teasers.reduce((sum, one) => sum + measureOf(measures, one).text - measureOf(measures, one).links, 0);
    if (teasers.length >= 3 && teasers.length >= group.length * 0.7 && own < total * 0.8) found.push(...teasers);
  }
  return found;
}

const teaserTags = new Set(['li', 'div', 'article', 'section', 'td', 'a']);

function isTeaser(element: HtmlElement, measures: Measures): boolean {
  const { text } = measureOf(measures, element);
  if (text > 700) return false;
  let linked = false;
  let left = 200;
  walk(element, (inner) => {
    if (linked || left-- <= 0) return false;
    if (headingTags.has(inner.tag)) {
      const heading = measureOf(measures, inner);
      if (heading.links > heading.text * 0.7 && heading.text > 0) linked = true;
      return false;
    }
    return true;
  });
  return linked;
}

function isAside(element: HtmlElement, inArticle: boolean, byName: boolean): boolean {
  const { tag } = element;
  if (asideTags.has(tag) || isAsideRole(element)) return true;
  if (tag === 'header' && !inArticle) return true;
  if (!byName || !nameableTags.has(tag)) return false;
  return isAsideName(nameOf(element)) && !isBody(element);
}

/** Elements whose names count; on `article`, `main` and words of running text they say other things. */
const nameableTags = new Set(
  'div section p ul ol li dl dd dt table tr td tbody span header form figure figcaption h2 h3 h4 h5 h6 center'.split(
    ' ',
  ),
);

/** Sum over the runs of text below each element. */
export type Worth = ReadonlyMap<HtmlElement, number>;

function valueTree(body: HtmlElement, removed: ReadonlySet<HtmlElement>, measures: Measures): Worth {
  const worth = new Map<HtmlElement, number>();
  const visit = (element: HtmlElement): number => {
    let sum = 0;
    let run: Measure = { text: 0, links: 0, marks: 0, blocks: 0 };
    const finish = () => {
      if (run.text > 0) sum += worthOf(run, element.tag);
      run = { text: 0, links: 0, marks: 0, blocks: 0 };
    };
    for (const child of element.children) {
      if (typeof child === 'string') addText(run, child, false);
      else if (unseenTags.has(child.tag) || removed.has(child)) continue;
      else if (blockTags.has(child.tag) || measureOf(measures, child).blocks > 0) {
        finish();
        sum += visit(child);
      } else {
        const { text, links, marks } = measureOf(measures, child);
        run.text += text;
        run.links += links;
        run.marks += marks;
      }
    }
    finish();
    worth.set(element, sum);
    return sum;
  };
  visit(body);
  return worth;
}

function worthOf({ text, links, marks }: Measure, tag: string): number {
  if (headingTags.has(tag)) return 0;
  const own = text - links;
  const prose = own >= 50 && (marks >= 1 || own >= 120);
  if (!prose) return -links * 0.5 - Math.min(own, 40) * 0.25 - 4;
  const list = tag === 'li' ? 0.5 : 1;
  return Math.min(own, 1000) * list + Math.max(0, own - 1000) * 0.5 * list - links * 0.5;
}

function choose(body: HtmlElement, worth: Worth): HtmlElement {
  let best = body;
  for (const [element, value] of worth) if (value > worth.get(best)!) best = element;
  let target = worth.get(best)!;
  best = hinted(target, worth) ?? best;
  target = worth.get(best)!;
  if (target <= 0) return body;
  for (;;) {
    let next: HtmlElement | undefined;
    for (const child of best.children) {
      if (typeof child === 'string') continue;
      if ((worth.get(child) ?? 0) >= target * 0.85) next = child;
    }
    if (next === undefined) return best;
    best = next;
  }
}

/**
 * The element that its author names as the article's body, if it holds a good part of what the page is worth. A body
 * in several pieces of one name gives the element that holds them all.
 */
function hinted(target: number, worth: Worth): HtmlElement | undefined {
  let left = maxHinted;
  const groups = new Map<string, { kind: Hint; pieces: HtmlElement[]; value: number }>();
  for (const [element, value] of worth) {
    const kind = hintOf(element);
    if (kind === undefined || value < 50 || left-- <= 0) continue;
    const key = kind === 'name' ? `name ${attribute(element, 'class') ?? ''}` : kind;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kind, pieces: [element], value });
    else {
      // `worth` lists inner elements first: what lies in this one is counted with it.
      const others = group.pieces.filter((piece) => !isInside(piece, element));
      if (others.length < group.pieces.length) group.value = others.reduce((sum, one) => sum + worth.get(one)!, 0);
      group.pieces = [...others, element].slice(0, maxPieces);
      group.value += value;
    }
  }
  let found: HtmlElement | undefined;
  let strength = 0;
  for (const { kind, pieces, value } of groups.values()) {
    const { need, force } = hintForce[kind];
    if (value < target * need || value * force <= strength) continue;
    found = commonAncestor(pieces);
    strength = value * force;
  }
  return found;
}

type Hint = 'itemprop' | 'name' | 'tag';

/** Bounds on a page that names thousands of bodies. */
const maxPieces = 64;
const maxHinted = 1000;
/** How much of the page's worth a hint must hold, and how it counts against other hints. */
const hintForce: Readonly<Record<Hint, { need: number; force: number }>> = {
  itemprop: { need: 0.3, force: 2 },
  name: { need: 0.5, force: 1.3 },
  tag: { need: 0.6, force: 1 },
};

function isInside(element: HtmlElement, outer: HtmlElement): boolean {
  for (let one: HtmlElement | undefined = element; one !== undefined; one = one.parent) if (one === outer) return true;
  return false;
}

function commonAncestor(elements: readonly HtmlElement[]): HtmlElement {
  let common = elements[0]!;
  for (const element of elements) while (!isInside(element, common)) common = common.parent!;
  return common;
}

function hintOf(element: HtmlElement): Hint | undefined {
  if (attribute(element, 'itemprop') === 'articleBody') return 'itemprop';
  if (isBodyName(nameOf(element))) return 'name';
  return element.tag === 'article' ? 'tag' : undefined;
}

function cleanInside(
  element: HtmlElement,
  removed: Set<HtmlElement>,
  measures: Measures,
  { title }: ContentOptions,
): void {
  const heading = title === undefined ? undefined : plain(title);
  const visit = (parent: HtmlElement): void => {
    for (const child of parent.children) {
      if (typeof child === 'string' || unseenTags.has(child.tag) || removed.has(child)) continue;
      const measure = measureOf(measures, child);
      if (
        isScrap(child, measure) ||
        (child.tag === 'h1' && heading !== undefined && sameTitle(lineText(child), heading))
      )
        removed.add(child);
      else visit(child);
    }
  };
  visit(element);
}

function isScrap(element: HtmlElement, { text, links, marks, blocks }: Measure): boolean {
  const { tag } = element;
  if (text === 0 || (!blockTags.has(tag) && blocks === 0)) return false;
  if (tag === 'figure' || tag === 'figcaption') return true;
  if (headingTags.has(tag)) return false;
  if (tag === 'ul' || tag === 'ol' || tag === 'div' || tag === 'section' || tag === 'table' || tag === 'dl') {
    if (links > text * 0.5 && marks < 5) return true;
  }
  if (tag === 'p' || tag === 'h2' || tag === 'h3') return links > text * 0.8 && text < 200;
  return false;
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

function sameTitle(heading: string, title: string): boolean {
  const text = plain(heading);
  return text !== '' && (title.includes(text) || text.includes(title));
}

/** Takes out scraps before the first prose (date, byline, sharing) and after the last (headings of what was removed). */
function trimEdges(element: HtmlElement, removed: Set<HtmlElement>, measures: Measures): void {
  const leaves: HtmlElement[] = [];
  const visit = (parent: HtmlElement): void => {
    for (const child of parent.children) {
      if (typeof child === 'string' || unseenTags.has(child.tag) || removed.has(child)) continue;
      const { text, blocks } = measureOf(measures, child);
      if (text === 0) continue;
      if (blocks > 0) visit(child);
      else if (blockTags.has(child.tag)) leaves.push(child);
    }
  };
  visit(element);
  const prose = leaves.map((leaf) => isProse(measureOf(measures, leaf)) && !headingTags.has(leaf.tag));
  const first = prose.indexOf(true);
  if (first < 0) return;
  const last = prose.lastIndexOf(true);
  for (let i = 0; i < first; i++) {
    const leaf = leaves[i]!;
    if (headingTags.has(leaf.tag) && leaf.tag !== 'h1') continue;
    if (isEdgeScrap(leaf, measures)) removed.add(leaf);
  }
  for (let i = leaves.length - 1; i > last; i--) {
    const leaf = leaves[i]!;
    if (headingTags.has(leaf.tag)) removed.add(leaf);
    else if (isEdgeScrap(leaf, measures)) removed.add(leaf);
    else break;
  }
}

const isProse = ({ text, links, marks }: Measure): boolean => text - links >= 50 && (marks >= 1 || text - links >= 120);

function isEdgeScrap(leaf: HtmlElement, measures: Measures): boolean {
  if (leaf.tag === 'li' || leaf.tag === 'pre' || leaf.tag === 'td' || leaf.tag === 'dd' || leaf.tag === 'dt')
    return false;
  const { text, links } = measureOf(measures, leaf);
  return text < 60 && (links > 0 || !/[.!?。！？…"”」』:：]\s*$/.test(lineText(leaf)));
}
