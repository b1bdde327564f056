/**
 * What authors' names for things (class, id, role) say about them. The words are those that occur in the pages of the
 * tuning half (docs/data/extraction.md) and in common content management systems; kept general, no site's own names.
 */
import { attribute, type HtmlElement } from './tree.ts';

/** Names of parts that are not the article, wherever they stand. */
const aside = new RegExp(
  [
    'comment(?!ary)|disqus|respond\\b|discussion|trackback|pingback',
    'share|sharing|social|follow-?us|addtoany|addthis|sharedaddy',
    'related|recommend|suggest|read-?(also|more|next)|(more|also)-?(stories|from|like|read|articles|posts|news|on\\b)|up-?next|next-?article',
    'trending|popular|most-?(read|viewed|shared)|latest-?(news|posts|stories)|(recent|other)-?(posts|news|articles)|jp-relatedposts|outbrain|taboola|zergnet|yarpp',
    'side-?bar|\\bsidebar|\\brail\\b|right-?(rail|col)|widget',
    'newsletter|subscri(be|ption)|sign-?up|sign-?in|log-?in|\\blogin|register|paywall|donat',
    'promo(?!t)|sponsor|advert|\\bads?\\b|\\bad-|-ad\\b|\\bads-|-ads\\b|dfp|google-?ad|banner|commercial|affiliate|call-?to-?action|\\bcta\\b',
    'bread-?crumb|\\bnav\\b|navbar|navigation|\\bnav-|-nav\\b|\\bmenu|-menu|pagination|\\bpager|paging|post-?nav|page-?links',
    'footer|\\bfoot\\b|site-?header|page-?header|masthead|topbar|top-?bar|toolbar|skip-?(link|to)',
    'popup|pop-?over|modal|overlay|lightbox|cookie|consent|gdpr|tooltip|dropdown|notification',
    '(^|\\s)tags?(\\s|$)|\\btag-?(list|links|cloud|box)|post-?tags|entry-?tags|article-?tags|keywords|categories|topics|cat-links|filed-?under',
    'author-?(bio|box|info|card|desc|about|profile)|about-?(the-)?author|\\bbio\\b|post-?author|contributor',
    'byline|by-line|dateline|timestamp|date-?time|publish-?(date|ed)|posted-?(on|by)|pub-?date|post-?(meta|date|info)|entry-?(meta|date)|article-?(meta|info|date)|meta-?(data|info)\\b',
    'rating|\\bvote|feedback|survey|\\bpoll\\b|quiz',
    'copyright|disclaimer|print-?only|\\bno-?print|hidden-?print|screen-?reader|sr-only|visually-?hidden|\\bhide\\b',
    'caption|credit|photo-?(by|info)|\\btoc\\b|table-?of-?contents|editsection|edit-?section|jump-?link|back-?to-?top',
    'video-?(list|player|ct)|playlist|slideshow|slider|carousel|gallery',
  ].join('|'),
);

/** Names of the article's own body. */
const body =
  /article-?(body|content|text|copy|main|inner|__body|_body)|story-?(body|content|text|copy)|entry-?content|post-?(content|body|text|entry)|(news|content|text|blog)-?(body|text|article)|articlebody|body-?(copy|text|content)|main-?content|article__|rich-?text|content__article|td-post-content|field-name-body/;

const asideRoles =
  /^(navigation|banner|contentinfo|complementary|search|dialog|alertdialog|menu|menubar|toolbar|tooltip|alert|tablist|button)$/;

export const asideTags: ReadonlySet<string> = new Set([
  'nav',
  'footer',
  'aside',
  'button',
  'select',
  'menu',
  'dialog',
  'noscript',
  'input',
  'fieldset',
]);

/** Class and id, lower case, camelCase taken apart. */
export function nameOf(element: HtmlElement): string {
  const { attributes } = element;
  let name = '';
  for (let i = 0; i < attributes.length; i += 2) {
    const key = attributes[i]!;
    if (key === 'class' || key === 'id' || key === 'data-component' || key === 'data-testid')
      name += ` ${attributes[i + 1]}`;
  }
  if (name.length > 400) name = name.slice(0, 400);
  return name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
}

/** Names recur within a page and a site; the tables are emptied before they grow without bound. */
function remembered(test: RegExp): (name: string) => boolean {
  const verdicts = new Map<string, boolean>();
  return (name) => {
    if (name === '') return false;
    let verdict = verdicts.get(name);
    if (verdict === undefined) {
      verdict = test.test(name);
      if (verdicts.size >= 10_000) verdicts.clear();
      verdicts.set(name, verdict);
    }
    return verdict;
  };
}

export const isAsideName = remembered(aside);
export const isBodyName = remembered(body);

export function isAsideRole(element: HtmlElement): boolean {
  const role = attribute(element, 'role');
  return role !== undefined && asideRoles.test(role.toLowerCase());
}

const hiddenStyle = /(?:^|;|\s)(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)/i;

export function isHidden(element: HtmlElement): boolean {
  const { attributes } = element;
  for (let i = 0; i < attributes.length; i += 2) {
    const name = attributes[i];
    if (name === 'hidden' || name === 'aria-modal') return true;
    if (name === 'aria-hidden' && attributes[i + 1] === 'true') return true;
    if (name === 'style' && hiddenStyle.test(attributes[i + 1]!)) return true;
  }
  return false;
}
