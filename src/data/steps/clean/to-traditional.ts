/**
 * Simplified to Traditional Chinese by phrases and characters.
 * Origin: OpenCC's dictionaries through the npm package opencc-js, as in `to-simplified`. Default: OpenCC's standard
 * `t`; `tw` and `hk` write the regional character variants, `twp` also uses Taiwan's words. One simplified character may
 * stand for several traditional ones: phrases decide, and rare ones may go wrong.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

export const toTraditional = defineStep({
  name: 'to-traditional',
  kind: 'clean',
  version: 1,
  config: z.strictObject({
    to: z
      .enum(['t', 'tw', 'twp', 'hk'])
      .default('t')
      .describe('OpenCC standard, Taiwan, Taiwan with its own words, Hong Kong'),
    fields: fieldsOption,
  }),
  describe: ({ to, fields }) => `Simplified to Traditional Chinese (${to}) in ${fields.join(', ')}`,
  async each({ to, fields }, context) {
    const { Converter } = await import('opencc-js/cn2t');
    return changeFields(fields, context, Converter({ from: 'cn', to }));
  },
});
