/** Nmt: SentencePiece's cleaning: control characters go, odd blanks and line ends become spaces. */
import { defineNormalizer } from '../hf/component.ts';
import { characterNormalizer } from './characters.ts';

// normalizers/unicode.rs, do_nmt. U+0085 is in neither list there, U+008F and U+009F are.
const removed = '\\x01-\\x08\\x0b\\x0e-\\x1f\\x7f\\x8f\\x9f';
const blanks = '\\t\\n\\f\\r\\u1680\\u200b-\\u200f\\u2028\\u2029\\u2581\\ufeff\\ufffd';
const removedOnce = new RegExp(`[${removed}]`);
const removedAll = new RegExp(`[${removed}]+`, 'g');
const blankOnce = new RegExp(`[${blanks}]`);
const blankAll = new RegExp(`[${blanks}]`, 'g');

export const nmt = defineNormalizer({
  name: 'nmt',
  type: 'Nmt',
  read: () =>
    characterNormalizer(
      (text) => text.replace(removedAll, '').replace(blankAll, ' '),
      (codePoint) => {
        const character = String.fromCodePoint(codePoint);
        return removedOnce.test(character) ? '' : blankOnce.test(character) ? ' ' : undefined;
      },
      { type: 'Nmt' },
    ),
});
