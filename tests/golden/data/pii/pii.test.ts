/** The labelled set is what its script writes, and the detectors keep what they reach on it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { piiTypes } from '../../../../src/data/privacy/detector.ts';
import { findPii } from '../../../../src/data/privacy/find.ts';
import { makeSet, toLine } from './make.mjs';
import { type Finding, readSet, score, total } from './score.mjs';

const lines = readSet();
const defaults = piiTypes.filter((type) => type !== 'handle' && type !== 'person-name');
const findings = lines.map(({ text }) => findPii(text).map(({ start, end, type }): Finding => [start, end, type]));

function scored(split: 'dev' | 'test', types: readonly string[]) {
  const chosen = lines.flatMap((line, i) => (line.split === split ? [i] : []));
  return score(
    chosen.map((i) => lines[i]!),
    chosen.map((i) => findings[i]!),
    types,
  );
}

describe('labelled set of personal data', () => {
  it('is what make.mjs writes, byte for byte', () => {
    const text = readFileSync(new URL('pii.jsonl', import.meta.url), 'utf8');
    expect(`${makeSet().map(toLine).join('\n')}\n`).toBe(text);
  });

  it('is large, in two languages, with labels where they should be', () => {
    expect(lines.length).toBeGreaterThan(1000);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    for (const lang of ['en', 'zh']) expect(lines.filter((line) => line.lang === lang).length).toBeGreaterThan(400);
    expect(lines.filter(({ spans }) => spans.length === 0).length).toBeGreaterThan(300);
    for (const { text, spans } of lines) {
      for (const [start, end] of spans) {
        expect(start).toBeLessThan(end);
        expect(end).toBeLessThanOrEqual(text.length);
        expect(text.slice(start, end).trim()).toBe(text.slice(start, end));
      }
    }
    const halves = ['dev', 'test'].map((split) => new Set(lines.filter((l) => l.split === split && l.kind !== 'real').map((l) => l.text)));
    expect([...halves[0]!].filter((text) => halves[1]!.has(text))).toEqual([]);
  });

  it.each(['dev', 'test'] as const)('is found: %s half', (split) => {
    const { rows, errors } = scored(split, defaults);
    const all = total(rows);
    expect({ recall: all.recall, precision: all.precision }, JSON.stringify(errors.slice(0, 5), null, 1)).toEqual({
      recall: expect.closeTo(1, 2),
      precision: expect.closeTo(1, 2),
    });
    for (const { type, recall, precision } of rows) {
      expect(Math.min(recall, precision), type).toBeGreaterThanOrEqual(0.95);
    }
    expect(all.leaked / all.characters).toBeLessThan(0.005);
  });

  it('is found less well where forms do not tell: names and handles', () => {
    const all = total(scored('test', ['person-name', 'handle']).rows);
    expect(all.recall).toBeGreaterThan(0.85);
    expect(all.precision).toBeGreaterThan(0.9);
  });

  it('counts misses and false findings', () => {
    const line = { ...lines[0]!, text: 'a@example.com 1.2.3.4', spans: [[0, 13, 'email']] as Finding[] };
    const { rows } = score([line], [[[14, 21, 'ip']]], ['email', 'ip']);
    expect(rows.map(({ found, missed, wrong, leaked }) => [found, missed, wrong, leaked])).toEqual([
      [0, 1, 0, 13],
      [0, 0, 1, 0],
    ]);
  });
});
