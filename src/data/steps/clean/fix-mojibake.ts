/**
 * Mojibake: repairs text that was decoded in the wrong encoding, where the repair is certain.
 * - UTF-8 read as Latin-1, Windows-125x, ISO 8859-2, Mac Roman or code page 437 (`cafÃ©`, `ä¸­æ–‡`), several times over,
 *   in a whole line or in parts of it; halves of sequences become U+FFFD. Origin: ftfy 6's `fix_encoding` (Robyn Speer),
 *   line by line as its `fix_text` does; the same results, see src/data/text/mojibake.
 * - UTF-8 read as GBK (`鐢熸椿`, `鈥檚`), GBK read as Latin-1 (`ÖÐ¹ú£¬`), and `锟斤拷`, which is what two lost characters
 *   look like in GBK. Origin: our own rules on top of ftfy, which knows no GBK; described in fix-chinese.ts.
 * Cost: lines in plain ASCII cost nothing, others a look at each character.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { fixLostCharacters, fixReadAsGbk, fixReadAsLatin } from '../../text/mojibake/fix-chinese.ts';
import { fixEncoding, mayBeMisread } from '../../text/mojibake/fix-encoding.ts';
import { changeFields, fieldsOption } from './fields.ts';

const config = z.strictObject({
  single_byte: z.boolean().default(true).describe('Repair UTF-8 that was read in a single-byte encoding'),
  gbk: z.boolean().default(true).describe('Repair UTF-8 read as GBK, and GBK read as Latin-1'),
  fields: fieldsOption,
});

/** Longer lines are repaired in pieces of this many units, as ftfy does. */
const longestLine = 1_000_000;

export const fixMojibake = defineStep({
  name: 'fix-mojibake',
  kind: 'clean',
  version: 1,
  config,
  describe: ({ fields }) => `Text decoded in the wrong encoding repaired in ${fields.join(', ')}`,
  each: (options, context) => changeFields(options.fields, context, (text) => repair(text, options)),
});

const NOT_ASCII = /[\u0080-\uffff]/;

function repair(text: string, options: z.output<typeof config>): string {
  if (!NOT_ASCII.test(text)) return text;
  let result = options.gbk ? fixLostCharacters(fixReadAsGbk(fixReadAsLatin(text))) : text;
  if (options.single_byte && mayBeMisread(result)) result = fixLines(result);
  return result;
}

function fixLines(text: string): string {
  let result = '';
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf('\n', start) + 1;
    const end = Math.min(lineEnd === 0 ? text.length : lineEnd, start + longestLine);
    result += fixEncoding(text.slice(start, end));
    start = end;
  }
  return result;
}
