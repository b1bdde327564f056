/**
 * Keeps documents by the value of a field: one of a list, none of a list, within limits, or matching a pattern.
 * Origin: data-juicer's specified_field_filter and specified_numeric_field_filter, datatrove's LambdaFilter; what scores
 * (`meta.quality`), labels and columns of tables are filtered by. No default: the recipe says what is kept. Patterns run
 * on RE2's automaton (re2js), in linear time.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { fieldOf } from '../../document.ts';
import { defineStep } from '../../step.ts';

const values = z.array(z.union([z.string(), z.number(), z.boolean()])).min(1);

const config = z
  .strictObject({
    field: z.string().min(1).describe('Field that is looked at: `text`, `id`, or one of meta'),
    allow: values.optional().describe('Values that are kept; of a list, one of them suffices'),
    deny: values.optional().describe('Values that are dropped; of a list, one of them suffices'),
    min: z.number().optional().describe('Lowest number kept'),
    max: z.number().optional().describe('Highest number kept'),
    matches: z.string().min(1).optional().describe('Regular expression (RE2) that must be found in the value'),
    missing: z
      .enum(['keep', 'drop'])
      .default('drop')
      .describe('What becomes of documents without the field, or where a number is asked for and there is none'),
  })
  .refine(
    ({ allow, deny, min, max, matches }) => [allow, deny, min, max, matches].some((rule) => rule !== undefined),
    'say what is kept: allow, deny, min, max or matches',
  );

type Config = z.output<typeof config>;

export const fieldFilter = defineStep({
  name: 'field-filter',
  kind: 'filter',
  version: 1,
  config,
  describe: ({ field, allow, deny, min, max, matches }) =>
    [
      allow && `${field} is one of ${allow.join(', ')}`,
      deny && `${field} is none of ${deny.join(', ')}`,
      min !== undefined && `${field} is at least ${min}`,
      max !== undefined && `${field} is at most ${max}`,
      matches !== undefined && `${field} matches ${matches}`,
    ]
      .filter((part) => typeof part === 'string')
      .join('; '),
  async each(options, context) {
    const judge = await judgeOf(options);
    return (document) => {
      const value = fieldOf(document, options.field);
      const broken = judge(value);
      return broken === undefined ? document : context.drop(document, broken, `${options.field} is ${shown(value)}`);
    };
  },
});

/** The reason why a document with such a value goes. */
async function judgeOf(options: Config): Promise<(value: unknown) => string | undefined> {
  const { allow, deny, min, max, matches, missing } = options;
  const allowed = allow && new Set<unknown>(allow);
  const denied = deny && new Set<unknown>(deny);
  const found = matches === undefined ? undefined : await searcher(matches);
  const absent = missing === 'drop' ? 'field-missing' : undefined;
  return (value) => {
    if (value === undefined || value === null) return absent;
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (denied && all.some((one) => denied.has(one))) return 'field-denied';
    if (allowed && !all.some((one) => allowed.has(one))) return 'field-not-allowed';
    if (min !== undefined || max !== undefined) {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number !== 'number' || Number.isNaN(number)) return absent;
      if (min !== undefined && number < min) return 'field-too-low';
      if (max !== undefined && number > max) return 'field-too-high';
    }
    return found && !all.some((one) => found(String(one))) ? 'field-no-match' : undefined;
  };
}

async function searcher(source: string): Promise<(text: string) => boolean> {
  const { RE2JS } = await import('re2js');
  try {
    const pattern = RE2JS.compile(source);
    return (text) => pattern.matcher(text).find();
  } catch (error) {
    throw new AthanorError('bad-input', `matches: not a regular expression of RE2: ${(error as Error).message}`, {
      hint: 'Look-ahead, look-behind and back-references are not possible; see https://github.com/google/re2/wiki/Syntax.',
      values: { pattern: source },
    });
  }
}

/** A value for the record of what was dropped. */
function shown(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing')).slice(0, 100);
}
