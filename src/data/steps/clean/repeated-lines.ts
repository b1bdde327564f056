/**
 * Lines that stand several times in one document: later copies are dropped (menus, headers of pages, refrains).
 * Origin: line-level deduplication of C4 and CCNet, within a document. Lines are compared by their words, so that spaces,
 * case and punctuation do not matter; short lines are left alone by default, as tables and poems repeat them. For copies
 * across documents use the line deduplication of the dedup steps.
 */
import { z } from 'zod';
import { countCharacters } from '../../document.ts';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

const config = z.strictObject({
  min_length: z.int().min(1).default(10).describe('Shorter lines may repeat, in characters'),
  keep: z.int().min(1).default(1).describe('How many equal lines are kept'),
  consecutive: z.boolean().default(false).describe('Drop only lines that stand right behind their copy'),
  fields: fieldsOption,
});

export const repeatedLines = defineStep({
  name: 'repeated-lines',
  kind: 'clean',
  version: 1,
  config,
  describe: ({ keep, fields }) =>
    `Lines of ${fields.join(', ')} that were there ${keep === 1 ? 'before' : `${keep} times`} dropped`,
  each: (options, context) => changeFields(options.fields, context, (text) => dropRepeats(text, options)),
});

function dropRepeats(text: string, options: z.output<typeof config>): string {
  if (!text.includes('\n')) return text;
  const lines = text.split('\n');
  const seen = new Map<string, number>();
  let before = '';
  const kept = lines.filter((line) => {
    const key = line.length >= options.min_length ? line.replace(/[\s\p{P}]+/gu, '').toLowerCase() : '';
    const previous = before;
    if (line.trim() !== '') before = key;
    if (key === '' || countCharacters(line) < options.min_length) return true;
    if (options.consecutive) return key !== previous;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= options.keep;
  });
  return kept.length === lines.length ? text : kept.join('\n');
}
