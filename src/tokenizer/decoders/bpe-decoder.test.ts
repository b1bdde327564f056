import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

describe('BPEDecoder', () => {
  it('writes a space for the suffix, once it is known that a token follows', () => {
    const { text, pushed, bytes } = decoded({ type: 'BPEDecoder', suffix: '</w>' }, ['lo', 'w</w>', 'er</w>']);
    expect(text).toBe('low er');
    expect(pushed).toEqual(['lo', 'w', ' er', '']);
    expect(bytes).toEqual([2, 2, 3]);
  });

  it('keeps what stands behind a suffix within a token', () => {
    expect(decoded({ type: 'BPEDecoder', suffix: '</w>' }, ['a</w>b', 'c</w>d']).pushed).toEqual(['a', ' bc', 'd']);
  });
});
