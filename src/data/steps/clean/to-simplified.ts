/**
 * Traditional to Simplified Chinese by phrases and characters.
 * Origin: OpenCC's dictionaries (Open Chinese Convert) through the npm package opencc-js. Default: OpenCC's `t2s`, which
 * changes the script only; `tw`, `hk` undo the regional character variants first, `twp`, `hkp` also replace regional words.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

export const toSimplified = defineStep({
  name: 'to-simplified',
  kind: 'clean',
  version: 1,
  config: z.strictObject({
    from: z
      .enum(['t', 'tw', 'twp', 'hk', 'hkp'])
      .default('t')
      .describe('What the text is: OpenCC standard, Taiwan, Hong Kong (`p`: with regional words)'),
    fields: fieldsOption,
  }),
  describe: ({ from, fields }) => `Traditional (${from}) to Simplified Chinese in ${fields.join(', ')}`,
  async each({ from, fields }, context) {
    const { Converter } = await import('opencc-js/t2cn');
    return changeFields(fields, context, Converter({ from, to: 'cn' }));
  },
});
