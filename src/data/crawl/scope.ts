/**
 * Where a crawl may go: hosts and domains, then URL patterns. Globs cover the whole URL (`*` without `/` and `?`, `**`
 * anything); regular expressions are searched for, by RE2's rules (re2js), so that none can take more than linear time.
 */
import { RE2JS } from 're2js';
import { AthanorError } from '../../core/index.ts';
import { hostnameOf, hostOf } from './url.ts';

export type UrlPattern = string | { readonly regex: string };

export interface ScopeRules {
  /** `example.org` and everything below it. */
  readonly domains: readonly string[];
  /** Exactly these, with or without a port. */
  readonly hosts: readonly string[];
  /** A URL must match one of these, where there are any. */
  readonly include: readonly UrlPattern[];
  /** A URL may match none of these. */
  readonly exclude: readonly UrlPattern[];
}

export type OutOfScope = 'other-host' | 'not-included' | 'excluded';
export type Scope = (url: string) => OutOfScope | undefined;

/** @param seeds the crawl stays on their hosts where neither `domains` nor `hosts` says more */
export function makeScope(rules: ScopeRules, seeds: readonly string[]): Scope {
  const domains = rules.domains.map((domain) => asciiHost(domain.replace(/^\*?\./, ''), 'domains'));
  const stay = domains.length === 0 && rules.hosts.length === 0;
  const hosts = new Set(
    stay ? seeds.map((seed) => withoutWww(hostOf(seed))) : rules.hosts.map((host) => asciiHost(host, 'hosts')),
  );
  const include = rules.include.map((pattern) => matcher(pattern, 'include'));
  const exclude = rules.exclude.map((pattern) => matcher(pattern, 'exclude'));
  return (url) => {
    const host = hostOf(url);
    const name = hostnameOf(url);
    const near =
      hosts.has(stay ? withoutWww(host) : host) ||
      (!stay && hosts.has(name)) ||
      domains.some((domain) => name === domain || name.endsWith(`.${domain}`));
    if (!near) return 'other-host';
    if (exclude.some((matches) => matches(url))) return 'excluded';
    return include.length > 0 && !include.some((matches) => matches(url)) ? 'not-included' : undefined;
  };
}

/** Sites redirect from one to the other so often that a seed stands for both. */
function withoutWww(host: string): string {
  return host.replace(/^www\./, '');
}

/** A host as it stands in a normalised URL: lower case, punycode. */
function asciiHost(host: string, field: string): string {
  try {
    const url = new URL(`http://${host}`);
    if (url.pathname === '/' && url.search === '' && url.username === '') return url.host;
  } catch {
    // Falls through.
  }
  throw new AthanorError('bad-input', `${field}: '${host}' is not a host name`, {
    place: field,
    hint: 'Give a name such as example.org, without scheme and path.',
  });
}

function matcher(pattern: UrlPattern, field: string): (url: string) => boolean {
  const source = typeof pattern === 'string' ? globSource(pattern) : pattern.regex;
  try {
    const compiled = RE2JS.compile(source);
    return (url) => compiled.matcher(url).find();
  } catch (error) {
    throw new AthanorError(
      'bad-input',
      `${field}: '${source}' is not a regular expression of RE2: ${(error as Error).message}`,
      {
        place: field,
        hint: 'RE2 has no look-around and no back-references.',
        cause: error,
      },
    );
  }
}

function globSource(glob: string): string {
  const source = glob.replace(/\*\*|[*?]|[^*?]+/g, (part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/?]*';
    return part.replace(/[.+^$()|[\]\\{}?]/g, '\\$&');
  });
  return `^${source}$`;
}
