import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractContent, extractVisible, parseHtml, renderText, type TextFormat } from './index.ts';
import { isoDate } from './metadata.ts';
import { type HtmlElement, maxDepth } from './tree.ts';

interface Page {
  readonly lang: string;
  readonly file: string;
  readonly html: string;
  readonly trafilatura: string;
}
/** The Debian Administrator's Handbook, with what trafilatura makes of it: scripts/extraction-golden.py. */
const pages = JSON.parse(readFileSync(new URL('golden/pages.json', import.meta.url), 'utf8')) as Page[];

const render = (html: string, format: TextFormat = 'text') => renderText(parseHtml(html).root, { format });

/** The tree as nested tags, to compare shapes. */
function shape(element: HtmlElement): string {
  const inner = element.children.map((child) => (typeof child === 'string' ? child.trim() : shape(child))).join('');
  return element.tag === '#root' ? inner : `<${element.tag}>${inner}</${element.tag}>`;
}
const parsed = (html: string) => shape(parseHtml(html).root);

describe('parseHtml', () => {
  it('ends elements where HTML says, not where tags do', () => {
    expect(parsed('<p>a<p>b<div>c')).toBe('<p>a</p><p>b</p><div>c</div>');
    expect(parsed('<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e')).toBe(
      '<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>e',
    );
    expect(parsed('<table><tr><td>a<td>b<tr><td>c</table>d')).toBe(
      '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d',
    );
    expect(parsed('<dl><dt>a<dd>b<dt>c</dl>')).toBe('<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>');
    expect(parsed('<head><title>t</title><p>a')).toBe('<head><title>t</title></head><p>a</p>');
    expect(parsed('<div/>a<br/>b</br><img>c')).toBe('<div>a<br></br>b<br></br><img></img>c</div>');
    expect(parsed('<a href=x>a<a href=y>b')).toBe('<a>a</a><a>b</a>');
  });

  it('keeps a table cell whole whatever ends in it', () => {
    expect(parsed('<div><table><tr><td>a</div>b</td></tr></table>c</div>')).toBe(
      '<div><table><tr><td>ab</td></tr></table>c</div>',
    );
    expect(parsed('<b>a<p>b</b>c</p>d')).toBe('<b>a<p>bc</p>d</b>');
    expect(parsed('a</p></x></body>b')).toBe('ab');
  });

  it('reads entities, attributes and raw text', () => {
    const { root } = parseHtml(
      '<p CLASS="x&amp;y" onclick=z>&lt;a&nbsp;&#x8bd7;&hellip;<script>if (a<b) "</p>"</script>',
    );
    const p = root.children[0] as HtmlElement;
    expect(p.attributes).toEqual(['class', 'x&y']);
    expect(p.children[0]).toBe('<a\u00a0诗…');
    expect(render('a<script>b</script><style>c</style><!-- d --><template>e</template>')).toBe('a');
  });

  it('nests no deeper than browsers and loses no text', () => {
    let depth = 0;
    const measure = (element: HtmlElement, at: number): void => {
      depth = Math.max(depth, at);
      for (const child of element.children) if (typeof child !== 'string') measure(child, at + 1);
    };
    const deep = `${'<div>'.repeat(100_000)}诗${'</div>'.repeat(100_000)}end`;
    measure(parseHtml(deep).root, 0);
    expect(depth).toBe(maxDepth);
    expect(render(deep)).toContain('诗');
    expect(render(deep)).toContain('end');
    expect(parseHtml('<b>'.repeat(1000), 500).truncated).toBe(true);
  });

  it('keeps every letter of any soup of tags', () => {
    const pieces = fc.constantFrom(
      ...'p div b a td tr table ul li h1 span /p /div /b /a /td /table /ul /li br'.split(' '),
    );
    const soup = fc.array(
      fc.oneof(
        pieces.map((tag) => `<${tag}>`),
        fc.constantFrom('x', '诗', ' y '),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(soup, (parts) => {
        const letters = parts
          .filter((part) => !part.startsWith('<'))
          .join('')
          .replace(/\s/g, '');
        // List and table marks are ours.
        expect(render(parts.join('')).replace(/[\s|-]/g, '')).toBe(letters);
      }),
      { seed: 1, numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void extractContent(`<p>${text}`)),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('renderText', () => {
  const page = `<h2>One</h2><p>First  <b>bold</b>
    line<br>second.</p><ul><li>a<li>b<ul><li>c</ul></ul><ol start=3><li>x<li>y</ol>
    <blockquote><p>q1</p><p>q2</p></blockquote><pre>
def f(x):
    return  x
</pre><table><tr><th>k<th>v<tr><td>a|b<td>1</table><p hidden>no</p>`;

  it('keeps the structure as plain text', () => {
    expect(render(page.replace(/<p hidden.*/, ''))).toBe(
      'One\n\nFirst bold line\nsecond.\n\n- a\n- b\n  - c\n\n3. x\n4. y\n\nq1\n\nq2\n\ndef f(x):\n    return  x\n\nk | v\na|b | 1',
    );
  });

  it('and as Markdown', () => {
    expect(render(page.replace(/<p hidden.*/, ''), 'markdown')).toBe(
      '## One\n\nFirst bold line\nsecond.\n\n- a\n- b\n  - c\n\n3. x\n4. y\n\n> q1\n>\n> q2\n\n```\ndef f(x):\n    return  x\n```\n\n| k | v |\n| --- | --- |\n| a\\|b | 1 |',
    );
  });

  it('joins broken lines of Han text, and puts a space elsewhere', () => {
    expect(render('<p>床前明月光，\n   疑是地上霜。\nHello\nworld 静夜\n思</p>')).toBe(
      '床前明月光，疑是地上霜。 Hello world 静夜思',
    );
  });

  it('takes tables that lay out a page for blocks', () => {
    expect(render('<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>')).toBe('a\n\nb\n\nc');
  });
});

describe('extractContent', () => {
  it.each(pages)('$lang $file: as trafilatura, without the navigation', ({ html, trafilatura }) => {
    const { text, metadata } = extractContent(html);
    const words = (of: string) => new Set(of.match(/\p{sc=Han}|[\p{L}\p{N}]+/gu));
    const [ours, theirs] = [words(text), words(trafilatura)];
    const common = [...ours].filter((word) => theirs.has(word)).length;
    // On short pages it keeps the links to the next page.
    expect(common / theirs.size).toBeGreaterThan(0.85);
    expect(common / ours.size).toBeGreaterThan(0.93);
    expect(text).not.toMatch(/Prev|Next|上一页|下一页/);
    expect(metadata.title).toMatch(/\S/);
  });

  const prose = 'The quick brown fox jumps over the lazy dog, and the dog, being lazy, does not mind it at all. ';
  const body = `<div class="article-body"><p>${prose.repeat(3)}</p><p>${prose.repeat(2)}</p></div>`;

  it('leaves out what stands around', () => {
    const page = `<html lang=en-GB><head><title>Fox and Dog - The Daily</title>
      <meta property="og:site_name" content="The Daily"><link rel=canonical href="https://daily.example/fox">
      <meta property="article:published_time" content="2024-05-06T07:08:09.123+02:00"><meta name=author content="By A. Writer">
      </head><body class="has-sidebar"><nav><a href=/>Home</a> <a href=/x>News</a></nav><h1>Fox and Dog</h1>
      <div class="byline">By A. Writer</div>${body}
      <div id="comments"><p>${prose.repeat(2)}</p></div><aside>${prose}</aside><footer>© The Daily, all rights reserved.</footer>`;
    const { text, metadata } = extractContent(page);
    expect(text).toBe(`${prose.repeat(3).trim()}\n\n${prose.repeat(2).trim()}`);
    expect(metadata).toEqual({
      title: 'Fox and Dog',
      url: 'https://daily.example/fox',
      language: 'en-GB',
      date: '2024-05-06T07:08:09+02:00',
      author: 'A. Writer',
      site: 'The Daily',
    });
  });

  it('does not believe names that would leave nothing', () => {
    expect(extractContent(`<body><div class="sidebar-widget"><p>${prose.repeat(4)}</p></div>`).text).toContain(
      'quick brown',
    );
  });

  it('leaves out teasers of other pages', () => {
    const teaser = (n: number) =>
      `<div class=card><h3><a href=/${n}>Story ${n}</a></h3><p>Read how it went, in short, ${n}.</p></div>`;
    const { text } = extractContent(`<div>${body}<div>${[1, 2, 3, 4].map(teaser).join('')}</div></div>`);
    expect(text).not.toContain('Read how');
  });

  it('takes the text from JSON-LD where the page is drawn by script', () => {
    const data = JSON.stringify({
      '@graph': [{ '@type': 'NewsArticle', headline: '狐与狗', articleBody: prose.repeat(5) }],
    });
    const { text, metadata } = extractContent(`<script type="application/ld+json">${data}</script><div id=app></div>`);
    expect(text).toBe(prose.repeat(5).trim());
    expect(metadata.title).toBe('狐与狗');
    expect(extractContent('<script type="application/ld+json">{"@type":</script><p>a</p>').text).toBe('a');
  });

  it('gives all visible text when asked', () => {
    expect(
      extractVisible('<p>a</p><p aria-hidden="false" style="display:none">b</p><p aria-hidden=false>c</p>').text,
    ).toBe('a\n\nc');
    expect(extractVisible('<nav>Menu</nav><p>a</p><p style="display:none">b</p><footer>c</footer>').text).toBe(
      'Menu\n\na\n\nc',
    );
  });

  it('reads dates only where day and month are certain', () => {
    expect(isoDate('2024-05-06')).toBe('2024-05-06');
    expect(isoDate('2024年5月6日 12:00')).toBe('2024-05-06');
    expect(isoDate('05/06/2024')).toBeUndefined();
    expect(isoDate('2024-13-06')).toBeUndefined();
  });
});

describe('hostile pages', () => {
  const n = 20_000;
  const cases: Record<string, string> = {
    deep: '<div><p><b>'.repeat(n),
    unmatched: `${'<div>'.repeat(n)}${'</p></x>'.repeat(n)}`,
    inline: `<p>${'<b>x</b> '.repeat(n)}`,
    'less-than': '<'.repeat(10 * n),
    ampersands: '&'.repeat(10 * n),
    letters: 'a'.repeat(10 * n),
    spaces: `<p>${' '.repeat(10 * n)}x`,
    'zero width': `<p>x${'\u200b'.repeat(10 * n)}x`,
    han: '字\n'.repeat(5 * n),
    'combining marks': '\u0301'.repeat(10 * n),
    attributes: `<div ${'a=b '.repeat(n)}>x`,
    names: `<div class="${'share '.repeat(n)}">x</div>`,
    tables: '<table><tr><td>x</td><td>'.repeat(n / 4),
    quotes: '<blockquote>'.repeat(n / 4) + 'text, text. '.repeat(n / 4),
    bodies: '<div class="article-body">This is prose, with marks, that is long enough to count.'.repeat(n / 20),
    json: `<script type="application/ld+json">${'['.repeat(10 * n)}</script>`,
    title: `<title>${' -'.repeat(5 * n)}</title>`,
    surrogates: '\ud800'.repeat(10 * n),
  };
  it.each(Object.entries(cases))('%s', (_, html) => {
    const start = performance.now();
    extractContent(html, { format: 'markdown' });
    expect(performance.now() - start).toBeLessThan(8000);
  });
});
