/**
 * Proposes entities by rules (regular expressions) and dictionaries, into `meta.entities`
 * (`{ id, start, end, label, text, source }`, offsets in UTF-16 code units). Of overlapping finds the longest stays, then
 * the one that stands first in the config; entities that a document already has always stay.
 * Origin: distant supervision by dictionaries (Mintz et al. 2009, §3, for relations; AutoNER, Shang et al. 2018, §3, for
 * entities); words are found by Aho & Corasick 1975. Cost: one pass a dictionary, one pass a rule; a rule's own pattern
 * may be slow on hostile text.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { AthanorError, nearest } from '../../../core/index.ts';
import { readText } from '../../../core/node.ts';
import { entitiesOf, withEntities } from '../../annotation/meta-entities.ts';
import { dictionarySchema, preAnnotator, ruleSchema, type WordList } from '../../annotation/pre-annotate.ts';
import { readProject } from '../../annotation/project.ts';
import { defineStep } from '../../step.ts';

const config = z.strictObject({
  rules: z.array(ruleSchema).default([]).describe('Regular expressions and the labels of what they match'),
  dictionaries: z.array(dictionarySchema).default([]).describe('Lists of words and their labels'),
  project: z
    .string()
    .optional()
    .describe('Project file of the annotation, relative to the recipe: labels that it does not have are an error'),
  drop_without: z.boolean().default(false).describe('Drop documents in which nothing was found'),
});

export const preAnnotate = defineStep({
  name: 'pre-annotate',
  kind: 'annotate',
  version: 1,
  config,
  describe: ({ rules, dictionaries }) => `Entities by ${rules.length} rules and ${dictionaries.length} dictionaries`,
  each(options, context) {
    checkLabels(options, context.baseDir);
    const lists = options.dictionaries.map((one): WordList => {
      const { path, ...list } = one;
      const words = path === undefined ? [] : wordsOf(readText(resolve(context.baseDir, path)));
      return { ...list, words: [...list.words, ...words] };
    });
    const annotate = preAnnotator(options.rules, lists);
    return (document) => {
      const own = entitiesOf(document);
      const found = annotate(document.text).filter(
        ({ start, end }) => !own.some((one) => one.start < end && start < one.end),
      );
      if (found.length === 0 && own.length === 0 && options.drop_without) {
        context.drop(document, 'no-entities', 'no rule and no dictionary matched');
        return undefined;
      }
      if (found.length === 0) return document;
      context.count('entities', found.length);
      context.count('annotated');
      const taken = new Set(own.map(({ id }) => id));
      let number = 0;
      const named = found.map((entity) => {
        do number++;
        while (taken.has(`e${number}`));
        return { ...entity, id: `e${number}` };
      });
      return withEntities(
        document,
        [...own, ...named].sort((a, b) => a.start - b.start || b.end - a.end),
      );
    };
  },
});

/** One word a line; a tab or ` #` begins a comment. */
export function wordsOf(file: string): string[] {
  return file
    .split(/\r?\n/)
    .map((line) => line.replace(/^#.*$|\t.*$|\s#.*$/, '').trim())
    .filter((word) => word !== '');
}

function checkLabels({ project, rules, dictionaries }: z.output<typeof config>, baseDir: string): void {
  if (project === undefined) return;
  const path = resolve(baseDir, project);
  const labels = readProject(path).labels.map(({ name }) => name);
  const unknown = [...rules, ...dictionaries].find(({ label }) => !labels.includes(label));
  if (unknown === undefined) return;
  const near = nearest(unknown.label, labels);
  throw new AthanorError('bad-input', `pre-annotate: the project has no label '${unknown.label}'`, {
    place: path,
    hint: `${near ? `Did you mean '${near}'? ` : ''}Labels: ${labels.join(', ')}.`,
  });
}
