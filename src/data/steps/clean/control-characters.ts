/**
 * Removes characters that nobody sees: controls (C0 except tab and line ends, DEL, C1), noncharacters, and by default
 * also invisible format characters (zero-width space, word joiner, byte-order mark, soft hyphen, bidi overrides).
 * Joiners (U+200C, U+200D) stay: emoji, Persian and Indic scripts need them.
 * Origin: Unicode Standard ch. 23 "Special Areas and Format Characters"; ftfy's remove_control_chars.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

const CONTROLS =
  '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\p{Noncharacter_Code_Point}';
const INVISIBLE = '\\u00ad\\u200b\\u2060\\ufeff\\u202a-\\u202e\\u2066-\\u2069';

export const controlCharacters = defineStep({
  name: 'control-characters',
  kind: 'clean',
  version: 1,
  config: z.strictObject({
    invisible: z.boolean().default(true).describe('Remove invisible format characters too'),
    fields: fieldsOption,
  }),
  describe: ({ invisible, fields }) =>
    `Control${invisible ? ' and invisible' : ''} characters removed from ${fields.join(', ')}`,
  each({ invisible, fields }, context) {
    const unwanted = new RegExp(`[${CONTROLS}${invisible ? INVISIBLE : ''}]`, 'gu');
    return changeFields(fields, context, (text) => text.replace(unwanted, ''));
  },
});
