import { describe, expect, it } from 'vitest';
import { graphemeEnd } from './graphemes.ts';

function clusters(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = graphemeEnd(text, at);
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}

describe('grapheme clusters', () => {
  // By the rules of UAX #29; each line is one text, given as its clusters.
  it.each([
    ['GB3', ['a', '\r\n', '\n', '\r', '\r\n']],
    ['GB4, GB5', ['\r', '\u0301', 'a', '\u200b', '\u0301', '\u0600', '\n']],
    ['GB6: leading', ['\u1100\u1100각', '\u1100\u1161\u11a8', '가']],
    ['GB7: vowels', ['가\u1161\u11a8\u11a8', '\u1161\u1161', 'x']],
    ['GB8: trailing', ['각\u11a8', '\u1161\u11a8', '가', '각']],
    ['GB9: extenders', ['a\u0301\u0323', 'b\u200d', '가\u0301', '\u1161', 'z\u{e0100}']],
    ['GB9a: spacing marks', ['\u0915\u0903', 'กำ', 'ก']],
    ['GB9b: prepended', ['\u0600a', '\u0600\u0600\u0301', 'b']],
    [
      'GB9c: conjuncts',
      ['\u0915\u094d\u0937', '\u0915\u094d\u200d\u0937\u094d\u0937', '\u0915', '\u0937\u0301', '\u0937'],
    ],
    ['GB11: emoji', ['👩‍👩‍👧', '👍🏽', '👩🏽‍🚀', '©', '©\u200d', 'a\u200d', '©']],
    ['GB12: flags', ['🇨🇳', '🇺🇸', '🇩', 'a', '🇫🇷', '🇮\u0301', '🇮🇹']],
  ])('%s', (_, expected) => expect(clusters(expected.join(''))).toEqual(expected));
});
