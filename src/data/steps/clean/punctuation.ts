/**
 * Punctuation: marks by context (Chinese marks between ideographs, western ones between Latin letters), one form of
 * ellipsis, fewer repeated marks; by option one form of quotes and dashes.
 * Origin: GB/T 15834-2011 (use of punctuation) for Chinese; data-juicer's punctuation_normalization_mapper and CCNet's
 * normalisation, which make everything ASCII, for the options. Defaults keep what a careful writer would write: curly
 * quotes and dashes stay.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

const config = z.strictObject({
  context: z
    .boolean()
    .default(true)
    .describe('`,` `;` `:` `?` `!` beside ideographs full-width, between Latin letters half-width'),
  ellipsis: z.boolean().default(true).describe('`....` and `。。。` become `…` (`……` behind ideographs)'),
  max_repeats: z
    .int()
    .min(0)
    .default(3)
    .describe('Longer runs of one mark (`!!!!!!`) are shortened to this; 0 keeps them'),
  quotes: z.enum(['keep', 'straight']).default('keep').describe('`straight`: “ ” ‘ ’ „ « » become " and \''),
  dashes: z
    .enum(['keep', 'hyphen'])
    .default('keep')
    .describe('`hyphen`: hyphens and minus signs of all kinds become `-`'),
  fields: fieldsOption,
});

export const punctuation = defineStep({
  name: 'punctuation',
  kind: 'clean',
  version: 1,
  config,
  describe: ({ fields }) => `Punctuation of ${fields.join(', ')} made uniform`,
  each: (options, context) => changeFields(options.fields, context, (text) => unify(text, options)),
});

const FULL: Readonly<Record<string, string>> = { ',': '，', ';': '；', ':': '：', '?': '？', '!': '！' };
const HALF: Readonly<Record<string, string>> = { '，': ',', '；': ';', '：': ':', '？': '?', '！': '!' };
const HAN = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}';
/** An ideograph, the mark, and an ideograph, a line end or the end. */
const TO_FULL = new RegExp(`(?<=[${HAN}》」』）])[,;:?!](?=[${HAN}“‘《「『（\\n]|$)`, 'gu');
const TO_HALF = /(?<=[A-Za-z])[，；：？！](?=\s*[A-Za-z])/g;
const BEHIND_HAN = new RegExp(`(?<=[${HAN}])(?:\\.{3,}|。{3,}|…+|·{6,})`, 'gu');
const REPEATED = /([!?,;:！？，；：、～])\1{2,}/g;

function unify(text: string, options: z.output<typeof config>): string {
  let result = text;
  if (options.quotes === 'straight') result = result.replace(/[“”„«»]/g, '"').replace(/[‘’‚‛]/g, "'");
  if (options.dashes === 'hyphen') result = result.replace(/[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g, '-');
  if (options.ellipsis) result = result.replace(BEHIND_HAN, '……').replace(/\.{4,}|…{3,}|。{3,}/g, '…');
  if (options.context) result = result.replace(TO_FULL, (mark) => FULL[mark]!).replace(TO_HALF, (mark) => HALF[mark]!);
  if (options.max_repeats > 0)
    result = result.replace(REPEATED, (run, mark: string) =>
      run.length > options.max_repeats ? mark.repeat(options.max_repeats) : run,
    );
  return result;
}
