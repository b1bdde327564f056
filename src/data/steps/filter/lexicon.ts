/**
 * Counts words and phrases of a list (obscene ones, by default) and drops documents that have many of them; writes
 * `meta.lexicon_hits` and `meta.lexicon_per_1000` (per 1000 words; a Han character is a word).
 * Origin: C4's bad-words filter (Raffel et al. 2020, §2.2) with its own list (LDNOOBW, CC BY 4.0, English and Chinese;
 * the Chinese one also matches Traditional characters). C4 drops a page for one word, which removes texts of and about
 * minorities (Dodge et al. 2021, §5.3) and medical ones; here it takes `min_hits` words and a density, by default 3 and
 * 3 per 1000. `max_per_1000: 0, min_hits: 1` is C4's rule. About 15 MB of text a second.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';

export const lexicon = defineStep({
  name: 'lexicon',
  kind: 'filter',
  version: 1,
  config: z.strictObject({
    lists: z
      .array(z.enum(['en', 'zh']))
      .default(['en', 'zh'])
      .describe('Lists that ship with Athanor'),
    files: z.array(z.string()).default([]).describe('More lists: text files, an entry a line, `#` for comment lines'),
    words: z.array(z.string()).default([]).describe('More entries'),
    except: z.array(z.string()).default([]).describe('Entries of the lists that are left out'),
    min_hits: z.int().min(1).default(3).describe('A document with fewer listed words is kept whatever their density'),
    max_per_1000: z.number().min(0).default(3).describe('Listed words per 1000 words that are still kept'),
    obfuscated: z
      .boolean()
      .default(false)
      .describe('Also find full-width, accented and leet spellings, and Han characters with marks between them'),
    action: z.enum(['drop', 'annotate']).default('drop').describe('What happens above the limits'),
  }),
  files: ({ files }) => files,
  describe: ({ lists, files, words, min_hits, max_per_1000, action }) =>
    `${action === 'drop' ? 'Dropped' : 'Marked'}: ${min_hits} or more and over ${max_per_1000} per 1000 words of ${[...lists.map((l) => `the list ${l}`), ...files, ...(words.length > 0 ? [`${words.length} given words`] : [])].join(', ')}`,
  async each(options, context) {
    const { lexiconFinder } = await import('../../lexicon/finder.ts');
    const { readList, readShippedList } = await import('../../lexicon/lists.ts');
    const all: string[] = [...options.words];
    for (const name of options.lists) all.push(...(await readShippedList(name)));
    for (const path of options.files) all.push(...readList(path, context.baseDir));
    const except = new Set(options.except.map((word) => word.toLowerCase()));
    const finder = lexiconFinder(
      all.filter((word) => !except.has(word.toLowerCase())),
      options.obfuscated,
    );
    return (document) => {
      const { hits, words } = finder.count(document.text);
      const density = words === 0 ? 0 : (hits * 1000) / words;
      const above = hits >= options.min_hits && density > options.max_per_1000;
      if (above && options.action === 'drop') {
        const detail = `${hits} listed words in ${words}: ${density.toFixed(1)} per 1000 > ${options.max_per_1000}`;
        return context.drop(document, 'listed-words', detail);
      }
      if (above) context.count('above-limit');
      const meta = { ...document.meta, lexicon_hits: hits, lexicon_per_1000: Math.round(density * 100) / 100 };
      return { ...document, meta };
    };
  },
});
