/**
 * Brackets that hold nothing a reader needs: citation numbers `[1]`, `[2-4]`, `［5］`, edit marks `[edit]` `[编辑]`, and
 * brackets left empty by other steps.
 * Origin: C4's citation rule (Raffel et al. 2020 code) and WuDaoCorpora's removal of empty brackets (Yuan et al. 2021),
 * widened to Chinese marks.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

const config = z.strictObject({
  citations: z.boolean().default(true).describe('Numbers in square brackets, edit marks, "citation needed"'),
  empty: z.boolean().default(true).describe('Brackets with nothing but spaces and punctuation marks in them'),
  fields: fieldsOption,
});

export const brackets = defineStep({
  name: 'brackets',
  kind: 'clean',
  version: 1,
  config,
  describe: ({ fields }) => `Citation marks and empty brackets removed from ${fields.join(', ')}`,
  each: (options, context) => changeFields(options.fields, context, (text) => removeBrackets(text, options)),
});

// Bounded repeats: no stretch is looked at more than a few dozen times.
const CITATION =
  /[[［【](?:\d{1,4}(?:[ ,，、–-]{1,2}\d{1,4}){0,8}|edit|citation needed|note \d{1,3}|编辑|編輯|来源请求|來源請求|注 ?\d{1,3}|註 ?\d{1,3})[\]］】]/gi;
const EMPTY =
  /\([\s,;，；、]{0,20}\)|（[\s,;，；、]{0,20}）|\[\s{0,20}\]|［\s{0,20}］|【\s{0,20}】|「\s{0,20}」|《\s{0,20}》|\{\s{0,20}\}/g;

function removeBrackets(text: string, { citations, empty }: z.output<typeof config>): string {
  let result = text;
  if (citations) result = result.replace(CITATION, '');
  // Nested brackets empty from the inside.
  for (let round = 0; empty && round < 3; round++) {
    const next = result.replace(EMPTY, '');
    if (next === result) break;
    result = next;
  }
  return result;
}
