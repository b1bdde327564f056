import { describe, expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

const metaspace = (options: object = {}) => checkedCut({ type: 'Metaspace', replacement: '▁', ...options });

describe('Metaspace', () => {
  it('marks spaces and the beginning, a piece a word', () => {
    expect(metaspace()('Hey  you')).toEqual(['▁Hey', '▁', '▁you']);
    expect(metaspace()(' a')).toEqual(['▁a']);
    expect(metaspace()('▁a\tb')).toEqual(['▁a\tb']);
  });

  it.each([
    [{ prepend_scheme: 'never' }, ['a', '▁b']],
    [{ prepend_scheme: 'first', split: false }, ['▁a▁b']],
    [{ add_prefix_space: false }, ['a', '▁b']],
    [{ add_prefix_space: true }, ['▁a', '▁b']],
    [{ replacement: '_', prepend_scheme: 'always' }, ['_a', '_b']],
  ])('%j', (options, expected) => expect(metaspace(options)('a b')).toEqual(expected));

  it("'first' is only what begins where the text begins", () => {
    const first = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' };
    const cut = checkedCut({ type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, first] });
    expect(cut('a b')).toEqual(['▁a', 'b']);
    expect(cut(' a b')).toEqual(['a', 'b']);
  });

  it.each([
    [{ replacement: '▁▁' }, /pre_tokenizer\.replacement: expected one character/],
    [{ prepend_scheme: 'last' }, /pre_tokenizer\.prepend_scheme: expected one of first/],
    [{ prepend_scheme: 'always', add_prefix_space: false }, /pre_tokenizer\.prepend_scheme: expected 'never'/],
  ])('refuses %j', (options, message) => expect(() => metaspace(options)).toThrow(message));
});
