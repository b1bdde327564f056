/**
 * White space: line ends become \n, runs of spaces (also no-break and ideographic ones) one space, lines and text are
 * trimmed, runs of blank lines are shortened.
 * Origin: the "fix whitespace" mappers of data-juicer and C4's line cleaning (Raffel et al. 2020, §2.2). Defaults suit
 * prose; code needs `collapse: false, trim_lines: end`.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

const config = z.strictObject({
  collapse: z.boolean().default(true).describe('Make one space of a run of spaces and tabs inside a line'),
  trim_lines: z.enum(['both', 'end', 'keep']).default('both').describe('Which ends of each line lose their spaces'),
  max_blank_lines: z.int().min(0).default(1).describe('Longer runs of blank lines are shortened to this'),
  fields: fieldsOption,
});

// Zs and tab, vertical tab, form feed: everything that White_Space holds except line ends. Two ways to begin, so that
// the single spaces between words, which stay, are no matches.
const SPACES =
  / [\t\v\f \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+|[\t\v\f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000][\t\v\f \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*/g;

export const whitespace = defineStep({
  name: 'whitespace',
  kind: 'clean',
  version: 1,
  config,
  describe: ({ collapse, trim_lines, max_blank_lines, fields }) =>
    `White space of ${fields.join(', ')}: ${collapse ? 'runs become one space, ' : ''}${trim_lines === 'keep' ? '' : `lines trimmed (${trim_lines}), `}at most ${max_blank_lines} blank lines in a row`,
  each: (options, context) => changeFields(options.fields, context, (text) => cleanWhitespace(text, options)),
});

export function cleanWhitespace(text: string, options: Omit<z.output<typeof config>, 'fields'>): string {
  let result = text.replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n');
  if (options.collapse) result = result.replace(SPACES, ' ');
  if (!result.includes('\n')) return trimLine(result, options.trim_lines);
  const lines: string[] = [];
  let blank = 0;
  for (const line of result.split('\n')) {
    const trimmed = trimLine(line, options.trim_lines);
    blank = trimmed.trim() === '' ? blank + 1 : 0;
    if (blank > 0 && (lines.length === 0 || blank > options.max_blank_lines)) continue;
    lines.push(trimmed);
  }
  while (lines.length > 0 && lines[lines.length - 1]!.trim() === '') lines.pop();
  return lines.join('\n');
}

function trimLine(line: string, how: 'both' | 'end' | 'keep'): string {
  if (how === 'keep') return line;
  return how === 'both' ? line.trim() : line.trimEnd();
}
