/** HTML tags and BBCode in text that should hold none: found by hand in one pass, whatever the text. */

/** Names of the HTML standard, and a few that it has given up. */
const BLOCKS = new Set(
  (
    'address article aside blockquote body br center dd details dialog dir div dl dt fieldset figcaption figure footer ' +
    'form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol option p pre section summary table ' +
    'tbody td tfoot th thead title tr ul'
  ).split(' '),
);
const INLINE = new Set(
  (
    'a abbr acronym applet area audio b base basefont bdi bdo big blink button canvas caption cite code col colgroup data ' +
    'datalist del dfn em embed font frame frameset i iframe img input ins kbd label link map mark marquee math meta meter ' +
    'nobr noembed noframes noscript object optgroup output param path picture progress q rp rt ruby s samp script search ' +
    'select slot small source span strike strong style sub sup svg template textarea time track tt u var video wbr'
  ).split(' '),
);
const COMMENT_END = /-->/g;
/** What ends those whose content is no text. */
const RAW: Readonly<Record<string, RegExp>> = { script: /<\/script/gi, style: /<\/style/gi };
/** A tag longer than this is none. */
const longestTag = 4000;

/** Tags of blocks become line ends, others vanish; comments, scripts and styles go with their content. */
export function removeTags(text: string): string {
  let result = '';
  let copied = 0;
  const ends: Ends = new Map();
  for (let at = text.indexOf('<'); at >= 0; ) {
    const tag = tagAt(text, at, ends);
    if (tag === undefined) {
      at = text.indexOf('<', at + 1);
      continue;
    }
    result += text.slice(copied, at) + (tag.block ? '\n' : '');
    copied = tag.end;
    at = text.indexOf('<', tag.end);
  }
  return copied === 0 ? text : result + text.slice(copied);
}

interface Tag {
  readonly end: number;
  readonly block: boolean;
}

function tagAt(text: string, start: number, ends: Ends): Tag | undefined {
  if (text.startsWith('<!--', start)) {
    const end = find(text, COMMENT_END, start + 4, ends);
    return end < 0 ? undefined : { end: end + 3, block: false };
  }
  if (text.startsWith('<!', start) || text.startsWith('<?', start)) {
    if (!/^<(?:!doctype|!\[CDATA\[|\?xml)/i.test(text.slice(start, start + 12))) return undefined;
    const end = closing(text, start + 2);
    return end < 0 ? undefined : { end, block: true };
  }
  let at = start + 1;
  const isEnd = text[at] === '/';
  if (isEnd) at++;
  const nameStart = at;
  while (at < text.length && at - nameStart < 12 && isNameUnit(text.charCodeAt(at))) at++;
  const name = text.slice(nameStart, at).toLowerCase();
  const block = BLOCKS.has(name);
  if (!block && !INLINE.has(name)) return undefined;
  // `<b` must end here, or go on with a space, a slash or `>`.
  const next = text[at];
  if (next !== '>' && next !== '/' && next !== ' ' && next !== '\n' && next !== '\t' && next !== '\r') return undefined;
  const end = closing(text, at);
  if (end < 0) return undefined;
  const rawEnd = isEnd ? undefined : RAW[name];
  if (rawEnd !== undefined) {
    const close = find(text, rawEnd, end, ends);
    if (close >= 0) {
      const after = closing(text, close + 2);
      return { end: after < 0 ? close + 2 + name.length : after, block: true };
    }
  }
  return { end, block };
}

function isNameUnit(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x30 && unit <= 0x39);
}

/** Behind the next `>`; −1 where a `<` comes first or it is too far. Quoted values may hold both. */
function closing(text: string, start: number): number {
  const limit = Math.min(text.length, start + longestTag);
  let quote = 0;
  for (let at = start; at < limit; at++) {
    const unit = text.charCodeAt(at);
    if (quote !== 0) {
      if (unit === quote) quote = 0;
      // A quote that is never closed is an apostrophe.
      else if (unit === 0x0a) quote = 0;
    } else if ((unit === 0x22 || unit === 0x27) && text.charCodeAt(at - 1) === 0x3d) quote = unit;
    else if (unit === 0x3e) return at + 1;
    else if (unit === 0x3c) return -1;
  }
  return -1;
}

/** Where each of these stands next, as far as it was looked for: nothing is searched twice. */
type Ends = Map<string, number>;

/** Where the pattern stands first from a place on, or −1. */
function find(text: string, pattern: RegExp, from: number, ends: Ends): number {
  let at = ends.get(pattern.source) ?? -1;
  if (at < from) {
    pattern.lastIndex = from;
    at = pattern.exec(text)?.index ?? Number.POSITIVE_INFINITY;
    ends.set(pattern.source, at);
  }
  return at === Number.POSITIVE_INFINITY ? -1 : at;
}

const BBCODE =
  /\[\/?(?:b|i|u|s|url|img|quote|code|color|size|font|list|li|center|left|right|align|table|tr|td|hr|email|media|flash|attach|youtube|spoiler|sup|sub|\*)(?:=[^\][\n]{0,300})?\]/gi;

/** BBCode of forums; `[img]` goes with its address. */
export function removeBbcode(text: string): string {
  if (!/\[\/?[a-z*]/i.test(text)) return text;
  return text.replace(/\[img(?:=[^\][\n]{0,100})?\][^\][\s]{1,500}\[\/img\]/gi, '').replace(BBCODE, '');
}
