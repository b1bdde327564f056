import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeLegacyQuery } from './legacy-query.ts';
import { makeScope, type ScopeRules } from './scope.ts';
import { runOf, trapIn } from './traps.ts';
import { hostnameOf, hostOf, normalizeUrl, type UrlRules } from './url.ts';

const rules: UrlRules = { stripTracking: true, stripSessionIds: true, sortQuery: false };
const clean = (url: string, base?: string, more: Partial<UrlRules> = {}): string => {
  const result = normalizeUrl(url, base, { ...rules, ...more });
  return 'url' in result ? result.url : `(${result.refused})`;
};

describe('normalizeUrl', () => {
  it.each([
    ['HTTP://Example.ORG:80/a/./b/../c#top', 'http://example.org/a/c'],
    ['https://example.org:443', 'https://example.org/'],
    ['https://user:secret@example.org./x?', 'https://example.org/x'],
    ['http://example.org/%7euser/%e4%b8%ad%2f', 'http://example.org/~user/%E4%B8%AD%2F'],
    ['http://example.org/中文?问=答', 'http://example.org/%E4%B8%AD%E6%96%87?%E9%97%AE=%E7%AD%94'],
    ['http://例子.测试/页', 'http://xn--fsqu00a.xn--0zwm56d/%E9%A1%B5'],
    ['http://BÜCHER.example/', 'http://xn--bcher-kva.example/'],
    ['http://example.org/?utm_source=x&id=7&fbclid=abc&&spm=1.2', 'http://example.org/?id=7'],
    ['http://example.org/?utm_source=x', 'http://example.org/'],
    ['http://example.org/p;jsessionid=0A1B?x=1&PHPSESSID=k', 'http://example.org/p?x=1'],
    ['http://example.org/?sid=42&s=search', 'http://example.org/?sid=42&s=search'],
    ['http://example.org/?sid=4f2a9c81d07be35fa61c&x=1', 'http://example.org/?x=1'],
    ['http://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx', 'http://example.org/a.aspx'],
    ['http://[2001:DB8::1]:8080/', 'http://[2001:db8::1]:8080/'],
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['javascript:alert(1)', '(scheme)'],
    ['mailto:a@b.c', '(scheme)'],
    ['ftp://example.org/', '(scheme)'],
    ['data:text/html,x', '(scheme)'],
    ['http://', '(bad-url)'],
    ['http://a b/', '(bad-url)'],
    ['/relative', '(bad-url)'],
  ])('%s', (given, expected) => {
    expect(clean(given)).toBe(expected);
  });

  it('refuses URLs that no server would take', () => {
    expect(clean(`http://example.org/${'x'.repeat(3000)}`)).toBe('(url-too-long)');
    expect(clean('x'.repeat(1e6), 'http://a.example/')).toBe('(url-too-long)');
  });

  it('resolves links', () => {
    const base = 'https://example.org/a/b?c#d';
    expect(clean('../x', base)).toBe('https://example.org/x');
    expect(clean('?q', base)).toBe('https://example.org/a/b?q');
    expect(clean('//other.example/y', base)).toBe('https://other.example/y');
    expect(clean(' \n/z\t', base)).toBe('https://example.org/z');
    expect(clean('tel:123', base)).toBe('(scheme)');
  });

  it('sorts parameters where asked, keeping equal names in order', () => {
    expect(clean('http://a.example/?b=2&a=1&b=1', undefined, { sortQuery: true })).toBe(
      'http://a.example/?a=1&b=2&b=1',
    );
  });

  it('is idempotent, and takes any text', () => {
    const link = fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(link, fc.boolean(), (url, sortQuery) => {
        const once = clean(url, 'http://example.org/a/', { sortQuery });
        if (!once.startsWith('(')) expect(clean(once, undefined, { sortQuery })).toBe(once);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('knows hosts', () => {
    expect(hostOf('http://example.org:81/a?b')).toBe('example.org:81');
    expect(hostOf('http://example.org?x')).toBe('example.org');
    expect(hostnameOf('http://[::1]:81/')).toBe('::1');
  });
});

describe('encodeLegacyQuery', () => {
  it('puts a query in the bytes of the page', () => {
    expect(encodeLegacyQuery('/查?词=中文#段', 'gbk')).toBe('/查?%B4%CA=%D6%D0%CE%C4#段');
    expect(encodeLegacyQuery('?q=中', 'big5')).toBe('?q=%A4%A4');
    expect(encodeLegacyQuery('?q=é', 'windows-1252')).toBe('?q=%E9');
    expect(encodeLegacyQuery('?q=😀', 'gbk')).toBe('?q=%26%23128512%3B');
    expect(encodeLegacyQuery('?q=中', 'utf-8')).toBe('?q=中');
    expect(encodeLegacyQuery('/中', 'gbk')).toBe('/中');
  });
});

describe('makeScope', () => {
  const none: ScopeRules = { domains: [], hosts: [], include: [], exclude: [] };
  const seeds = ['https://example.org/start'];

  it('stays on the hosts of the seeds, with and without www', () => {
    const scope = makeScope(none, seeds);
    expect(scope('http://example.org/x')).toBeUndefined();
    expect(scope('http://www.example.org/x')).toBeUndefined();
    expect(scope('http://example.org:8080/x')).toBe('other-host');
    expect(scope('http://a.example.org/x')).toBe('other-host');
  });

  it('knows domains and hosts, IDN too', () => {
    const scope = makeScope(
      { ...none, domains: ['example.org', '*.例子.测试'], hosts: ['one.test', 'two.test:81'] },
      seeds,
    );
    for (const url of [
      'http://a.b.example.org/',
      'https://example.org:81/',
      'http://x.xn--fsqu00a.xn--0zwm56d/',
      'http://one.test:99/',
      'http://two.test:81/',
    ])
      expect(scope(url)).toBeUndefined();
    for (const url of [
      'http://badexample.org/',
      'http://example.org.evil.test/',
      'http://two.test/',
      'http://a.one.test/',
    ])
      expect(scope(url)).toBe('other-host');
    expect(() => makeScope({ ...none, hosts: ['http://x/'] }, seeds)).toThrow(/not a host name/);
  });

  it('knows globs and regular expressions', () => {
    const scope = makeScope(
      {
        ...none,
        include: ['https://example.org/blog/**', { regex: '/docs/\\d+$' }],
        exclude: ['**/*.pdf', { regex: '[?&]print=' }],
      },
      seeds,
    );
    expect(scope('https://example.org/blog/2024/a')).toBeUndefined();
    expect(scope('https://example.org/docs/17')).toBeUndefined();
    expect(scope('https://example.org/docs/x')).toBe('not-included');
    expect(scope('https://example.org/blog/a.pdf')).toBe('excluded');
    expect(scope('https://example.org/blog/a?print=1')).toBe('excluded');
    expect(makeScope({ ...none, include: ['https://example.org/*'] }, seeds)('https://example.org/a/b')).toBe(
      'not-included',
    );
    expect(() => makeScope({ ...none, include: [{ regex: '(?=a)' }] }, seeds)).toThrow(/RE2/);
  });

  it('takes linear time whatever the expression', () => {
    const scope = makeScope({ ...none, exclude: [{ regex: '(a+)+$' }, { regex: '(a|a)*b' }] }, seeds);
    const start = performance.now();
    scope(`https://example.org/${'a'.repeat(1900)}!`);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('traps', () => {
  const traps = { maxPathSegments: 10, maxQueryParameters: 3, maxSameShape: 5 };
  const at = (path: string, run = 0) => trapIn(`http://a.example${path}`, run, traps);

  it('sees deep, repeating and overloaded URLs', () => {
    expect(at('/a/b/c?x=1&y=2&z=3')).toBeUndefined();
    expect(at('/1/2/3/4/5/6/7/8/9/10/11')).toBe('path-too-deep');
    expect(at('/a/a/a')).toBe('repeating-path');
    expect(at('/x/a/b/a/b/a/b')).toBe('repeating-path');
    expect(at('/a/a/b')).toBeUndefined();
    expect(at('/?a=1&b=2&c=3&d=4')).toBe('too-many-parameters');
  });

  it('counts pages of one shape that lead to one another', () => {
    let [url, run] = ['http://a.example/cal/2024/01', 0];
    for (let i = 2; i <= 6; i++) {
      const next = `http://a.example/cal/2024/0${i}`;
      run = runOf(next, url, run);
      url = next;
    }
    expect(run).toBe(5);
    expect(at('/cal/2024/07', run)).toBe('same-shape');
    expect(runOf('http://a.example/about', url, run)).toBe(0);
    expect(runOf('http://b.example/cal/2024/08', url, run)).toBe(0);
    expect(runOf('http://a.example:81/x', 'http://a.example:81/x', 3)).toBe(0);
    expect(runOf('http://a.example/?month=2&x=a', 'http://a.example/?month=1&x=a', 1)).toBe(2);
  });
});
