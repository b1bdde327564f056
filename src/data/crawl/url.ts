/**
 * URLs as the crawler compares them: RFC 3986 §6 on top of the WHATWG URL parser (which lowers scheme and host, makes
 * IDN hosts punycode, removes dot segments and default ports), without what names a visitor and not a page: fragments,
 * tracking parameters, session ids. Pure.
 */

export interface UrlRules {
  /** Drop `utm_*`, `gclid` and the like. */
  readonly stripTracking: boolean;
  /** Drop `;jsessionid=…`, `PHPSESSID` and the like. */
  readonly stripSessionIds: boolean;
  /** Order query parameters by name, so that `?a=1&b=2` and `?b=2&a=1` are one page. */
  readonly sortQuery: boolean;
}

export type UrlResult = { readonly url: string } | { readonly refused: 'bad-url' | 'scheme' | 'url-too-long' };

/** Longer URLs are mostly traps; servers and proxies stop near here too (RFC 9110 §4.1 asks for 8,000 at least). */
const maxUrlLength = 2_000;

/** Parameters that say where a visitor came from. Lists: those of ClearURLs' and Brave's documentation that name no content. */
const tracking =
  /^(utm_\w+|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|__hs\w+|hsctatracking|_openstat|vero_id|oly_anon_id|oly_enc_id|wickedid|s_cid|ref_src|ref_url|spm|scm|bd_vid|_ga|_gl|matomo_\w+|piwik_\w+|pk_(campaign|kwd|source|medium|keyword|content|cid))$/i;

/** Parameters that are a session whatever their value is. */
const session =
  /^(jsessionid|phpsessid|aspsessionid\w*|asp\.net_sessionid|cfid|cftoken|sessionid|session_id|sessid|zenid|oscsid|osccsid)$/i;
/** Short names that are a session only where the value looks drawn at random. */
const maybeSession = /^(sid|s|ses|sess|session|token)$/i;
const random = /^(?=.*\d)[0-9a-z]{20,}$/i;

/** Makes a link absolute and brings it into its normal form. @param base absent for URLs that must be absolute */
export function normalizeUrl(link: string, base: string | undefined, rules: UrlRules): UrlResult {
  if (link.length > 4 * maxUrlLength) return { refused: 'url-too-long' };
  const url = parse(link, base);
  if (url === undefined) return { refused: 'bad-url' };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { refused: 'scheme' };
  const host = url.hostname.replace(/\.$/, '');
  if (host === '') return { refused: 'bad-url' };
  url.hostname = host;
  url.username = '';
  url.password = '';
  url.hash = '';
  let path = canonicalEscapes(url.pathname);
  if (rules.stripSessionIds)
    path = path
      .replace(/;(?:jsessionid|phpsessid|sid)=[^/;]*/gi, '')
      .replace(/\/\([SAF]\([0-9a-z]{20,}\)\)(?=\/)/gi, '');
  const query = canonicalQuery(url.search.slice(1), rules);
  const text = `${url.protocol}//${url.host}${path}${query === '' ? '' : `?${query}`}`;
  return text.length > maxUrlLength ? { refused: 'url-too-long' } : { url: text };
}

function parse(link: string, base: string | undefined): URL | undefined {
  try {
    return base === undefined ? new URL(link) : new URL(link, base);
  } catch {
    return undefined;
  }
}

/** Escapes in upper case, and none for characters that need none (RFC 3986 §6.2.2.1–2). */
function canonicalEscapes(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : whole.toUpperCase();
  });
}

function canonicalQuery(query: string, rules: UrlRules): string {
  if (query === '') return '';
  const kept = canonicalEscapes(query)
    .split('&')
    .filter((part) => {
      const equals = part.indexOf('=');
      const name = equals < 0 ? part : part.slice(0, equals);
      const value = equals < 0 ? '' : part.slice(equals + 1);
      if (part === '') return false;
      if (rules.stripTracking && tracking.test(name)) return false;
      return !(rules.stripSessionIds && (session.test(name) || (maybeSession.test(name) && random.test(value))));
    });
  if (!rules.sortQuery) return kept.join('&');
  const nameOf = (part: string): string => part.split('=', 1)[0]!;
  return kept
    .map((part, i) => ({ part, name: nameOf(part), i }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.i - b.i))
    .map(({ part }) => part)
    .join('&');
}

/** What a crawl is polite to: the host with its port. */
export function hostOf(url: string): string {
  const start = url.indexOf('//') + 2;
  const end = url.slice(start).search(/[/?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

/** The host's name alone, without a port and without the brackets of an IPv6 address. */
export function hostnameOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}
