/** The rule-based filters on real documents in both languages, each rule on something that breaks it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Step } from '../../step.ts';
import { runEach } from '../../testing/run-each.ts';
import { c4Quality } from './c4-quality.ts';
import { chineseQuality } from './chinese-quality.ts';
import { finewebQuality } from './fineweb-quality.ts';
import { garbled } from './garbled.ts';
import { gopherQuality } from './gopher-quality.ts';
import { gopherRepetition } from './gopher-repetition.ts';
import { length } from './length.ts';
import { lineQuality } from './line-quality.ts';
import { urlFilter } from './url-filter.ts';

const file = new URL('../../../../tests/golden/data/filters/documents.jsonl.gz', import.meta.url);
const documents = gunzipSync(readFileSync(file))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; text: string });
const of = (prefix: string) => documents.filter(({ id }) => id.startsWith(prefix));
const english = of('ebook')[4]!.text;
const chinese = of('law')[3]!.text;

async function reasonsOf<Config extends z.ZodObject>(
  step: Step<Config>,
  config: z.input<Config>,
  texts: readonly string[],
): Promise<(string | undefined)[]> {
  const result = await runEach(step, config, texts);
  return texts.map((_, i) => result.dropped.get(`d${i}`)?.reason);
}

describe('gopher-repetition', () => {
  it('keeps prose and drops what repeats', async () => {
    const passage = english.slice(0, 500);
    expect(
      await reasonsOf(gopherRepetition, {}, [
        english,
        chinese,
        '',
        `${passage}\n\n`.repeat(3),
        'one line\n'.repeat(5) + english.slice(0, 300),
        'buy shoes '.repeat(40) + english.slice(0, 600),
        '公司'.repeat(60) + chinese.slice(0, 200),
        english.slice(0, 1000) + english.slice(300, 600),
      ]),
    ).toEqual([
      undefined,
      undefined,
      'empty',
      'duplicate-paragraphs',
      'duplicate-lines',
      'top-2-gram',
      'top-4-gram',
      'duplicate-5-grams',
    ]);
  });

  it('says what it measured, and does as told', async () => {
    const text = 'same\nsame\nother';
    const result = await runEach(gopherRepetition, {}, [text]);
    expect(result.dropped.get('d0')).toEqual({ reason: 'duplicate-lines', detail: '0.333 > 0.3' });
    const off = { duplicate_lines: null, duplicate_line_characters: null, top_ngrams: [], duplicate_ngrams: [] };
    expect(await reasonsOf(gopherRepetition, off, [text])).toEqual([undefined]);
  });
});

describe('gopher-quality', () => {
  it('keeps prose in both languages', async () => {
    const prose = [...of('ebook'), ...of('abstract-zh')].map(({ text }) => text);
    expect((await reasonsOf(gopherQuality, {}, prose)).filter(Boolean)).toEqual([]);
    // Where punctuation marks are words, abstracts full of numbers and formulas have few letters.
    const counted = await reasonsOf(gopherQuality, { count_punctuation: true }, prose);
    expect(counted.filter(Boolean)).toEqual(Array(3).fill('few-letters'));
  });

  it('knows languages by their mark or their script', async () => {
    const french = 'Les enfants jouent dans le jardin pendant que leurs parents discutent tranquillement. '.repeat(6);
    const given = [{ text: french }, { text: french, meta: { language: 'fr' } }];
    const result = await runEach(gopherQuality, {}, given);
    expect([...result.dropped].map(([id, { reason }]) => [id, reason])).toEqual([['d0', 'few-stop-words']]);
  });

  it('drops by every rule', async () => {
    expect(
      await reasonsOf(gopherQuality, {}, [
        'Too short.',
        `${english} # # # # `.repeat(1).replace(/ /g, ' # '),
        english.replace(/\n/g, '\n- ').replace(/^/, '- '),
        english.split('\n').join('...\n'),
        'a b c d e f g '.repeat(20),
        'incomprehensibilities '.repeat(60),
        '1234 5678 9012 the of '.repeat(30),
        english.replace(/\b(the|be|to|of|and|that|have|with)\b/g, 'foo'),
      ]),
    ).toEqual([
      'too-few-words',
      'too-many-hashes',
      'bullet-lines',
      'ellipsis-lines',
      'short-words',
      'long-words',
      'few-letters',
      'few-stop-words',
    ]);
  });
});

describe('c4-quality', () => {
  it('keeps sentences, in English and Chinese', async () => {
    const text = [
      'Home | About',
      'This is a sentence with words.[1] Another one follows it.',
      'Please enable JavaScript now.',
      'A third sentence is here. And a fourth! And a fifth?',
      '本法自公布之日起施行。',
      '目录',
      '国家保护公民的权利，公民应当遵守法律[2]。',
    ].join('\n');
    const result = await runEach(c4Quality, {}, [
      text,
      'Only one sentence here.',
      `${text}\nfunction f() { return 1. }`,
    ]);
    expect(result.texts[0]!.split('\n')).toEqual([
      'This is a sentence with words. Another one follows it.',
      'A third sentence is here. And a fourth! And a fifth?',
      '本法自公布之日起施行。',
      '国家保护公民的权利，公民应当遵守法律。',
    ]);
    expect([...result.dropped.values()].map(({ reason }) => reason)).toEqual(['too-few-sentences']);
    expect(result.counters).toMatchObject({ 'lines-javascript': 2 });
  });
});

describe('fineweb-quality', () => {
  it('keeps prose and drops lists', async () => {
    const menu = ['Home', 'News', 'Sport', 'About us', 'Contact', 'A longer entry that is not short at all here'].join(
      '\n',
    );
    expect(
      await reasonsOf(finewebQuality, {}, [
        english,
        chinese,
        menu,
        `${menu}\nEnd.`.repeat(1),
        'A long line of some forty characters here.\n'.repeat(9),
        '',
      ]),
    ).toEqual([undefined, undefined, 'unpunctuated-lines', 'short-lines', 'duplicate-line-characters', 'empty']);
  });
});

describe('chinese-quality', () => {
  it('keeps statutes and abstracts, lets other languages pass', async () => {
    const abstracts = of('abstract-zh').map(({ text }) => text);
    const loose = { min_characters: 60, max_mean_sentence: 300 };
    expect((await reasonsOf(chineseQuality, loose, [english, chinese, ...abstracts])).filter(Boolean)).toEqual([]);
  });

  it('drops by every rule', async () => {
    const body = chinese.replace(/\s+/g, '');
    expect(
      await reasonsOf(chineseQuality, {}, [
        '床前明月光，疑是地上霜。',
        `${body.slice(0, 80)}${'lorem ipsum dolor sit amet '.repeat(20)}`,
        [...body.slice(0, 400)].join('\n'),
        body.slice(0, 300) + '1234567890'.repeat(30),
        body.replace(/[\p{P}\p{S}]/gu, '').slice(0, 800),
        body.slice(0, 300) + '！'.repeat(300),
        '他说今天的天气很好。我们一起去公园里散步吧！孩子们都很高兴。'.repeat(12),
        `${body.replace(/[。；！？]/g, '，').slice(0, 900)}`,
      ]),
    ).toEqual([
      'too-short',
      'few-ideographs',
      'short-lines',
      'many-digits',
      'little-punctuation',
      'much-punctuation',
      'repeated-13-grams',
      'long-sentences',
    ]);
  });
});

describe('garbled', () => {
  it('keeps every real document in both languages', async () => {
    const texts = documents.map(({ text }) => text);
    const dropped = (await reasonsOf(garbled, {}, texts)).filter(Boolean);
    expect(dropped.length).toBeLessThanOrEqual(1);
  });

  it('drops what is no text', async () => {
    const decoder = new TextDecoder('gbk');
    const base64 = Buffer.from(chinese.slice(0, 300)).toString('base64');
    expect(
      await reasonsOf(garbled, {}, [
        chinese.replace(/的/g, '\ufffd'),
        chinese.replace(/的/g, '\ue123'),
        '=== *** --- /// ### >>> $$$ '.repeat(10),
        'Thе quiсk brоwn fох jumps оvеr thе lаzy dоg agаin and agаin'.repeat(3),
        'xkcdqw bnmtrw plkjhg zxcvbn qwrtpl mnbvcx sdfghj wrtplk hjklmn vbnmsd '.repeat(2),
        `${base64}\n${base64}`,
        decoder.decode(Buffer.from(chinese.slice(0, 500))),
        '啊'.repeat(150),
      ]),
    ).toEqual([
      'replacement-characters',
      'nontext-characters',
      'symbols',
      'mixed-scripts',
      'improbable-words',
      'encoded-data',
      expect.stringMatching(/replacement-characters|nontext-characters|rare-ideographs/),
      'low-entropy',
    ]);
  });
});

describe('line-quality', () => {
  it('drops bad lines, and documents of them', async () => {
    const text =
      'BUY NOW AND SAVE MONEY\nA good line of text.\n123 456 789\n*** === ***\n一行正常的中文文字。\ncall 小编 now';
    const result = await runEach(lineQuality, { words: ['小编'] }, [text]);
    expect(result.texts).toEqual(['A good line of text.\n一行正常的中文文字。']);
    expect(result.counters).toEqual({ 'lines-capitals': 1, 'lines-digits': 1, 'lines-symbols': 1, 'lines-word': 1 });
    expect(await reasonsOf(lineQuality, { max_dropped_characters: 0.05 }, [text, 'Fine.'])).toEqual([
      'bad-lines',
      undefined,
    ]);
    const strict = await runEach(lineQuality, { terminal_punctuation: true, min_characters: 8 }, [
      'no end\nshort.\nlong enough it is.\n结尾没有\n结尾都有。',
    ]);
    expect(strict.texts).toEqual(['long enough it is.\n结尾都有。']);
  });
});

describe('length', () => {
  it('counts in every unit', async () => {
    const text = '两 lines of text.\n\n第二行。';
    for (const [unit, count] of [
      ['characters', 22],
      ['words', 7],
      ['sentences', 2],
      ['lines', 2],
      ['bytes', 32],
    ] as const) {
      const result = await runEach(length, { unit, min: count, max: count }, [text]);
      expect(result.dropped.get('d0')?.detail ?? 'kept', unit).toBe('kept');
      expect(await reasonsOf(length, { unit, min: count + 1 }, [text])).toEqual(['too-short']);
      expect(await reasonsOf(length, { unit, max: count - 1 }, [text])).toEqual(['too-long']);
    }
    await expect(runEach(length, {}, [text])).rejects.toThrow('expected min or max');
    await expect(runEach(length, { unit: 'tokens', min: 1 }, [text])).rejects.toThrow('needs a tokenizer');
  });
});

describe('url-filter', () => {
  it('blocks domains, words and parts', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'urls-'));
    writeFileSync(join(dir, 'adult'), '# list\n0.0.0.0 bad.example\nworse.example # why\n');
    const urls = [
      'https://www.bad.example/a',
      'http://notbad.example/',
      'worse.example',
      'https://user@Spam.COM:80/x',
      'https://a.b/casino-night.html',
      'https://a.b/free-girls',
      'https://a.b/free',
      'https://a.b/xx-porn0',
      'https://exact.cn/1',
      'https://exact.cn/12',
    ];
    try {
      const config = {
        domain_files: ['adult'],
        domains: ['spam.com'],
        words: ['Casino'],
        soft_words: ['free', 'girls'],
        parts: ['xxporn'],
        urls: ['https://exact.cn/1'],
        missing: 'drop' as const,
      };
      const given = [...urls.map((url) => ({ meta: { url } })), { meta: {} }];
      const result = await runEach(urlFilter, config, given, { baseDir: dir });
      expect(given.map((_, i) => result.dropped.get(`d${i}`)?.reason)).toEqual([
        'blocked-domain',
        undefined,
        'blocked-domain',
        'blocked-domain',
        'blocked-word',
        'soft-words',
        undefined,
        'blocked-part',
        'blocked-url',
        undefined,
        'no-url',
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('hostile text', () => {
  it.each(['a', 'a ', ' ', '\n', '.', '。', '页', '#', '\u0301', '\ud800', '\0', 'аa', '1', 'ab\n'])(
    '%j is measured in linear time, and nothing throws',
    async (part) => {
      const text = part.repeat(200_000 / part.length);
      const begin = performance.now();
      for (const step of [
        gopherRepetition,
        gopherQuality,
        c4Quality,
        finewebQuality,
        chineseQuality,
        garbled,
        lineQuality,
      ])
        await runEach<z.ZodObject>(step, {}, [text]);
      expect(performance.now() - begin).toBeLessThan(5000);
    },
  );
});
