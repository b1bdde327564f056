/**
 * Tables: removes columns that are mostly empty, then drops rows that are.
 * Origin: `dropna(thresh=…)` of pandas, as shares. A row is a document, its columns are the fields of `meta`; a field is
 * empty when it is missing, null, white space, or one of `null_values`. Shares of columns are taken over all documents,
 * so this step looks at everything once before it decides; memory is that of the columns' names.
 */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import { defineStep } from '../../step.ts';

const config = z.strictObject({
  max_null_rows: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(0.5)
    .describe('Rows with a larger share of empty fields are dropped; null: none'),
  max_null_columns: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(0.9)
    .describe('Columns with a larger share of empty fields are removed; null: none'),
  fields: z
    .array(z.string())
    .optional()
    .describe('The columns that are looked at; default: every field of meta that any document has'),
  required: z
    .array(z.string())
    .default([])
    .describe('Rows where one of these is empty are dropped, whatever their share'),
  null_values: z
    .array(z.string())
    .default(['null', 'none', 'nan', 'na', 'n/a', '#n/a', '-', '--', '\\n', '无', '空', '暂无', '未知'])
    .describe('What counts as empty, in small letters'),
});

interface Verdict {
  readonly columns: readonly string[];
  readonly removed: readonly string[];
}

export const nullFields = defineStep({
  name: 'null-fields',
  kind: 'filter',
  version: 1,
  config,
  describe: ({ max_null_columns, max_null_rows }) =>
    `Columns with more than ${max_null_columns} empty fields removed, rows with more than ${max_null_rows} dropped`,
  survey: {
    scan({ fields, null_values }) {
      const isNull = nullTest(null_values);
      const encoder = new TextEncoder();
      return ({ meta }) => {
        const names = fields ?? Object.keys(meta);
        return encoder.encode(JSON.stringify(names.map((name) => [name, isNull(meta[name]) ? 0 : 1])));
      };
    },
    async decide({ max_null_columns }, context) {
      const filled = new Map<string, number>();
      const decoder = new TextDecoder();
      for await (const batch of context.records())
        for (const { bytes } of batch)
          for (const [name, value] of JSON.parse(decoder.decode(bytes)) as [string, number][])
            filled.set(name, (filled.get(name) ?? 0) + value);
      const names = [...filled.keys()].sort();
      const isRemoved = (name: string) =>
        max_null_columns !== null && 1 - filled.get(name)! / context.documents > max_null_columns;
      const verdict: Verdict = {
        columns: names.filter((name) => !isRemoved(name)),
        removed: names.filter(isRemoved),
      };
      for (let number = 0; number < context.documents; number++) context.verdict(number, verdict);
    },
    apply({ max_null_rows, required, null_values }, context) {
      const isNull = nullTest(null_values);
      return (document, given) => {
        const { columns, removed } = (given ?? { columns: [], removed: [] }) as Verdict;
        const missing = required.find((name) => isNull(document.meta[name]));
        if (missing !== undefined) {
          return context.drop(document, 'required-field-empty', `${missing} is empty`);
        }
        const empty = columns.filter((name) => isNull(document.meta[name])).length;
        if (max_null_rows !== null && columns.length > 0 && empty > max_null_rows * columns.length) {
          return context.drop(
            document,
            'empty-fields',
            `${empty} of ${columns.length} fields are empty, more than ${max_null_rows}`,
          );
        }
        return withoutFields(document, removed, (name) => context.count(`removed-${name}`));
      };
    },
  },
});

function nullTest(nullValues: readonly string[]): (value: unknown) => boolean {
  const values = new Set(nullValues.map((value) => value.toLowerCase()));
  return (value) => {
    if (value === undefined || value === null || (typeof value === 'number' && Number.isNaN(value))) return true;
    if (typeof value !== 'string') return false;
    const text = value.trim();
    return text === '' || (text.length <= 10 && values.has(text.toLowerCase()));
  };
}

function withoutFields(document: Document, names: readonly string[], count: (name: string) => void): Document {
  const there = names.filter((name) => name in document.meta);
  if (there.length === 0) return document;
  for (const name of there) count(name);
  return {
    ...document,
    meta: Object.fromEntries(Object.entries(document.meta).filter(([name]) => !there.includes(name))),
  };
}
