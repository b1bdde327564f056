import { describe, expect, it } from 'vitest';
import { countCharacters } from '../../document.ts';
import { runStep, textsOf } from '../../testing/run-step.ts';

describe('min-length', () => {
  it('counts characters, not units or bytes, and says why', async () => {
    const result = await runStep('min-length', { min: 3, max: 5 }, ['诗', '𠮷野家', '😀😀', 'five!', 'sixsix']);
    expect(textsOf(result)).toEqual(['𠮷野家', 'five!']);
    expect(result.ledger.dropped).toEqual({ 'too-short': 2, 'too-long': 1 });
    expect(result.dropped[1]).toMatchObject({
      id: 'd2',
      step: 'min-length',
      reason: 'too-short',
      detail: 'text has 2 characters',
    });
  });

  it('measures a field of meta; a missing one has no length', async () => {
    const result = await runStep('min-length', { field: 'title' }, [
      { meta: { title: '春晓' } },
      { text: 'long enough' },
    ]);
    expect(result.documents.map(({ id }) => id)).toEqual(['d0']);
  });

  it('counts unpaired surrogates as one', () => {
    for (const text of ['', 'a\ud83d', '\ude00a', '😀\ud83d😀', '\ud83d\ud83d\ude00'])
      expect(countCharacters(text)).toBe([...text].length);
  });
});
