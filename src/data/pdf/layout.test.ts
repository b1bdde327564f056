/** Columns, running heads, paragraphs and hyphens, on pages drawn here; letters are Courier's, so that widths are known. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/index.ts';
import { joiner } from './join.ts';
import { readPdf } from './read.ts';
import { drawnPdf } from './testing/pdf-file.ts';

const courier = '<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>';
const times = '<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>';

interface Put {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size?: number;
  readonly font?: string;
  /** Quarter turns, counter-clockwise. */
  readonly turned?: number;
}

const draw = ({ x, y, text, size = 10, font = 'F1', turned = 0 }: Put): string => {
  const matrix = ['1 0 0 1', '0 1 -1 0', '-1 0 0 -1', '0 -1 1 0'][turned];
  return `BT /${font} ${size} Tf ${matrix} ${x} ${y} Tm (${text.replace(/[()\\]/g, '\\$&')}) Tj ET`;
};
const pageOf = (puts: readonly Put[]): string => puts.map(draw).join('\n');
const column = (x: number, lines: readonly string[], top = 700, leading = 12): Put[] =>
  lines.flatMap((text, i) => (text === '' ? [] : [{ x, y: top - i * leading, text }]));

async function textOf(pages: readonly (readonly Put[])[], page?: string): Promise<string> {
  const result = await readPdf(drawnPdf(pages.map(pageOf), { F1: courier, F2: times }, page));
  return 'fault' in result ? result.fault : result.text;
}

const left = [
  'the first column of this page',
  'speaks of dogs, of their long',
  'walks and of the rain that it',
  'takes to make them turn again',
  'to the house, where they have',
];
const right = [
  'a place by the fire, and that',
  'is what the second one speaks',
  'of, down to its very last one',
  'of lines that are all as long',
  'as this.',
];
const both = `${left.join(' ')} ${right.join(' ')}`;

describe('columns', () => {
  it('stay as they are drawn, one after the other', async () => {
    expect(await textOf([[...column(60, left), ...column(300, right)]])).toBe(both);
  });

  it('are put in order where they are drawn row by row, in one and three of them', async () => {
    const rows = left.flatMap((text, i) => [
      { x: 60, y: 700 - i * 12, text },
      { x: 300, y: 700 - i * 12, text: right[i]! },
    ]);
    const title = {
      x: 60,
      y: 730,
      text: 'A title that goes across both of the columns of the page, from edge to edge',
    };
    expect(await textOf([[title, ...rows]])).toBe(`${title.text}\n\n${both}`);
    const third = left.map((_, i) => ({ x: 540, y: 700 - i * 12, text: `and the third one, its line ${i}` }));
    const wide = rows.flatMap((put, i) => (i % 2 === 0 ? [put] : [put, third[(i - 1) / 2]!]));
    const text = await textOf([wide], '/MediaBox [0 0 842 842]');
    expect(text.replace(/\s+/g, ' ')).toBe(`${both} ${third.map((one) => one.text).join(' ')}`);
  });

  it('a table keeps its rows', async () => {
    const rows = Array.from({ length: 6 }, (_, i) => [
      { x: 60, y: 700 - i * 12, text: `name ${i}` },
      { x: 200, y: 700 - i * 12, text: `${i * 7}` },
      { x: 300, y: 700 - i * 12, text: `row ${i}` },
    ]).flat();
    expect(await textOf([rows])).toBe(Array.from({ length: 6 }, (_, i) => `name ${i} ${i * 7} row ${i}`).join('\n'));
  });

  it('lines drawn from below are read from above', async () => {
    expect(await textOf([column(60, left).reverse()])).toBe(left.join(' '));
  });
});

describe('turned pages', () => {
  it('are read along their writing; what runs another way comes last', async () => {
    const turned = left.map((text, i) => ({ x: 100 + i * 12, y: 60, text, turned: 1 }));
    const stamp = { x: 20, y: 20, text: 'stamp' };
    expect(await textOf([[stamp, ...turned]], '/MediaBox [0 0 595 842] /Rotate 90')).toBe(`${left.join(' ')}\n\nstamp`);
    const over = left.map((text, i) => ({ x: 500, y: 100 + i * 12, text, turned: 2 }));
    expect(await textOf([over])).toBe(left.join(' '));
  });
});

describe('running heads', () => {
  // Every page has words of its own, in lines of one length.
  const linesOf = (page: number) => {
    const letter = 'abdefghjkmno'[page]!;
    return Array.from({ length: 6 }, (_, i) => `${letter.repeat(6 + i)} ${letter.repeat(20 - i)} and`);
  };
  const pages = (count: number, more: (page: number) => Put[]) =>
    Array.from({ length: count }, (_, page) => [...more(page), ...column(60, linesOf(page))]);
  const bodies = (count: number) => Array.from({ length: count }, (_, page) => linesOf(page).join(' '));

  it('and page numbers go, also from two pages', async () => {
    for (const count of [2, 3, 7]) {
      const drawn = pages(count, (page) => [
        { x: 60, y: 800, text: `A Book of Dogs, ${page + 1}` },
        { x: 300, y: 30, text: `- ${page + 1} -` },
      ]);
      expect((await textOf(drawn)).replace(/\n\n/g, ' ')).toBe(bodies(count).join(' '));
    }
  });

  it('of chapters go, which are on few pages each', async () => {
    const chapters = ['Of Dogs', 'Of Rain', 'Of Fire', 'Of Houses'];
    const drawn = pages(12, (page) => [{ x: 60, y: 800, text: chapters[Math.floor(page / 3)]! }]);
    expect((await textOf(drawn)).replace(/\n\n/g, ' ')).toBe(bodies(12).join(' '));
  });

  it('text that goes on to the edge of the page stays, though pages begin alike', async () => {
    const alike = Array.from({ length: 4 }, (_, page) =>
      column(60, [`Article ${page} of this law says`, ...linesOf(page)]),
    );
    expect((await textOf(alike)).match(/Article/g)).toHaveLength(4);
  });

  it('the same words at other places, and what one page has, stay', async () => {
    const once = await textOf(pages(1, () => [{ x: 60, y: 800, text: 'A Book of Dogs' }]));
    expect(once).toContain('A Book of Dogs');
    const moving = await textOf(pages(3, (page) => [{ x: 60, y: 800 - page * 20, text: 'A Book of Dogs' }]));
    expect(moving.match(/A Book of Dogs/g)).toHaveLength(3);
  });
});

describe('paragraphs', () => {
  it('go on over columns and pages', async () => {
    expect(await textOf([column(60, left), column(60, right)])).toBe(both);
  });

  it('end at gaps, at indents after a full stop, and at short last lines of justified text', async () => {
    const gap = await textOf([[...column(60, left), ...column(60, right, 700 - 5 * 12 - 6)]]);
    expect(gap).toBe(`${left.join(' ')}\n\n${right.join(' ')}`);
    const first = [...left.slice(0, 4), 'to the house where they live.'];
    const indented = await textOf([
      [...column(60, first), { x: 72, y: 640, text: 'A place by the fire, they' }, ...column(60, right.slice(1), 628)],
    ]);
    expect(indented.split('\n\n')).toHaveLength(2);
    const short = await textOf([column(60, [...left, ...left.slice(0, 4), 'to the house where they.', ...right])]);
    expect(short.split('\n\n').map((text) => text.slice(0, 12))).toEqual(['the first co', 'a place by t']);
  });

  it('short lines that end no sentence stay lines: verse, addresses', async () => {
    const verse = ['Tyger, burning', 'In the forests', 'What hand or', 'Could frame'];
    expect(await textOf([column(60, [...left, ''].concat(verse))])).toBe(`${left.join(' ')}\n\n${verse.join('\n')}`);
  });

  it('a listing keeps its lines and indents; a name in the midst of a line does not make one', async () => {
    const prose = (y: number, texts: readonly string[]): Put[] =>
      texts.map((text, i) => ({ x: 60, y: y - i * 12, text, font: 'F2' }));
    const listing = column(60, ['if dogs:', '    walk()', 'sleep()'], 660).map((put) => ({
      ...put,
      x: put.x + 6 * (put.text.length - put.text.trimStart().length),
      text: put.text.trim(),
    }));
    const text = await textOf([
      [
        ...prose(700, ['This is how dogs are walked by a program:']),
        ...listing,
        ...prose(600, ['And then they sleep, as it has been said before, until', 'the next day comes.', 'It is so.']),
      ],
    ]);
    expect(text).toContain('if dogs:\n    walk()\nsleep()\n\nAnd then they sleep');
  });
});

describe('joining lines', () => {
  const all = (lines: readonly string[]) => lines.slice(1).reduce(joiner(lines), lines[0]!);

  it('undoes hyphens, but not those of the word', () => {
    expect(all(['one does not under-', 'stand it'])).toBe('one does not understand it');
    expect(all(['a well-', 'known dog'])).toBe('a well-known dog');
    expect(all(['user-friendly dogs are user-', 'friendly'])).toBe('user-friendly dogs are user-friendly');
    expect(all(['soft\u00ad', 'ware'])).toBe('software');
    expect(all(['a hy\u2010', 'phen in a well-', 'meant word'])).toBe('a hyphen in a well-meant word');
    expect(all(['in Franco-', 'German talks of 1990-', '1995'])).toBe('in Franco-German talks of 1990-1995');
    const rare = Array.from({ length: 60 }, () => 'a line of other words');
    expect(all([...rare, 'the ip-', 'down script'])).toMatch(/the ip-down script$/);
    expect(all(['dogs\u2014', 'and cats'])).toBe('dogs\u2014and cats');
    expect(all(['what it can-', 'not do, x-ray of a cannot, non-', 'sense of nonsense'])).toBe(
      'what it cannot do, x-ray of a cannot, nonsense of nonsense',
    );
  });

  it('puts no space between Chinese lines, and beside Latin words what the document does', () => {
    expect(all(['春眠不觉晓，', '处处闻', '啼鸟。', '夜来'])).toBe('春眠不觉晓，处处闻啼鸟。夜来');
    expect(all(['使用 Debian 系统的', 'Linux', '用户'])).toBe('使用 Debian 系统的 Linux 用户');
    expect(all(['使用Debian系统的', 'Linux', '用户'])).toBe('使用Debian系统的Linux用户');
    expect(all(['他说：', 'OK'])).toBe('他说：OK');
    expect(all(['한국어로 쓴', '글이다'])).toBe('한국어로 쓴 글이다');
  });
});

describe('hostile pages', () => {
  // Quadratic work would not end within the test's time.
  it('cost no more than their length: words anywhere, one endless paragraph', async () => {
    const rng = new Rng(3);
    const anywhere = Array.from({ length: 1500 }, () => ({
      x: rng.uniform() * 500,
      y: rng.uniform() * 800,
      text: 'dog-',
    }));
    const endless = Array.from({ length: 60 }, () =>
      column(
        60,
        Array.from({ length: 50 }, () => left[1]!),
      ),
    );
    expect((await textOf([anywhere])).length).toBeGreaterThan(4000);
    expect(await textOf(endless)).toHaveLength(60 * 50 * 30 - 1);
  });
});

describe('letters', () => {
  it('radicals that stand for characters, ligatures, and forms of vertical writing', async () => {
    const cmap =
      'begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange endcmap';
    const font = `<< /Type /Font /Subtype /Type0 /BaseFont /Han /Encoding /Identity-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Han /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 >>] /ToUnicode 1 0 R >>`;
    expect(cmap).toContain('beginbfrange');
    const hex = [...'⼀⽂ﬁrst'].map((one) => one.codePointAt(0)!.toString(16).padStart(4, '0')).join('');
    const { pdfFile, stream } = await import('./testing/pdf-file.ts');
    const pdf = pdfFile(
      [
        stream(cmap),
        '<< /Type /Catalog /Pages 3 0 R >>',
        '<< /Type /Pages /Count 1 /Kids [4 0 R] >>',
        `<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 ${font} >> >> >>`,
        stream(`BT /F1 12 Tf 60 700 Td <${hex}> Tj ET`),
      ],
      '/Root 2 0 R',
    );
    const result = await readPdf(pdf);
    expect('fault' in result ? result.fault : result.text).toBe('一文first');
  });
});
