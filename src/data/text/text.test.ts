import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as characters from './characters.ts';
import { isBlank, splitLines, splitParagraphs } from './lines.ts';
import { countSentences, splitSentences } from './sentences.ts';
import { removeTags } from './tags.ts';
import { countWords, splitWords } from './words.ts';

const anyText = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('\ud800', '\udc00', '。', '. ', '\r\n', '\u2028', 'don’t', '床前', '𠮷', 'é', '\u200d', ' Mr. '),
  ),
  { maxLength: 30 },
);

describe('words', () => {
  it('are runs of letters and digits, and single ideographs', () => {
    expect(splitWords('Don’t pay 3.50 € – now!')).toEqual(['Don', 't', 'pay', '3', '50', 'now']);
    expect(splitWords('在Node 20里，静夜思𠮷。')).toEqual(['在', 'Node', '20', '里', '静', '夜', '思', '𠮷']);
    expect(splitWords('カタカナー and ひらがな, 한국어 नमस्ते')).toEqual([
      ...'カタカナー',
      'and',
      ...'ひらがな',
      '한국어',
      'नमस्ते',
    ]);
    expect(splitWords('co\u00adop می\u200cخواهم')).toEqual(['co\u00adop', 'می\u200cخواهم']);
    expect(splitWords('')).toEqual([]);
  });

  it('lose no letter or digit of any text', () => {
    fc.assert(
      fc.property(anyText, (parts) => {
        const text = parts.join('');
        const words = splitWords(text);
        expect(words.length).toBe(countWords(text));
        const kept = (from: string) => from.replace(/[^\p{L}\p{M}\p{N}]/gu, '');
        expect(kept(words.join(''))).toBe(kept(text));
        for (const word of words) expect(word).toMatch(/^[\p{L}\p{M}\p{N}\p{Cf}]+$/u);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('lines', () => {
  it('end where Python ends them', () => {
    expect(splitLines('a\r\nb\rc\n\nd\u2028e\u0085f\vg\x1ch\n')).toEqual(['a', 'b', 'c', '', 'd', 'e', 'f', 'g', 'h']);
    expect(splitLines('\n')).toEqual(['']);
    expect(splitLines('')).toEqual([]);
  });

  it('make paragraphs between blank ones', () => {
    expect(splitParagraphs('\n 甲\n乙\n \t\n\n丙 \n')).toEqual(['甲\n乙', '丙']);
    expect([isBlank(' \u3000\n'), isBlank(''), isBlank(' x'), isBlank(' x', 0, 1)]).toEqual([true, true, false, true]);
  });
});

describe('sentences', () => {
  it('of English', () => {
    const given =
      'Dr. Smith paid $3.50 to J. R. Tolkien, i.e. a lot. "Why?" he asked. See No. 5 and fig. 2! The U.S. Army left... Then what? no one knew.';
    expect(splitSentences(given)).toEqual([
      'Dr. Smith paid $3.50 to J. R. Tolkien, i.e. a lot.',
      '"Why?" he asked.',
      'See No. 5 and fig. 2!',
      'The U.S. Army left...',
      'Then what? no one knew.',
    ]);
    expect(splitSentences('It is only I. She said no. Then rain.')).toEqual([
      'It is only I.',
      'She said no.',
      'Then rain.',
    ]);
  });

  it('of Chinese', () => {
    expect(splitSentences('他说：“走吧！”我们就走了。真的?是的!!\n　第二行没有句号')).toEqual([
      '他说：“走吧！”',
      '我们就走了。',
      '真的?',
      '是的!!',
      '第二行没有句号',
    ]);
  });

  it('keep every visible character, in order', () => {
    fc.assert(
      fc.property(anyText, (parts) => {
        const text = parts.join('');
        const bare = (from: string) => [...from].filter((c) => !isBlank(c)).join('');
        expect(bare(splitSentences(text).join(''))).toBe(bare(text));
        expect(splitSentences(text).length).toBe(countSentences(text));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('tags', () => {
  it('of scripts end at the next end tag, however it is written', () => {
    expect(removeTags('a<script>x</SCRIPT>kept 保留<STYLE>y</Style>b<script>z</script>c')).toBe('a\nkept 保留\nb\nc');
    expect(removeTags('a<!-- x -->b<!-- y -->c<script>d')).toBe('abcd');
  });

  it('are found in linear time', () => {
    for (const one of ['<script>', '<!--', '<style></SCRIPT>', '</script><script>', '<b'])
      expect(removeTags(one.repeat(100_000)).length).toBeLessThanOrEqual(one.length * 100_000);
  });
});

describe('hostile texts', () => {
  it.each(['a', ' ', '.', '. ', '\n', '(', '"', '1', '\u0301', '。', 'A. ', '\ud800', 'e.'])(
    '%j a million times takes linear time',
    (part) => {
      const text = part.repeat(1e6 / part.length);
      const begin = performance.now();
      countWords(text);
      countSentences(text);
      splitLines(text);
      splitParagraphs(text);
      expect(performance.now() - begin).toBeLessThan(15_000);
    },
  );
});

describe('character classes', () => {
  it('agree with Unicode', () => {
    const classes = (text: string) => [...text].map((c) => characters.classOf(c.codePointAt(0)!));
    expect(classes(' \u3000\u0085a漢カ٣½\u0301，$\u0007\u200b\ue000\u{e0080}')).toEqual([
      ...[1, 1, 1].map(() => characters.space),
      characters.letter,
      characters.ideograph,
      characters.ideograph,
      characters.digit,
      characters.digit,
      characters.mark,
      characters.punctuation,
      characters.symbol,
      characters.control,
      characters.format,
      characters.privateUse,
      characters.unassigned,
    ]);
    expect(characters.classOf(0xd800)).toBe(characters.surrogate);
    expect([characters.codePointAt('a😀', 1), characters.codePointAt('\ud83dx', 0)]).toEqual([0x1f600, 0xd83d]);
  });
});
