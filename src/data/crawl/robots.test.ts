import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxRobotsBytes, parseRobots, pathOf } from './robots.ts';

interface Case {
  readonly test: string;
  readonly robots: string;
  readonly agent: string;
  readonly url: string;
  readonly allowed: boolean;
}
const google = JSON.parse(readFileSync(new URL('./golden/robots-google.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const parse = (text: string | Buffer, agent = 'FooBot') => parseRobots(Buffer.from(text as string), agent);
const at = (path: string) => `http://foo.bar${path}`;

describe('robots.txt', () => {
  it("answers as Google's parser does, case by case", () => {
    const wrong = google.cases.filter(
      ({ robots, agent, url, allowed }) => parse(robots, agent).allows(url) !== allowed,
    );
    expect(wrong).toEqual([]);
    expect(google.cases.length).toBe(140);
  });

  it('takes byte-order marks, whole and cut short, and any line end', () => {
    for (const mark of ['\xef\xbb\xbf', '\xef\xbb', '\xef']) {
      const bytes = Buffer.from(`${mark}User-agent: FooBot\nDisallow: /x\n`, 'latin1');
      expect(parseRobots(bytes, 'foobot').allows(at('/x'))).toBe(false);
    }
    for (const end of ['\n', '\r\n', '\r']) {
      expect(parse(['User-agent: foobot', '', 'Disallow: /x', 'Allow: /x/y'].join(end)).allows(at('/x'))).toBe(false);
    }
  });

  it('cuts lines where Google does', () => {
    const long = `/x/${'a'.repeat(2083 * 8 - '/x/'.length - 'disallow: '.length)}`;
    const rules = parse(`user-agent: FooBot\ndisallow: ${long}/qux\n`);
    expect(rules.allows(at('/fux'))).toBe(true);
    expect(rules.allows(at(`${long}/fux`))).toBe(false);
  });

  it('reads 500 KiB and no more', () => {
    const filler = `# ${'x'.repeat(98)}\n`.repeat(Math.ceil(maxRobotsBytes / 101));
    expect(parse(`User-agent: *\nDisallow: /a\n${filler}Disallow: /b\n`).allows(at('/b'))).toBe(true);
    expect(parse(`User-agent: *\nDisallow: /a\n${filler}Disallow: /b\n`).allows(at('/a'))).toBe(false);
  });

  it('reads crawl-delay of the group that counts, and all sitemaps', () => {
    const text = `Sitemap: https://foo.bar/a.xml
User-agent: *
Crawl-delay: 7
User-agent: Other
Disallow: /
user-agent: foobot/2.1
crawl-delay: 1.5 # seconds
disallow: /private
SITEMAP: https://foo.bar/b.xml`;
    const rules = parse(text);
    expect(rules.crawlDelay).toBe(1.5);
    expect(rules.sitemaps).toEqual(['https://foo.bar/a.xml', 'https://foo.bar/b.xml']);
    expect(rules.allows(at('/private/x'))).toBe(false);
    expect(rules.allows(at('/'))).toBe(true);
    expect(parse(text, 'third').crawlDelay).toBe(7);
    // A record that the RFC does not know ends no list of agents: `*` has Other's rules too.
    expect(parse(text, 'third').allows(at('/'))).toBe(false);
    expect(parse('user-agent: *\ncrawl-delay: never\ncrawl-delay: -1').crawlDelay).toBeUndefined();
  });

  it('never forbids robots.txt itself', () => {
    expect(parse('user-agent: *\ndisallow: /').allows(at('/robots.txt'))).toBe(true);
  });

  it('compares Chinese paths in UTF-8, escaped or not', () => {
    const rules = parse('User-agent: *\nDisallow: /私密/\nDisallow: /%e5%bc%95$');
    expect(rules.allows('http://foo.bar/%E7%A7%81%E5%AF%86/a')).toBe(false);
    expect(rules.allows('http://foo.bar/%E5%BC%95')).toBe(false);
    expect(rules.allows('http://foo.bar/%E5%BC%95/a')).toBe(true);
  });

  it('finds paths in URLs', () => {
    expect(pathOf('http://www.example.com')).toBe('/');
    expect(pathOf('http://www.example.com?a#b')).toBe('/?a');
    expect(pathOf('http://www.example.com/a/b?c=d%aae&e=f#fragment')).toBe('/a/b?c=d%AAe&e=f');
    expect(pathOf('http://www.example.com#a/b')).toBe('/');
  });

  it('matches patterns as a regular expression would', () => {
    const letter = fc.constantFrom('a', 'b', '/', '*', '.');
    const path = fc.array(fc.constantFrom('a', 'b', '/', '.'), { maxLength: 12 }).map((parts) => `/${parts.join('')}`);
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 8 }), fc.boolean(), path, (letters, anchored, target) => {
        const pattern = `/${letters.join('')}${anchored ? '$' : ''}`;
        const source = letters.map((part) => (part === '*' ? '.*' : part === '.' ? '\\.' : part)).join('');
        const expected = new RegExp(`^/${source}${anchored ? '$' : ''}`).test(target);
        expect(parse(`user-agent: *\ndisallow: ${pattern}`).allows(at(target))).toBe(!expected);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  it('takes any bytes, and hostile patterns, in linear time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parseRobots(bytes, 'x').allows(at('/a'));
      }),
      { seed: 5, numRuns: 300 },
    );
    const start = performance.now();
    const rules = parse(`user-agent: *\n${`disallow: ${'/*a'.repeat(2000)}b\n`.repeat(60)}`);
    rules.allows(at(`/${'a'.repeat(2000)}`));
    parse('x'.repeat(1e6));
    parse('user-agent:'.repeat(40_000));
    parse(`user-agent: *\ndisallow: /${'*'.repeat(16_000)}`).allows(at(`/${'a'.repeat(2000)}`));
    expect(performance.now() - start).toBeLessThan(8000);
  });
});
