import { describe, expect, it } from 'vitest';
import { runStep } from '../../testing/run-step.ts';

const rows = [
  { id: 'r0', text: 'a', meta: { name: 'Ann', age: 3, note: '', fax: null } },
  { id: 'r1', text: 'b', meta: { name: '李白', age: null, note: 'N/A', fax: '' } },
  { id: 'r2', text: 'c', meta: { name: '无', age: ' ', note: 'x' } },
  { id: 'r3', text: 'd', meta: { name: 'Bo', age: 0, note: false } },
];

describe('null-fields', () => {
  it('removes empty columns first, then drops empty rows', async () => {
    const result = await runStep('null-fields', {}, rows);
    expect(result.documents.map(({ id, meta }) => [id, Object.keys(meta)])).toEqual([
      ['r0', ['name', 'age', 'note']],
      ['r3', ['name', 'age', 'note']],
    ]);
    expect(result.dropped.map(({ id, reason, detail }) => [id, reason, detail])).toEqual([
      ['r1', 'empty-fields', '2 of 3 fields are empty, more than 0.5'],
      ['r2', 'empty-fields', '2 of 3 fields are empty, more than 0.5'],
    ]);
    expect(result.ledger.counters).toEqual({ 'removed-fax': 1 });
  });

  it('looks at given columns, and at required ones', async () => {
    const result = await runStep('null-fields', { fields: ['age'], max_null_rows: 0, required: ['note'] }, rows);
    expect(result.documents.map(({ id }) => id)).toEqual(['r3']);
    expect(result.dropped.map(({ id, reason }) => [id, reason])).toEqual([
      ['r0', 'required-field-empty'],
      ['r1', 'required-field-empty'],
      ['r2', 'empty-fields'],
    ]);
    const none = await runStep('null-fields', { max_null_rows: null, max_null_columns: null }, rows);
    expect(none.documents).toHaveLength(4);
  });
});
