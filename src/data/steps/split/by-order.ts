/**
 * Splits the corpus in its order, by characters: train first, then validation, then test; a document on a border is cut
 * in two, unless it belongs to a group (`meta.group`), whose documents all go where the first one begins.
 * Origin: nanoGPT's data preparation (first 90 % of tiny Shakespeare trains, the rest validates).
 * Memory: holds the corpus, whose length must be known first.
 */
import { z } from 'zod';
import { countCharacters, type Document, splitNames } from '../../document.ts';
import { defineStep } from '../../step.ts';
import { boundaries, shareFields } from './by-hash.ts';

export const byOrder = defineStep({
  name: 'by-order',
  kind: 'split',
  version: 2,
  config: z.strictObject(shareFields),
  describe: ({ train, validation, test }) =>
    `train ${train}, validation ${validation}, test ${test} in order of the corpus, by characters`,
  async *run(documents, options, context) {
    const all: Document[] = [];
    let total = 0;
    for await (const document of documents) {
      all.push(document);
      total += countCharacters(document.text);
    }
    // nanoGPT cuts at int(n × 0.9).
    const ends = [...boundaries(options).map((fraction) => Math.floor(total * fraction)), total];
    let side = 0;
    let position = 0;
    const sideOfGroup = new Map<unknown, number>();
    for (const document of all) {
      const { group } = document.meta;
      if (group !== undefined) {
        while (side < 2 && position >= ends[side]!) side++;
        const own = sideOfGroup.get(group) ?? side;
        sideOfGroup.set(group, own);
        position += countCharacters(document.text);
        yield { ...document, split: splitNames[own] };
        continue;
      }
      let rest = document;
      let length = countCharacters(document.text);
      while (side < 2 && position + length > ends[side]!) {
        const room = Math.max(0, ends[side]! - position); // a group may have gone beyond
        if (room > 0) {
          const [head, tail] = cut(rest, room);
          context.count('cut');
          yield { ...head, split: splitNames[side] };
          rest = tail;
        }
        position += room;
        length -= room;
        side++;
      }
      position += length;
      yield { ...rest, split: splitNames[side] };
    }
  },
});

/** Cuts a document after `length` characters; the second part's id says where it begins. */
function cut(document: Document, length: number): [Document, Document] {
  let at = length;
  // Units and characters differ only where there are surrogate pairs.
  if (countCharacters(document.text) !== document.text.length) at = [...document.text].slice(0, length).join('').length;
  return [
    { ...document, text: document.text.slice(0, at) },
    { ...document, id: `${document.id}+${length}`, text: document.text.slice(at) },
  ];
}
