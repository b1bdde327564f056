import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

describe('Fuse decoder', () => {
  it('makes one token, without waiting for all of it', () => {
    const strip = { type: 'Strip', content: '_', start: 1, stop: 0 };
    const fused = { type: 'Sequence', decoders: [{ type: 'Fuse' }, strip] };
    expect(decoded(fused, ['_a', '_b']).pushed).toEqual(['a', '_b', '']);
    expect(decoded(strip, ['_a', '_b']).text).toBe('ab');
  });
});
