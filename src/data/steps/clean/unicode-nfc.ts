/**
 * Unicode normalisation: canonical composition, so that equal characters have equal bytes.
 * Origin: Unicode Standard Annex #15; NFC is what the web recommends (W3C Character Model) and what datatrove's and
 * NeMo Curator's reformatters end in. Defaults: NFC, text only. Halves of surrogate pairs become U+FFFD.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';
import { normaliseUnicode } from './unicode.ts';

export const unicodeNfc = defineStep({
  name: 'unicode-nfc',
  kind: 'clean',
  version: 1,
  config: z.strictObject({
    form: z
      .enum(['NFC', 'NFKC'])
      .default('NFC')
      .describe('NFKC also folds compatibility characters (full-width letters, ligatures, ①)'),
    fields: fieldsOption,
  }),
  describe: ({ form, fields }) => `${form} normalisation of ${fields.join(', ')}`,
  each: ({ form, fields }, context) => changeFields(fields, context, (text) => normaliseUnicode(text, form)),
});
