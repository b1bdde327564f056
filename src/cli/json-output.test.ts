import { describe, expect, it } from 'vitest';
import { jsonParts } from './json-output.ts';

describe('jsonParts', () => {
  it('are the JSON of the object, in short parts', () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => [i, i + 1]);
    const result = { ids: rows, text: 'a"b', none: undefined, empty: [], nested: { list: [1, null] } };
    const parts = [...jsonParts(result)];
    expect(parts.join('')).toBe(JSON.stringify(result));
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(70_000);
    expect([...jsonParts({})].join('')).toBe('{}');
  });
});
