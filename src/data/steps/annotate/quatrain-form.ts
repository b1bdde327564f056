/**
 * Names the form of a Chinese quatrain in `meta.form`: four lines of five (五言绝句) or seven (七言绝句) characters.
 * Origin: the definition of jueju; tone and rhyme are not checked. Default: other poems stay, without a form.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';

export const quatrainForm = defineStep({
  name: 'quatrain-form',
  kind: 'annotate',
  version: 1,
  config: z.strictObject({
    drop_irregular: z.boolean().default(false).describe('Drop poems that are not regular quatrains'),
    script: z
      .enum(['simplified', 'traditional'])
      .default('simplified')
      .describe('Script of the name: 五言绝句 or 五言絕句'),
  }),
  describe: ({ drop_irregular }) => `meta.form of regular quatrains${drop_irregular ? '; others are dropped' : ''}`,
  each:
    ({ drop_irregular, script }, context) =>
    (document) => {
      const width = quatrainWidth(document.text);
      if (width === undefined) {
        if (!drop_irregular) return document;
        context.drop(document, 'irregular-form');
        return undefined;
      }
      const form = `${width === 5 ? '五' : '七'}言${script === 'simplified' ? '绝' : '絕'}句`;
      context.count(form);
      return { ...document, meta: { ...document.meta, form } };
    },
});

const LINE_ENDS = /[，。！？；：、,.!?;:\s]+/u;
const HAN_LINE = /^[\p{Script=Han}〇]+$/u;

/** 5 or 7 where the text is four lines of so many Chinese characters, else undefined. */
export function quatrainWidth(text: string): 5 | 7 | undefined {
  const lines = text.split(LINE_ENDS).filter((line) => line !== '');
  if (lines.length !== 4 || !lines.every((line) => HAN_LINE.test(line))) return undefined;
  const widths = lines.map((line) => [...line].length);
  const width = widths[0];
  return (width === 5 || width === 7) && widths.every((other) => other === width) ? width : undefined;
}
