/**
 * Keeps code under licences that are allowed. A file's licence is `meta.licence` (or `meta.license`; of its repository) and
 * what its own head says: an `SPDX-License-Identifier` or a well-known notice. Both must be allowed where both are there.
 * SPDX expressions are understood: of `A OR B` one must be allowed, of `A AND B` both.
 * Origin: The Stack (Kocetkov et al. 2022, §3.1): only permissive licences, by the Blue Oak list; files without a licence
 * are left out. This is a filter, not legal advice: names and notices may be wrong.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { expressionAllows, licenceInHead, onList, permissive } from './licences.ts';

export const licenceFilter = defineStep({
  name: 'licence-filter',
  kind: 'code',
  version: 2,
  config: z.strictObject({
    allow: z
      .array(z.string().min(1))
      .default([...permissive])
      .describe('SPDX ids that are allowed; `BSD-*` means all that begin so. Default: common permissive licences'),
    deny: z
      .array(z.string().min(1))
      .default([])
      .describe('SPDX ids that are not allowed even if `allow` has them; `GPL` means all its versions'),
    unknown: z.enum(['drop', 'keep']).default('drop').describe('Documents whose licence is not known'),
    head: z.boolean().default(true).describe('Look for an SPDX tag or a notice at the head of the text'),
    head_characters: z
      .int()
      .min(0)
      .default(4000)
      .describe('How much of the text counts as its head, in UTF-16 code units'),
  }),
  describe: ({ allow, deny, unknown }) =>
    `Licences: ${allow.length} allowed${deny.length > 0 ? `, not ${deny.join(', ')}` : ''}; unknown ones: ${unknown}`,
  each: (options, context) => (document) => {
    const declared = [document.meta.licence ?? document.meta.license]
      .flat()
      .filter((one) => typeof one === 'string' && one.trim() !== '');
    const own = options.head ? licenceInHead(document.text.slice(0, options.head_characters)) : undefined;
    const all = [...(declared as string[]), ...(own === undefined ? [] : [own])];
    if (all.length === 0) {
      if (options.unknown === 'keep') return document;
      context.drop(document, 'licence-unknown', 'neither meta.licence nor the head of the text says');
      return undefined;
    }
    const allows = (licence: string) => onList(licence, options.allow) && !onList(licence, options.deny);
    const wrong = all.find((expression) => !expressionAllows(expression, allows));
    if (wrong !== undefined) {
      context.drop(
        document,
        'licence-not-allowed',
        `${wrong.slice(0, 100)}${wrong === own ? ' (head of the file)' : ''}`,
      );
      return undefined;
    }
    if (declared.length > 0) return document;
    context.count('licence-from-head');
    return { ...document, meta: { ...document.meta, licence: own } };
  },
});
