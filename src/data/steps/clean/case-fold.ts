/**
 * Small letters, for models and comparisons that do not care about case. Capital letters carry meaning: off unless you
 * ask for it.
 * Origin: Unicode Standard §5.18 (default case conversion); BERT's uncased models. `fold` also makes `ß` into `ss`.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

export const caseFold = defineStep({
  name: 'case-fold',
  kind: 'clean',
  version: 1,
  config: z.strictObject({
    how: z.enum(['lower', 'fold']).default('lower').describe('`lower`: small letters; `fold`: Unicode case folding'),
    fields: fieldsOption,
  }),
  describe: ({ how, fields }) => `${how === 'lower' ? 'Small letters' : 'Case folding'} in ${fields.join(', ')}`,
  each: ({ how, fields }, context) =>
    changeFields(fields, context, (text) =>
      // Folding is what lower, upper, lower comes to, but for a few letters that lose nothing here.
      how === 'lower' ? text.toLowerCase() : text.toLowerCase().toUpperCase().toLowerCase(),
    ),
});
