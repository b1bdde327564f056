import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

const json = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };

describe('Metaspace decoder', () => {
  it('writes spaces, none in the first token where one was put in front', () => {
    expect(decoded(json, ['▁▁a', '▁b▁']).pushed).toEqual(['a', ' b ', '']);
    expect(decoded({ ...json, prepend_scheme: 'never' }, ['▁a', '▁b']).text).toBe(' a b');
    const fused = { type: 'Sequence', decoders: [{ type: 'Fuse' }, json] };
    expect(decoded(fused, ['▁a', '▁b']).pushed).toEqual(['a', 'b', '']);
  });

  it('reads the older add_prefix_space', () => {
    const old = { type: 'Metaspace', replacement: '▁', add_prefix_space: false };
    expect(decoded(old, ['▁a']).text).toBe(' a');
    expect(() => decoded({ ...json, add_prefix_space: false }, [])).toThrow(/decoder\.add_prefix_space/);
    expect(() => decoded({ ...json, replacement: '__' }, [])).toThrow(/decoder\.replacement: expected one character/);
    expect(() => decoded({ ...json, prepend_scheme: 'last' }, [])).toThrow(/decoder\.prepend_scheme/);
  });
});
