/**
 * robots.txt by RFC 9309: groups by product token, `allow`, `disallow`, `*` and `$`, the longest match wins and allow
 * wins ties. Also `crawl-delay` and `sitemap`, which the RFC leaves to crawlers, and the mistakes that Google's parser
 * forgives (github.com/google/robotstxt, whose test cases are ours too): missing colons, misspelt `disallow`, text
 * before `user-agent`. Own code, since npm's robots-parser 3.0.1 fails on byte-order marks, on missing colons, and ends a
 * group at a line it does not know. Pure; matching takes time linear in URL × stars.
 */

interface Rule {
  readonly allow: boolean;
  /** The pattern between its stars. */
  readonly parts: readonly string[];
  readonly anchored: boolean;
  /** Octets of the pattern: the measure of how specific it is. */
  readonly length: number;
}

export interface RobotsRules {
  /** May this be fetched? @param url absolute, normalised */
  allows(url: string): boolean;
  /** Seconds, where the group that counts for us gives a number. */
  readonly crawlDelay: number | undefined;
  /** About how much memory it takes. */
  readonly bytes: number;
  /** As they stand in the file. */
  readonly sitemaps: readonly string[];
}

export const allowAll: RobotsRules = { allows: () => true, crawlDelay: undefined, sitemaps: [], bytes: 0 };
export const disallowAll: RobotsRules = { allows: () => false, crawlDelay: undefined, sitemaps: [], bytes: 0 };

/** RFC 9309 §2.5: at least 500 KiB are read; what follows counts as absent. */
export const maxRobotsBytes = 500 * 1024;

/** Google's limit on a line: 8 times the longest URL of old browsers. */
const maxLineLength = 2083 * 8;

const keys: Readonly<Record<string, 'agent' | 'allow' | 'disallow' | 'delay' | 'sitemap'>> = {
  'user-agent': 'agent',
  useragent: 'agent',
  'user agent': 'agent',
  allow: 'allow',
  disallow: 'disallow',
  dissallow: 'disallow',
  dissalow: 'disallow',
  disalow: 'disallow',
  diasllow: 'disallow',
  disallaw: 'disallow',
  'crawl-delay': 'delay',
  crawldelay: 'delay',
  sitemap: 'sitemap',
  'site-map': 'sitemap',
};

interface Group {
  readonly rules: Rule[];
  delay: number | undefined;
  found: boolean;
}

/** @param agent the product token that we obey, e.g. `athanor` */
export function parseRobots(bytes: Uint8Array, agent: string): RobotsRules {
  const ours: Group = { rules: [], delay: undefined, found: false };
  const everyone: Group = { rules: [], delay: undefined, found: false };
  const sitemaps: string[] = [];
  const wanted = agent.toLowerCase();
  let current: Group[] = [];
  let inRules = false;
  for (const line of linesOf(bytes)) {
    const [key, value] = splitLine(line);
    if (key === 'agent') {
      if (inRules) current = [];
      inRules = false;
      // RFC 9309 §2.2.1: a product token is letters, `_` and `-`; Google reads up to the first space or other sign.
      const token = value === '*' || /^\*\s/.test(value) ? '*' : /^[a-z_-]*/i.exec(value)![0].toLowerCase();
      const group = token === '*' ? everyone : token !== '' && token === wanted ? ours : undefined;
      if (group) {
        group.found = true;
        current.push(group);
      }
    } else if (key === 'allow' || key === 'disallow') {
      inRules = true;
      if (value !== '') for (const group of current) group.rules.push(...rulesOf(value, key === 'allow'));
    } else if (key === 'delay') {
      // RFC 9309 §2.2.4: other records do not interfere with groups, so this one ends no list of agents.
      const seconds = Number(value.replace(',', '.'));
      if (value !== '' && Number.isFinite(seconds) && seconds >= 0)
        for (const group of current) group.delay ??= seconds;
    } else if (key === 'sitemap' && value !== '') sitemaps.push(value);
  }
  const { rules, delay } = ours.found ? ours : everyone;
  const size = rules.reduce((sum, { parts, length }) => sum + 150 + length + 30 * parts.length, 0);
  return { allows: (url) => allowedBy(rules, url), crawlDelay: delay, sitemaps, bytes: size };
}

function linesOf(bytes: Uint8Array): string[] {
  let start = 0;
  // A byte-order mark, whole or cut short.
  for (const byte of [0xef, 0xbb, 0xbf])
    if (bytes[start] === byte) start++;
    else break;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, maxRobotsBytes));
  return text.split(/\r\n|\n|\r/);
}

function splitLine(raw: string): [key: (typeof keys)[string] | undefined, value: string] {
  const cut = raw.length > maxLineLength ? raw.slice(0, maxLineLength) : raw;
  const hash = cut.indexOf('#');
  const line = (hash < 0 ? cut : cut.slice(0, hash)).replace(/\0/g, '').trim();
  const colon = line.indexOf(':');
  if (colon >= 0) return [keys[line.slice(0, colon).trim().toLowerCase()], line.slice(colon + 1).trim()];
  // Exactly two words: the colon was forgotten.
  const words = line.split(/[ \t]+/);
  return words.length === 2 ? [keys[words[0]!.toLowerCase()], words[1]!] : [undefined, ''];
}

/** A pattern as rules: one ending in `index.html` also means its directory, as Google has it. */
function rulesOf(value: string, allow: boolean): Rule[] {
  const pattern = escapePattern(value);
  const rules = [toRule(pattern, allow)];
  if (allow && /\/index\.html?$/.test(pattern))
    rules.push(toRule(`${pattern.slice(0, pattern.lastIndexOf('/') + 1)}$`, allow));
  return rules;
}

function toRule(pattern: string, allow: boolean): Rule {
  const anchored = pattern.endsWith('$');
  const body = anchored ? pattern.slice(0, -1) : pattern;
  return { allow, anchored, parts: body.split(/\*+/), length: Buffer.byteLength(pattern) };
}

/** Octets beyond ASCII percent-encoded, escapes in upper case (RFC 9309 §2.2.2). */
function escapePattern(value: string): string {
  return value
    .replace(/[^\x21-\x7e]+/g, (part) =>
      [...Buffer.from(part)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    )
    .replace(/%[0-9a-f]{2}/gi, (octet) => octet.toUpperCase());
}

function allowedBy(rules: readonly Rule[], url: string): boolean {
  const path = pathOf(url);
  // RFC 9309 §2.2.2: robots.txt itself may always be fetched.
  if (path === '/robots.txt') return true;
  let best = -1;
  let allow = true;
  for (const rule of rules) {
    if (rule.length < best || (rule.length === best && (allow || !rule.allow))) continue;
    if (!matches(rule, path)) continue;
    best = rule.length;
    allow = rule.allow;
  }
  return allow;
}

/** Path and query, escapes in upper case. */
export function pathOf(url: string): string {
  const scheme = url.indexOf('//');
  const rest = scheme < 0 ? url : url.slice(scheme + 2);
  const start = rest.search(/[/?]/);
  const end = rest.indexOf('#');
  if (start < 0 || (end >= 0 && end < start)) return '/';
  const path = rest.slice(start, end < 0 ? undefined : end).replace(/%[0-9a-f]{2}/gi, (octet) => octet.toUpperCase());
  return path.startsWith('/') ? path : `/${path}`;
}

/** Leftmost matches of the parts one after another decide, since a star takes anything. */
function matches({ parts, anchored }: Rule, path: string): boolean {
  const first = parts[0]!;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  const last = parts.length - 1;
  if (last === 0) return !anchored || at === path.length;
  for (let i = 1; i < last; i++) {
    const found = path.indexOf(parts[i]!, at);
    if (found < 0) return false;
    at = found + parts[i]!.length;
  }
  const end = parts[last]!;
  if (anchored) return path.length - end.length >= at && path.endsWith(end);
  return path.indexOf(end, at) >= 0;
}
