import { describe, expect, it } from 'vitest';
import { runStep } from '../../testing/run-step.ts';
import { fieldFilter } from './field-filter.ts';

const documents = [
  { id: 'tang', text: '床前明月光', meta: { dynasty: '唐', score: 0.9, tags: ['诗', '月'] } },
  { id: 'song', text: '大江东去', meta: { dynasty: '宋', score: '0.4', tags: ['词'] } },
  { id: 'english', text: 'To be, or not to be', meta: { score: 0.6, published: true } },
  { id: 'bare', text: '', meta: { dynasty: null, score: 'unknown' } },
];
const kept = async (config: Record<string, unknown>) =>
  (await runStep('field-filter', config, documents)).documents.map(({ id }) => id);

describe('field-filter', () => {
  it('keeps and drops by lists of values', async () => {
    const result = await runStep('field-filter', { field: 'dynasty', allow: ['唐'] }, documents);
    expect(result.documents.map(({ id }) => id)).toEqual(['tang']);
    expect(result.dropped.map(({ id, reason, detail }) => [id, reason, detail])).toEqual([
      ['song', 'field-not-allowed', 'dynasty is 宋'],
      ['english', 'field-missing', 'dynasty is missing'],
      ['bare', 'field-missing', 'dynasty is null'],
    ]);
    expect(await kept({ field: 'dynasty', deny: ['唐'], missing: 'keep' })).toEqual(['song', 'english', 'bare']);
    expect(await kept({ field: 'tags', allow: ['月', '词'] })).toEqual(['tang', 'song']);
    expect(await kept({ field: 'published', allow: [true] })).toEqual(['english']);
  });

  it('keeps numbers within limits, in tables also as text', async () => {
    expect(await kept({ field: 'score', min: 0.5 })).toEqual(['tang', 'english']);
    expect(await kept({ field: 'score', min: 0.4, max: 0.6 })).toEqual(['song', 'english']);
    expect(await kept({ field: 'score', max: 0.5, missing: 'keep' })).toEqual(['song', 'bare']);
  });

  it('keeps what matches a pattern, in linear time', async () => {
    expect(await kept({ field: 'text', matches: '\\p{Han}{5}' })).toEqual(['tang']);
    expect(await kept({ field: 'id', matches: '^(song|bare)$' })).toEqual(['song', 'bare']);
    const hostile = [{ id: 'h', text: `${'a'.repeat(50_000)}!`, meta: {} }];
    const result = await runStep('field-filter', { field: 'text', matches: '^(a+)+$' }, hostile);
    expect(result.dropped[0]!.reason).toBe('field-no-match');
    await expect(kept({ field: 'text', matches: '(?<=a)b' })).rejects.toThrow(/not a regular expression of RE2/);
  });

  it('must be told what to keep', () => {
    const parsed = fieldFilter.config.safeParse({ field: 'score' });
    expect(parsed.error?.issues[0]?.message).toMatch(/allow, deny, min, max or matches/);
  });
});
