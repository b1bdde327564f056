import { describe, expect, it } from 'vitest';
import { gpt4Regex } from './patterns.ts';
import { translateRegex } from './regex-syntax.ts';

const matches = (source: string, text: string) => text.match(translateRegex(source, 'here')) ?? [];

describe('translateRegex', () => {
  it.each<[string, string, string[]]>([
    ['\\s+', 'a\u0085\u00a0\u3000b\ufeff', ['\u0085\u00a0\u3000']],
    ['[^\\s]+', 'a b\u0085c', ['a', 'b', 'c']],
    ['\\d+', '12 ٣٤ ½', ['12', '٣٤']],
    ['\\w+', 'naïve_x-中', ['naïve_x', '中']],
    ["(?i:'s|'t)", "'s 'S 'ſ 't 'T", ["'s", "'S", "'ſ", "'t", "'T"]],
    ['(?i)ab', 'ab AB aB', ['ab', 'AB', 'aB']],
    ['(?i:a)b', 'Ab AB', ['Ab']],
    ['(?i:[a-c])', 'B', ['B']],
    ['\\p{Han}+', 'a中文b', ['中文']],
    ['\\p{^L}+', 'ab12cd', ['12']],
    ['a++a', 'aaa', []],
    ['a?+b', 'ab b', ['ab', 'b']],
    ['(?:ab)*+c', 'ababc', ['ababc']],
    ['a{,2}', 'aaa', ['aa', 'a', '']],
    ['^b$', 'a\nb\nc', ['b']],
    ['.+', 'a\u2028b\nc', ['a\u2028b', 'c']],
    ['\\bfoo\\b', 'foo füfoo foo_', ['foo']],
    ['[]a]+', ']a', [']a']],
    ['[a\\-z]+', 'a-zb', ['a-z']],
    ['[\\s-]+', ' -a', [' -']],
    ['\\x{1F600}|\\x41|\\u4e2d', '😀A中', ['😀', 'A', '中']],
    ['\\#\\/\\-', '#/-', ['#/-']],
    ['[\u{20000}-\u{3FFFD}]', 'a𠮷b', ['𠮷']],
  ])('%s on %j', (source, text, expected) => expect([...matches(source, text)]).toEqual(expected));

  it('cuts as GPT-4 does', () => {
    expect([...matches(gpt4Regex, "I'LL  go 12345!!\r\n\n 中文")]).toEqual([
      'I',
      "'LL",
      ' ',
      ' go',
      ' ',
      '123',
      '45',
      '!!\r\n\n',
      ' 中文',
    ]);
  });

  it.each([
    ['(?>a)', 'unsupported', /an atomic group/],
    ['[a[b]]', 'unsupported', /a class inside a class/],
    ['[a&&b]', 'unsupported', /intersection/],
    ['\\G', 'unsupported', /\\G/],
    ['\\p{Nonsense}', 'unsupported', /Nonsense/],
    ['(?x: a )', 'unsupported', /the group/],
    ['(', 'bad-file', /missing '\)'/],
    [')', 'bad-file', /unmatched '\)'/],
    ['[a', 'bad-file', /missing ']'/],
    ['*a', 'bad-file', /nothing to repeat/],
    ['[b-a]', 'bad-file', /not a valid regular expression/],
  ])('refuses %s', (source, code, message) => {
    expect(() => translateRegex(source, 'here')).toThrow(
      expect.objectContaining({ code, place: 'here', message: expect.stringMatching(message) }),
    );
  });
});
