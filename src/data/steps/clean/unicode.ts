/**
 * Unicode normalisation in any form, so that equal characters have equal bytes; halves of surrogate pairs become U+FFFD.
 * Origin: Unicode Standard Annex #15. Default NFC, which the web recommends (W3C Character Model) and which changes no
 * meaning; NFKC also folds full-width letters, ligatures and ①; NFD and NFKD take accents apart. `unicode-nfc` is this
 * step with only the composing forms. Cost: a quick look where the text is in that form already.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

export const unicodeForms = ['NFC', 'NFKC', 'NFD', 'NFKD'] as const;

export const unicode = defineStep({
  name: 'unicode',
  kind: 'clean',
  version: 1,
  config: z.strictObject({
    form: z
      .enum([...unicodeForms, 'none'])
      .default('NFC')
      .describe('Normalisation form; `none`: only mend surrogates'),
    fields: fieldsOption,
  }),
  describe: ({ form, fields }) => `Unicode ${form} of ${fields.join(', ')}`,
  each: ({ form, fields }, context) => changeFields(fields, context, (text) => normaliseUnicode(text, form)),
});

const SURROGATE = /[\ud800-\udfff]/;
/** From the first combining or compatibility character on; below it every form is the text itself. */
const PLAIN = { NFC: /[\u0300-\uffff]/, NFKC: /[\u00a0-\uffff]/, NFD: /[\u00c0-\uffff]/, NFKD: /[\u00a0-\uffff]/ };

export function normaliseUnicode(text: string, form: (typeof unicodeForms)[number] | 'none'): string {
  const normal = form !== 'none' && PLAIN[form].test(text) ? text.normalize(form) : text;
  return SURROGATE.test(normal) ? normal.replace(/\p{Surrogate}/gu, '\uFFFD') : normal;
}
