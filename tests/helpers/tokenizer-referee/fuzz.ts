/**
 * Seeded strings that look for differences: every plane and general category, unassigned and newest code points, lone
 * surrogates, NUL, combining marks, long words, white space of every kind, contractions in all cases, digits of many
 * scripts, special tokens inside text, and real lines with random edits. Knows no tokenizer.
 */
import { Rng } from '../../../src/core/index.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Put whole and mutilated into texts: the vocabulary's special tokens, and texts of rare tokens. */
  readonly tokens?: readonly string[];
  /** Real lines, to be edited. */
  readonly lines?: readonly string[];
}

/** Assigned in Unicode 15.1 to 17, where engines and referees of different age disagree; noncharacters; limits. */
const borderline = [
  ...[0x088f, 0x0c5c, 0x0cdc, 0x1ac8, 0x1acf, 0x1add, 0x1ae0, 0x1c89, 0x1c8a, 0x20c0, 0x20c1, 0x2b96, 0x2fff, 0x31e4],
  ...[0x0295, 0xa7cb, 0xa7cd, 0xa7ce, 0xa7cf, 0xa7d2, 0xa7d4, 0xa7da, 0xa7dc, 0xa7f1, 0x105c9, 0x105e4, 0x10940],
  ...[0x10d40, 0x10d49, 0x10d4a, 0x10d6f, 0x10ec2, 0x10ec5, 0x11382, 0x113c9, 0x11383, 0x11bc0, 0x11bf0, 0x11db0],
  ...[0x11de0, 0x13460, 0x16100, 0x1612f, 0x16130, 0x16d40, 0x16ea0, 0x16ebb, 0x16ff2, 0x16ff6, 0x187f8, 0x18cff],
  ...[0x1cc00, 0x1ccf0, 0x1ccfa, 0x1ceba, 0x1d173, 0x1e5d0, 0x1e6c0, 0x1e6e3, 0x1f1e6, 0x1f6d8, 0x1fae9, 0x1faea],
  ...[0x2a6de, 0x2b739, 0x2b73a, 0x2cea1, 0x2cea2, 0x2ebf0, 0x2ee5d, 0x31350, 0x323af, 0x323b0, 0x33479, 0x3347a],
  ...[0x85, 0xa0, 0xad, 0x180e, 0x200b, 0x200c, 0x200d, 0x2028, 0x2029, 0x2060, 0xfeff, 0xfffc, 0xfffd, 0xfffe, 0xffff],
  ...[
    0xe000, 0xf8ff, 0xfdd0, 0x1fffe, 0x1ffff, 0xe0001, 0xe0020, 0xe0100, 0xf0000, 0x10fffd, 0x10ffff, 0, 1, 0x7f, 0x80,
  ],
  ...[0x17f, 0x212a, 0x212b, 0x130, 0x131, 0xdf, 0x1e9e, 0x1c5, 0x1f88, 0x345, 0x3a3, 0x3c2, 0xfb03, 0xfb06, 0x149],
  ...[0x2581, 0x120, 0x10a, 0x100, 0x143, 0x32ff, 0x3300, 0x1f16c, 0xac00, 0x1100, 0x1161, 0x11a8, 0x0f73, 0x2adc],
];

const spaces = [
  ...[' ', '  ', '   ', '\t', '\n', '\n\n', '\r\n', '\r', '\v', '\f', '\u0085', '\u00a0', '\u1680', '\u2000', '\u2003'],
  ...['\u2009', '\u200a', '\u2028', '\u2029', '\u202f', '\u205f', '\u3000', '\ufeff', '\u200b', '\u001c', '\u001f'],
];

const contractions = [
  "'s",
  "'t",
  "'re",
  "'ve",
  "'m",
  "'ll",
  "'d",
  "'S",
  "'T",
  "'RE",
  "'Ve",
  "'vE",
  "'M",
  "'LL",
  "'lL",
  "'D",
];
const apostrophes = ["'ſ", "'K", "'ﬁ", '’s', "''s", "'", "'r", "'l", "'v", "'ſſ", "'ß", "'st", "'dll", "'é"];
const digits = [
  '0',
  '12',
  '007',
  '2024',
  '3.14',
  '1,000',
  '٣',
  '٤٥',
  '०१',
  '๑๒',
  '৩',
  '７８',
  '𝟙𝟚',
  '²',
  '½',
  'Ⅳ',
  '〇',
  '①',
  '௧',
];
const words = [
  ...[
    'the',
    'The',
    'THE',
    'hElLo',
    'naïve',
    'Über',
    'ǅ',
    'Ǆabc',
    'ŒUVRE',
    'straße',
    'ΣΊΣΥΦΟΣ',
    'İstanbul',
    'ﬃ',
    'camelCase',
  ],
  ...[
    'snake_case',
    '__init__',
    'http://a.b/c?d=e',
    'foo@bar.com',
    '你好',
    '世界',
    '龍',
    '𠮷',
    'こんにちは',
    'カタカナ',
    'ｶﾞ',
    '々',
  ],
  ...[
    '한국어',
    'ᄒ\u1161\u11ab',
    'Привет',
    'мир',
    'مرحبا',
    'عليكم',
    'שלום',
    'नमस्ते',
    'क्ष',
    'ไทย',
    'ខ្មែរ',
    'မြန်',
    'አማርኛ',
    'ქართული',
  ],
  ...['e\u0301', 'a\u0300\u0323', '\u0301', 'x\u0336', '😀', '👩‍👩‍👧‍👦', '👍🏽', '🇨🇳', '🇨', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '❤️', '🫩'],
];
const signs = [
  ...[
    '.',
    ',',
    '!',
    '?',
    '...',
    '--',
    '——',
    '、',
    '。',
    '「',
    '」',
    '/',
    '//',
    '/*',
    '*/',
    '=>',
    '!=',
    '===',
    '{',
    '}',
    '();',
    '[[',
    '#',
  ],
  ...[
    '\\n',
    '&amp;',
    '<',
    '>',
    '<|',
    '|>',
    '▁',
    'Ġ',
    '##',
    '</w>',
    '<0x0A>',
    '<0xFF>',
    '�',
    '$',
    '€',
    '^^',
    '~',
    '`',
    '%',
    '+',
    '|',
  ],
];

/** Where combining marks of many classes are, some of them newer than others. */
const markBlocks: readonly (readonly [first: number, last: number])[] = [
  ...([
    [0x300, 0x36f],
    [0x483, 0x489],
    [0x591, 0x5c7],
    [0x64b, 0x65f],
    [0x6d6, 0x6ed],
    [0x730, 0x74a],
    [0x8ca, 0x902],
  ] as const),
  ...([
    [0x93c, 0x94d],
    [0xe38, 0xe4e],
    [0xf71, 0xf84],
    [0x1ab0, 0x1aeb],
    [0x1dc0, 0x1dff],
    [0x20d0, 0x20f0],
  ] as const),
  ...([
    [0x302a, 0x3030],
    [0x3099, 0x309a],
    [0xfe20, 0xfe2f],
    [0x10a0c, 0x10a3f],
    [0x1d165, 0x1d172],
    [0x1e8d0, 0x1e8d6],
  ] as const),
];

export function fuzz({ seed, count, tokens = [], lines = [] }: FuzzOptions): string[] {
  const rng = new Rng(seed);
  const pick = <Item>(list: readonly Item[]): Item => list[rng.int(list.length)]!;
  const times = (limit: number, make: () => string) => Array.from({ length: 1 + rng.int(limit) }, make).join('');

  /** Any code point, each plane and the low blocks often enough; now and then half a surrogate pair. */
  function character(): string {
    switch (rng.int(10)) {
      case 0:
        return String.fromCodePoint(rng.int(0x100));
      case 1:
        return String.fromCodePoint(rng.int(0x800));
      case 2:
        return String.fromCodePoint(rng.int(0x3000));
      case 3:
        return String.fromCodePoint(0x10000 + rng.int(0x10000));
      case 4:
        return String.fromCodePoint(0x20000 + rng.int(0x14000));
      case 5:
        return String.fromCodePoint(0xe0000 + rng.int(0x1f0));
      case 6:
        return String.fromCharCode(0xd800 + rng.int(0x800));
      case 7:
        return String.fromCodePoint(pick(borderline));
      case 8:
        return String.fromCodePoint(rng.int(0x110000));
      default:
        return String.fromCharCode(rng.int(0x10000));
    }
  }

  function mutilated(token: string): string {
    const at = rng.int(token.length + 1);
    switch (rng.int(4)) {
      case 0:
        return token.slice(0, at);
      case 1:
        return token.slice(at);
      case 2:
        return token.slice(0, at) + pick(spaces) + token.slice(at);
      default:
        return token.toUpperCase();
    }
  }

  function edited(line: string): string {
    const at = rng.int(line.length + 1);
    const end = Math.min(line.length, at + rng.int(6));
    switch (rng.int(5)) {
      case 0:
        return line.slice(0, at) + part() + line.slice(at);
      case 1:
        return line.slice(0, at) + line.slice(end);
      case 2:
        return line.toUpperCase();
      case 3:
        return line.normalize(pick(['NFD', 'NFKC', 'NFKD']));
      default:
        return line.slice(0, at) + [...line.slice(at, end)].reverse().join('') + line.slice(end);
    }
  }

  function part(): string {
    switch (rng.int(14)) {
      case 0:
        return times(6, character);
      case 1:
        return times(4, () => String.fromCodePoint(pick(borderline)));
      case 2:
      case 3:
        return times(5, () => pick(spaces));
      case 4:
        return (
          pick(words) + pick(rng.int(3) === 0 ? apostrophes : contractions) + (rng.int(3) === 0 ? pick(words) : '')
        );
      case 5:
        return times(4, () => pick(digits));
      case 6:
        return times(3, () => pick(signs));
      case 7:
        return pick(words) + times(5, () => String.fromCodePoint(0x300 + rng.int(0x70)));
      case 8:
        return tokens.length > 0 ? pick(tokens) : pick(words);
      case 9:
        return tokens.length > 0 ? mutilated(pick(tokens)) : pick(signs);
      case 10:
        return pick([' ', '']) + pick(words);
      case 11:
        return pick([...words, ...signs, ...digits, ...spaces]).repeat(1 + rng.int(rng.int(8) === 0 ? 60 : 6));
      case 12:
        return times(12, () => String.fromCharCode(97 + rng.int(26))) + pick(spaces);
      default:
        return pick(words) + pick(spaces);
    }
  }

  /** Hundreds of marks on one letter: they are put in order by class, which takes care not to be quadratic. */
  function markedLetter(): string {
    const blocks = [pick(markBlocks), pick(markBlocks), pick(markBlocks)];
    const marks = Array.from({ length: 100 + rng.int(400) }, () => {
      const [first, last] = pick(blocks);
      return String.fromCodePoint(first + rng.int(last - first + 1));
    });
    return pick(words) + marks.join('') + part();
  }

  /** Rarely: one very long word. */
  function long(): string {
    if (rng.int(3) === 0) return markedLetter();
    const units = [pick(words), pick(signs), pick(digits), character(), pick(spaces)].slice(0, 1 + rng.int(5));
    return times(300 + rng.int(700), () => pick(units));
  }

  return Array.from({ length: count }, (_, i) => {
    if (i % 500 === 499) return long();
    if (lines.length > 0 && rng.int(4) === 0) return edited(pick(lines));
    return times(9, part);
  });
}
