import { describe, expect, it } from 'vitest';
import type { Json } from '../types.ts';
import { readPreTokenizer } from './read.ts';

describe('reading a pre-tokenizer', () => {
  it('null is one without steps', () => expect(readPreTokenizer(null).toJSON()).toBeNull());

  it.each([
    [{ type: 'Delimiter' }, 'unsupported', /pre_tokenizer\.type: unknown pre-tokenizer 'Delimiter'/],
    [{ type: 'Sequence', pretokenizers: [{ type: 'Nope' }] }, 'unsupported', /pre_tokenizer\.pretokenizers\[0\]\.type/],
    [{}, 'bad-file', /pre_tokenizer\.type: expected the name/],
  ])('refuses %j', (json: Json, code, message) => {
    expect(() => readPreTokenizer(json)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
