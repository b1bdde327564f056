import { describe, expect, it } from 'vitest';
import { decoded, llamaDecoder } from '../../../tests/helpers/decoded.ts';

describe('Sequence decoder', () => {
  it('streams Llama 2’s chain', () => {
    const { text, pushed, bytes } = decoded(llamaDecoder, ['▁', '▁Hi', '<0xE4>', '<0xB8>', '<0xAD>', '▁there']);
    expect(text).toBe(' Hi中 there');
    expect(pushed).toEqual(['', ' Hi', '', '', '', '中 there', '']);
    expect(bytes).toEqual([1, 3, 1, 1, 1, 6]);
  });

  it('may hold Sequences, or nothing', () => {
    expect(decoded({ type: 'Sequence', decoders: [llamaDecoder] }, ['▁a']).text).toBe('a');
    expect(decoded({ type: 'Sequence', decoders: [] }, ['a', 'b']).text).toBe('ab');
    expect(decoded(null, ['a', 'b']).pushed).toEqual(['a', ' b', '']);
    expect(() => decoded({ type: 'Sequence', decoders: [{ type: 'Nope' }] }, [])).toThrow(
      /decoder\.decoders\[0\]\.type/,
    );
  });
});
