import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

describe('WordPiece decoder', () => {
  it('puts a space before each word', () => {
    const json = { type: 'WordPiece', prefix: '##', cleanup: false };
    const { pushed, bytes } = decoded(json, ['un', '##do', 'it', '.', '##']);
    expect(pushed).toEqual(['un', 'do', ' it', ' .', '', '']);
    expect(bytes).toEqual([3, 2, 3, 2, 0]);
  });

  it('cleans up English', () => {
    const json = { type: 'WordPiece', prefix: '##', cleanup: true };
    expect(decoded(json, ['do', 'not', ',', 'i', "'m", "n't", '!']).text).toBe("do not, i'mn't!");
    expect(decoded(json, ['we', 'do not', "' s"]).text).toBe("we don't's");
  });
});
