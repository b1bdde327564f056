/** What every step must hold to, whatever it does: the registry's steps with their defaults, on texts of any kind. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Document } from '../document.ts';
import { runStep } from '../testing/run-step.ts';
import { steps } from './registry.gen.ts';

const real = gunzipSync(readFileSync(new URL('../../../tests/golden/data/filters/documents.jsonl.gz', import.meta.url)))
  .toString()
  .split('\n')
  .filter((line, i) => line !== '' && i % 40 === 0)
  .map((line) => (JSON.parse(line) as { text: string }).text.slice(0, 4000));
const odd = [
  '',
  ' ',
  '\0\u0001\ufffe',
  'half \ud83d a pair',
  '\ud83d\ude00'.repeat(50),
  'a'.repeat(20_000),
  '中'.repeat(5000),
  `e${'\u0301'.repeat(3000)}`,
  '\n'.repeat(3000),
  '<'.repeat(3000),
  `${'&amp;'.repeat(500)}&#x110000;&#0;&bogus;`,
  '((((([[[[[{{{{{'.repeat(300),
  'https://'.repeat(500),
  '.'.repeat(5000),
  '1 '.repeat(3000),
  '\u202e\u200b\ufeff\u00ad mixed العربية עברית हिन्दी ไทย 한국어 日本語',
  'constructor __proto__ toString hasOwnProperty',
  '---\nkey: [\n---\n# title\n```\ncode',
];
const meta: Record<string, unknown> = {
  ...{ url: 'https://example.org/a?b=c#d', title: 'Title', language: 'en', path: 'src/a.ts', date: '2024-02-03' },
  ...{ quality: 0.5, toxicity: 0.1, licence: 'MIT', group: undefined },
};
const given: Partial<Document>[] = [...real, ...odd].map((text, i) => ({
  id: `d${i}`,
  text,
  meta: i % 3 === 0 ? { ...meta } : {},
  split: 'train' as const,
}));

/** Settings of steps whose defaults say nothing yet. */
const settings: Readonly<Record<string, Record<string, unknown>>> = { length: { min: 1 }, random: { fraction: 0.5 } };
/** Steps that need files or a model have tests of their own. */
const named = Object.values(steps).filter((step) => step.config.safeParse({}).success);
const freeze = (document: Partial<Document>) => {
  if (document.meta) Object.freeze(document.meta);
  return Object.freeze(document);
};

describe.each(named.map((step) => [step.name, step] as const))('%s', (name, step) => {
  it('takes any text, changes nothing that it was given, keeps its books, and does the same twice', async () => {
    const run = () => runStep(name, settings[name] ?? {}, structuredClone(given).map(freeze));
    const first = await run();
    expect(first.dropped.filter(({ reason }) => reason === 'step-failed')).toEqual([]);
    expect(first.ledger.in).toBe(given.length);
    expect(first.ledger.out).toBe(first.documents.length);
    const reasons: Record<string, number> = {};
    for (const { reason } of first.dropped) reasons[reason] = (reasons[reason] ?? 0) + 1;
    expect(first.ledger.dropped).toEqual(reasons);
    if (step.kind === 'filter' || step.kind === 'dedup' || step.kind === 'privacy')
      expect(first.documents.length + first.dropped.length).toBe(given.length);
    for (const { id, text, meta: found } of first.documents) {
      expect(typeof id).toBe('string');
      expect(typeof text).toBe('string');
      expect(JSON.parse(JSON.stringify(found))).toEqual(
        Object.fromEntries(Object.entries(found).filter(([, v]) => v !== undefined)),
      );
    }
    const again = await run();
    expect(again.documents).toEqual(first.documents);
    expect(again.dropped).toEqual(first.dropped);
  });

  it('describes itself', () => {
    const text = step.describe(step.config.parse({}) as never);
    expect(text.length).toBeGreaterThan(10);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe('the registry', () => {
  it('has every step of the catalogue', () => {
    expect(Object.keys(steps).length).toBeGreaterThan(65);
    expect(named.length).toBeGreaterThan(45);
  });
});
