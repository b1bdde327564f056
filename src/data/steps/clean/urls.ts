/**
 * Web addresses in running text: removed or replaced by a placeholder. (E-mail addresses are the step `pii`.)
 * Origin: data-juicer's clean_links_mapper; addresses as in RFC 3986, begun by a scheme or `www.`. Trailing punctuation
 * and an unpaired closing bracket are left in the text, and an ideograph ends an address.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { changeFields, fieldsOption } from './fields.ts';

export const urls = defineStep({
  name: 'urls',
  kind: 'clean',
  version: 1,
  config: z.strictObject({
    action: z.enum(['remove', 'replace']).default('remove').describe('What becomes of an address'),
    replacement: z.string().default('<url>').describe('What stands in its place with `replace`'),
    fields: fieldsOption,
  }),
  describe: ({ action, fields }) =>
    `Web addresses ${action === 'remove' ? 'removed from' : 'replaced in'} ${fields.join(', ')}`,
  each: ({ action, replacement, fields }, context) =>
    changeFields(fields, context, (text) => replaceUrls(text, action === 'remove' ? '' : replacement)),
});

/** Beginning and the characters that an address may hold. */
const URL = /(?:https?:\/\/|ftp:\/\/|www\.)[\w\-.~:/?#[\]@!$&'()*+,;=%|]+/gi;

/** Every web address replaced; `$` has no meaning in the replacement. */
export function replaceUrls(text: string, replacement: string): string {
  if (!/:\/\/|www\./i.test(text)) return text;
  return text.replace(URL, (address) => replacement + address.slice(endOfUrl(address)));
}

function endOfUrl(address: string): number {
  let open = 0;
  for (const character of address) open += character === '(' ? 1 : character === ')' ? -1 : 0;
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1]!;
    if (last === ')' && open < 0) open++;
    else if (!'.,;:!?\'"]'.includes(last)) break;
  }
  return end;
}
