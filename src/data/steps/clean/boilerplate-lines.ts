/**
 * Drops lines that belong to a web page and not to its text: navigation, sharing, logins, cookies, advertisement,
 * copyright, editors' credits, in English and Chinese.
 * Origin: C4's lines about JavaScript, cookies and policies (Raffel et al. 2020); RefinedWeb's line corrections (Penedo
 * et al. 2023, appendix G.2: counters, login and share lines of at most ten words); for Chinese our own list, from the
 * footers of news and forum pages (责任编辑, 上一篇, 关注公众号, 版权声明 …). A line is dropped where a phrase makes up
 * most of it: `max_length` keeps paragraphs that only mention a phrase. The lists are in src/data/text/boilerplate.ts.
 */
import { z } from 'zod';
import { countCharacters } from '../../document.ts';
import { defineStep } from '../../step.ts';
import { boilerplateGroups, matcherOf } from '../../text/boilerplate.ts';
import { isBlank } from '../../text/lines.ts';

const config = z.strictObject({
  groups: z
    .array(z.enum(boilerplateGroups))
    .default([...boilerplateGroups])
    .describe('Kinds of lines that are dropped'),
  max_length: z.int().positive().default(120).describe('Longer lines stay, in characters; an ideograph counts as two'),
  phrases: z.array(z.string().min(1)).default([]).describe('More phrases: a line that holds one is dropped'),
  ends_only: z.boolean().default(false).describe('Only among the first and last 20 lines'),
});

export const boilerplateLines = defineStep({
  name: 'boilerplate-lines',
  kind: 'clean',
  version: 1,
  config,
  describe: ({ groups }) => `Lines that are ${groups.join(', ')} dropped`,
  each({ groups, max_length, phrases, ends_only }, context) {
    const match = matcherOf(groups, phrases);
    return (document) => {
      const lines = document.text.split('\n');
      let dropped = 0;
      const kept = lines.filter((line, i) => {
        if (line.length > max_length || (ends_only && i >= 20 && i < lines.length - 20)) return true;
        const group = match(line);
        if (group === undefined || lengthOf(line) > max_length || isBlank(line)) return true;
        context.count(`lines-${group}`);
        dropped++;
        return false;
      });
      return dropped === 0 ? document : { ...document, text: kept.join('\n') };
    };
  },
});

function lengthOf(line: string): number {
  return countCharacters(line) + (line.match(/\p{Script=Han}/gu)?.length ?? 0);
}
