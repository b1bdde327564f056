/**
 * Drops documents that are too short, and by option too long, counted in Unicode characters (code points).
 * Origin: C4's and Gopher's length rules, in the unit that suits every script. Default: at least one character.
 */
import { z } from 'zod';
import { countCharacters, fieldOf } from '../../document.ts';
import { defineStep } from '../../step.ts';

export const minLength = defineStep({
  name: 'min-length',
  kind: 'filter',
  version: 1,
  config: z.strictObject({
    min: z.int().min(0).default(1).describe('Shortest length kept, in characters'),
    max: z.int().positive().optional().describe('Longest length kept, in characters; default: no limit'),
    field: z.string().default('text').describe('What is measured: `text`, or a field of meta such as `title`'),
  }),
  describe: ({ min, max, field }) =>
    `${field} has at least ${min}${max === undefined ? '' : ` and at most ${max}`} characters`,
  each:
    ({ min, max, field }, context) =>
    (document) => {
      const value = fieldOf(document, field);
      const length = typeof value === 'string' ? countCharacters(value) : 0;
      if (length >= min && (max === undefined || length <= max)) return document;
      return context.drop(document, length < min ? 'too-short' : 'too-long', `${field} has ${length} characters`);
    },
});
