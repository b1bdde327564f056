/**
 * Full-width and half-width forms: `ＡＢＣ１２３` becomes `ABC123`, half-width katakana and hangul the ordinary ones.
 * Origin: Unicode Standard §18.5 and Annex #11; ftfy's fix_character_width. Defaults: letters, digits, kana and the
 * ideographic space change, punctuation stays, because full-width punctuation is right in Chinese and Japanese (the step
 * `punctuation` sets it by context).
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

const config = z.strictObject({
  letters: z.enum(['half', 'keep']).default('half').describe('Full-width letters and digits'),
  punctuation: z
    .enum(['half', 'full', 'keep'])
    .default('keep')
    .describe('Punctuation: `half` for western languages, `full` makes ASCII marks full-width'),
  kana: z.enum(['full', 'keep']).default('full').describe('Half-width katakana and hangul'),
  space: z.enum(['half', 'keep']).default('half').describe('Ideographic space U+3000 to a space'),
  fields: fieldsOption,
});

export const width = defineStep({
  name: 'width',
  kind: 'clean',
  version: 1,
  config,
  describe: ({ letters, punctuation, fields }) =>
    `Width of characters in ${fields.join(', ')}: letters ${letters}, punctuation ${punctuation}`,
  each(options, context) {
    const change = widthChanger(options);
    return changeFields(options.fields, context, change);
  },
});

function widthChanger({ letters, punctuation, kana, space }: z.output<typeof config>): (text: string) => string {
  const table = new Map<string, string>();
  for (let unit = 0xff01; unit <= 0xff5e; unit++) {
    const full = String.fromCharCode(unit);
    const half = String.fromCharCode(unit - 0xfee0);
    if (/[A-Za-z0-9]/.test(half)) {
      if (letters === 'half') table.set(full, half);
    } else if (punctuation === 'half') table.set(full, half);
    else if (punctuation === 'full') table.set(half, full);
  }
  if (punctuation === 'half') table.set('。', '.').set('、', ',').set('｡', '.').set('､', ',');
  if (kana === 'full')
    for (let unit = 0xff66; unit <= 0xffdc; unit++) {
      const character = String.fromCharCode(unit);
      const ordinary = character.normalize('NFKC');
      if (ordinary !== character) table.set(character, ordinary);
    }
  if (space === 'half') table.set('\u3000', ' ');
  const members = [...table.keys()].map((key) => `\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  if (members === '') return (text) => text;
  const unwanted = new RegExp(`[${members}]`, 'g');
  // Half-width kana keep their voicing mark apart: composed afterwards.
  const voiced = /[\u3099\u309a]/;
  return (text) => {
    const changed = text.replace(unwanted, (character) => table.get(character)!);
    return changed !== text && voiced.test(changed) ? changed.normalize('NFC') : changed;
  };
}
