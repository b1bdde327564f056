import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

const json = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };

describe('ByteLevel decoder', () => {
  it('shows a character when its last byte has come', () => {
    const { text, pushed, bytes } = decoded(json, ['ä¸', 'Ń', 'Ġb', 'ðŁ', 'ĺĢ']);
    expect(text).toBe('中 b😀');
    expect(pushed).toEqual(['', '中', ' b', '', '😀', '']);
    expect(bytes).toEqual([2, 1, 2, 2, 2]);
  });

  it('takes a token with a character outside the alphabet as it is, and broken bytes as U+FFFD', () => {
    expect(decoded(json, ['中é', 'é', 'a']).text).toBe('中é\uFFFDa');
    expect(decoded(json, ['é']).pushed).toEqual(['', '\uFFFD']);
  });

  it('makes one token of all within a chain', () => {
    const chain = { type: 'Sequence', decoders: [json, { type: 'Strip', content: ' ', start: 1, stop: 1 }] };
    const { text, pushed } = decoded(chain, ['ĠĠ', 'Ġ', 'a', 'Ġ', 'Ġ']);
    expect(text).toBe('  a ');
    expect(pushed).toEqual(['', ' ', ' a', '', ' ', '']);
  });
});
