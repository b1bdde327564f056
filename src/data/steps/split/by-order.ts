/**
 * Splits the corpus in its order, by characters: train first, then validation, then test; a document on a border is cut
 * in two, unless it belongs to a group (`meta.group`), whose documents all go where the first one begins.
 * Origin: nanoGPT's data preparation (first 90 % of tiny Shakespeare trains, the rest validates).
 * Memory: about a hundred bytes a group; 8 bytes a document on the disk.
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
  survey: {
    scan: () => (document) => {
      const { group } = document.meta;
      const name = group === undefined ? new Uint8Array(0) : new TextEncoder().encode(JSON.stringify(group));
      const record = new Uint8Array(8 + name.length);
      new DataView(record.buffer).setFloat64(0, countCharacters(document.text), true);
      record.set(name, 8);
      return record;
    },

    async decide(options, context) {
      let total = 0;
      for await (const batch of context.records()) for (const { bytes } of batch) total += lengthIn(bytes);
      // nanoGPT cuts at int(n × 0.9).
      const ends = [...boundaries(options).map((fraction) => Math.floor(total * fraction)), total];
      let side = 0;
      let position = 0;
      const sideOfGroup = new Map<string, number>();
      for await (const batch of context.records())
        for (const { number, bytes } of batch) {
          let length = lengthIn(bytes);
          if (bytes.length > 8) {
            const group = Buffer.from(bytes.subarray(8)).toString();
            while (side < 2 && position >= ends[side]!) side++;
            const own = sideOfGroup.get(group) ?? side;
            sideOfGroup.set(group, own);
            position += length;
            context.verdict(number, [own]);
            continue;
          }
          // Sides and, between them, after how many characters the document is cut.
          const parts: number[] = [];
          while (side < 2 && position + length > ends[side]!) {
            const room = Math.max(0, ends[side]! - position); // a group may have gone beyond
            if (room > 0) parts.push(side, room);
            position += room;
            length -= room;
            side++;
          }
          position += length;
          context.verdict(number, [...parts, side]);
        }
    },

    apply: (_, context) => (document, verdict) => {
      const parts = verdict as readonly number[];
      const pieces: Document[] = [];
      let rest = document;
      for (let i = 0; i + 1 < parts.length; i += 2) {
        const [head, tail] = cut(rest, parts[i + 1]!);
        context.count('cut');
        pieces.push({ ...head, split: splitNames[parts[i]!]! });
        rest = tail;
      }
      return [...pieces, { ...rest, split: splitNames[parts.at(-1)!]! }];
    },
  },
});

const lengthIn = (record: Uint8Array): number =>
  new DataView(record.buffer, record.byteOffset, record.byteLength).getFloat64(0, true);

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
