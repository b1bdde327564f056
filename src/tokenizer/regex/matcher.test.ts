import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AthanorError } from '../../core/index.ts';
import { wellFormed } from '../byte-level.ts';
import { gpt2Regex, gpt4Regex } from '../pre-tokenizers/patterns.ts';
import { codeAt, hashBytes } from './dfa.ts';
import { compileRegex } from './matcher.ts';
import { parseRegex } from './parse.ts';
import { toJavaScript } from './to-js.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The matches by JavaScript's own engine. */
function reference(source: string, text: string): string[] {
  return [...text.matchAll(toJavaScript(parseRegex(source, 'p')))]
    .map((found) => found[0])
    .filter((found) => found !== '');
}

function byText(source: string, text: string): string[] {
  const spans = compileRegex(source, 'p').matches(text);
  return Array.from({ length: spans.length / 2 }, (_, i) => text.slice(spans[2 * i], spans[2 * i + 1]));
}

function byBytes(source: string, text: string): string[] {
  const dfa = compileRegex(source, 'p').dfa!;
  const bytes = encoder.encode(text);
  const found: string[] = [];
  dfa.begin();
  for (let at = 0; at < bytes.length; ) {
    const end = dfa.matchBytes(bytes, 0, at, bytes.length);
    if (end > at) {
      expect(dfa.hash).toBe(hashBytes(bytes, at, end));
      found.push(decoder.decode(bytes.subarray(at, end)));
      at = end;
    } else at = dfa.skipBytes(bytes, at + encoder.encode(String.fromCodePoint(codeAt(bytes, at))).length, bytes.length);
  }
  return found;
}

const patterns = {
  gpt2: gpt2Regex,
  gpt4: gpt4Regex,
  o200k:
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  'word borders': '\\b\\w+\\b|\\B[^\\s]',
  'look-behind': '(?<=a)b|(?<![ab])c|^x|y$|a*?b',
  possessive: '[ab]?+b++|\\s++(?!x)|x*+y',
  counted: 'a{2,3}|b{2}|c{1,}?|(?:ab){1,2}',
  nested: '(?:a|b(?:c|d)*)+e?|[^a-e&&[^x]]',
};

/** The same cuts in JavaScript's own words. */
const native: Readonly<Record<string, RegExp>> = {
  gpt2: /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu,
  gpt4: /'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu,
};

const parts = [
  "'s",
  "'LL",
  "'ſ",
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\t',
  'a',
  'b',
  'c',
  'de',
  'x',
  'y',
  'Bc',
  '12',
  '4567',
  '٣',
];
const more = [
  '中文',
  '你好',
  '，',
  '!',
  '...',
  'é',
  'e\u0301',
  '😀',
  '\u3000',
  'Ω',
  'ǅ',
  '\u0000',
  '𠮷',
  '\ufffd',
  'ß',
];
const text = fc.array(fc.constantFrom(...parts, ...more), { maxLength: 16 }).map((list) => list.join(''));

describe('compileRegex', () => {
  it.each(Object.entries(patterns))('%s: an automaton with the matches of the JavaScript engine', (_, source) => {
    fc.assert(
      fc.property(text, (sample) => {
        const expected = reference(source, sample);
        expect(byText(source, sample)).toEqual(expected);
        expect(byBytes(source, sample)).toEqual(expected);
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  it.each(Object.entries(native))('%s: the matches of an expression written by hand', (name, regex) => {
    fc.assert(
      fc.property(text, (sample) => {
        expect(byText(patterns[name as 'gpt2'], sample)).toEqual(sample.match(regex) ?? []);
      }),
      { numRuns: 500, seed: 14 },
    );
  });

  it('agrees on any Unicode', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (sample) => {
        const whole = wellFormed(sample);
        expect(byBytes(gpt4Regex, whole)).toEqual(byText(gpt4Regex, whole));
      }),
      { numRuns: 500, seed: 12 },
    );
  });

  it('runs what needs wide look-around on the JavaScript engine', () => {
    const source = '\\d{1,3}(?=(?:\\d{3})*\\b)';
    expect(compileRegex(source, 'p').dfa).toBeUndefined();
    expect(byText(source, '1234567 89')).toEqual(['1', '234', '567', '89']);
  });

  it('follows Unicode 16 on every engine', () => {
    expect(byText('\\p{L}', '\u088f\ua7ce中\u{2b73a}')).toEqual(['中']); // the others are letters since Unicode 17
    expect(byText('\\p{Cn}', '\u088fa')).toEqual(['\u088f']);
    expect(byText('\\p{Ll}', '\u0295')).toEqual(['\u0295']);
  });

  it.each<[string, string, string[]]>([
    ['\\s+', 'a\u0085\u00a0\u3000b\ufeff', ['\u0085\u00a0\u3000']],
    ['[^\\s]+', 'a b\u0085c', ['a', 'b', 'c']],
    ['\\d+', '12 ٣٤ ½', ['12', '٣٤']],
    ['\\w+', 'naïve_x-中²Ⓐ', ['naïve_x', '中²Ⓐ']],
    ["(?i:'s|'t)", "'s 'S 'ſ 't 'T", ["'s", "'S", "'ſ", "'t", "'T"]],
    ['(?i)ab', 'ab AB aB', ['ab', 'AB', 'aB']],
    ['(?i:a)b', 'Ab AB', ['Ab']],
    ['(?i:[a-c])', 'B', ['B']],
    ['\\p{Han}+', 'a中文b', ['中文']],
    ['\\p{^L}+', 'ab12cd', ['12']],
    ['a++a', 'aaa', []],
    ['(?:ab)*+c', 'ababc', ['ababc']],
    ['(?:ab)*+ab', 'abab', []],
    ['a{,2}', 'aaa', ['aa', 'a']],
    ['^b$', 'a\nb\nc', ['b']],
    ['.+', 'a\u2028b\nc', ['a\u2028b', 'c']],
    ['\\bfoo\\b', 'foo füfoo foo_', ['foo']],
    ['[]a]+', ']a', [']a']],
    ['[a\\-z]+', 'a-zb', ['a-z']],
    ['[\\s-]+', ' -a', [' -']],
    ['[a-c&&[^b]]+', 'abca', ['a', 'ca']],
    ['[a[0-9]]+', 'a1b2', ['a1', '2']],
    ['[[:alpha:]]+', 'a1é', ['a', 'é']],
    ['\\x{1F600}|\\x41|\\u4e2d', '😀A中', ['😀', 'A', '中']],
    ['\\#\\/\\-', '#/-', ['#/-']],
    ['[\u{20000}-\u{3FFFD}]', 'a𠮷b', ['𠮷']],
  ])('reads %s: %j', (source, sample, expected) => {
    expect(byText(source, sample)).toEqual(expected);
  });

  it('knows the dialects', () => {
    const ends = (dialect: 'oniguruma' | 'fancy-regex') => compileRegex('a$', 'p', dialect).matches('a\na');
    expect(ends('oniguruma')).toEqual([0, 1, 2, 3]);
    expect(ends('fancy-regex')).toEqual([2, 3]);
    expect(compileRegex('a{1,2}+', 'p', 'fancy-regex').matches('aaa')).toEqual([0, 2, 2, 3]);
    expect(compileRegex('a{1,2}+', 'p').matches('aaa')).toEqual([0, 3]);
  });

  it.each([
    ['[a]*b|a', 'a'],
    ['(?:a|aa|aaa)*b|a', 'a'],
    [gpt4Regex, ' '],
    [gpt4Regex, '\u0301'],
    ['(?:a*)*b|a', 'a'],
  ])('is linear on repeated text: pattern %#', (source, unit) => {
    const sample = unit.repeat(20_000);
    expect(byText(source, sample).join('')).toBe(sample);
    expect(byBytes(source, sample).join('')).toBe(sample);
  });

  it.each([
    ['(', "missing ')'"],
    ['a)', "unmatched ')'"],
    ['[a', "missing ']'"],
    ['*a', 'nothing to repeat'],
    ['[z-a]', 'ends before it begins'],
    ['a{3,2}', 'ends before it begins'],
    ['\\x{110000}', 'above U+10FFFF'],
    ['a\\', "'\\' at the end"],
    ['x'.repeat(20_001), 'too large'],
    ['(?:(?:a{1,99}){1,99}){1,99}', 'too large'],
  ])('refuses pattern %#', (source, message) => {
    expect(() => compileRegex(source, 'pre_tokenizer.pattern.Regex')).toThrowError(
      expect.objectContaining({ code: 'bad-file', place: 'pre_tokenizer.pattern.Regex' }),
    );
    expect(() => compileRegex(source, 'p')).toThrow(message);
  });

  it.each([
    ['(?>a)', 'an atomic group'],
    ['\\1', '\\1'],
    ['\\G', '\\G'],
    ['(?x: a )', 'the group'],
    ['\\p{Klingon}', '\\p{Klingon}'],
    ['(a*)*(?=bb)', 'backtrack'],
    ['(?:x+x+)+(?=yy)', 'backtrack'],
    ['('.repeat(300) + ')'.repeat(300), 'nested'],
  ])('does not support pattern %#', (source, message) => {
    expect(() => compileRegex(source, 'p')).toThrowError(expect.objectContaining({ code: 'unsupported' }));
    expect(() => compileRegex(source, 'p')).toThrow(message);
  });

  it('throws nothing but AthanorError, whatever the expression', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '*',
      '+',
      '?',
      '|',
      '\\',
      '^',
      '$',
      '.',
      'a',
      '-',
      '1',
      ',',
      '&&',
      '(?',
      ':',
      '=',
      '!',
      '<',
      'p{L}',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (list) => {
        try {
          compileRegex(list.join(''), 'p').matches('a-b (c) é');
        } catch (error) {
          expect(error).toBeInstanceOf(AthanorError);
          expect((error as AthanorError).code).not.toBe('internal');
        }
      }),
      { numRuns: 3000, seed: 13 },
    );
  });
});
