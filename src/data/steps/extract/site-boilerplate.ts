/**
 * Removes the template of a site: lines that stand on many pages of one host (menus, cookie notices, "about us",
 * copyright). Run it after `html-content` or `html-text`. Two lines are one when they differ in digits, case or spaces
 * only. Short lines inside a page stay, because in code and tables they recur by right.
 *
 * Origin: template detection by what pages of a site share (Bar-Yossef & Rajagopalan, WWW 2002), on lines as CCNet's
 * paragraph deduplication (Wenzek et al., LREC 2020, §3.1) does over the whole crawl; here within a site, so that what
 * many sites quote is not touched.
 *
 * Defaults: on 5 pages at least and on a fifth of the site's; 20 characters inside a page. Costs: 24 bytes of disk a line
 * while it decides; memory as given to the step.
 */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import { ExternalSort } from '../../sorting/external-sort.ts';
import { type DecideContext, defineStep } from '../../step.ts';
import { hash64 } from '../../text/hash.ts';

const config = z.strictObject({
  min_pages: z
    .int()
    .min(2)
    .default(5)
    .describe('A line of the template stands on at least this many pages of its site'),
  min_share: z.number().min(0).max(1).default(0.2).describe('… and on at least this share of the pages of its site'),
  min_characters: z
    .int()
    .min(1)
    .default(20)
    .describe('Shorter lines go only at the top and bottom of a page, in a row of such lines, in characters'),
});
type Options = z.output<typeof config>;

/** A record's words: site (2), line (2), document, number of the line. */
const width = 6;

export const siteBoilerplate = defineStep({
  name: 'site-boilerplate',
  kind: 'extract',
  version: 1,
  config,
  describe: ({ min_pages, min_share }) =>
    `Lines on at least ${min_pages} pages and ${min_share * 100}% of the pages of a site are removed`,
  survey: {
    scan: () => (document) => {
      const site = siteOf(document);
      if (site === undefined) return undefined;
      const lines = document.text.split('\n');
      const words = new Uint32Array(2 + lines.length * 2);
      hash64(site, words);
      // 0 marks the page itself, and blank lines, which are no line of anything.
      for (const [i, line] of lines.entries()) {
        const folded = foldLine(line);
        if (folded !== '') hash64(folded, words, 2 + i * 2);
      }
      return new Uint8Array(words.buffer);
    },
    decide: decideLines,
    apply(options, context) {
      return (document, verdict) => {
        if (siteOf(document) === undefined) context.count('no-site');
        if (!Array.isArray(verdict)) return document;
        const lines = document.text.split('\n');
        const removed = linesToRemove(lines, new Set(verdict as number[]), options.min_characters);
        if (removed.size === 0) return document;
        context.count('lines', removed.size);
        const text = lines
          .filter((_, i) => !removed.has(i))
          .join('\n')
          .replace(/\n{3,}/g, '\n\n')
          .trim();
        if (text === '') {
          context.drop(document, 'only-boilerplate', `all ${removed.size} lines stand on many pages of the site`);
          return undefined;
        }
        context.count('changed');
        return { ...document, text };
      };
    },
  },
});

/** Host of the address, or the site's name. */
function siteOf({ meta: { url, site } }: Document): string | undefined {
  if (typeof url === 'string') {
    const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]+)/i.exec(url.slice(0, 2000))?.[1];
    if (host !== undefined) return host.toLowerCase().replace(/^www\./, '');
  }
  return typeof site === 'string' && site !== '' ? site : undefined;
}

const foldLine = (line: string): string => line.trim().toLowerCase().replace(/\s+/g, ' ').replace(/\d+/g, '0');

async function decideLines(options: Options, context: DecideContext): Promise<void> {
  const { directory } = context;
  const memoryBytes = Math.floor(context.memoryBytes / 2);
  const byLine = new ExternalSort({ width, keys: 4, memoryBytes, directory, name: 'lines' });
  const byDocument = new ExternalSort({ width: 2, keys: 2, memoryBytes, directory, name: 'documents' });
  try {
    const record = new Uint32Array(width);
    for await (const batch of context.records()) {
      for (const { number, bytes } of batch) {
        if (bytes.length < 8) continue;
        const words = new Uint32Array(bytes.slice().buffer);
        record.set([words[0]!, words[1]!, 0, 0, number, 0]);
        byLine.add(record);
        for (let at = 2; at < words.length; at += 2) {
          if (words[at] === 0 && words[at + 1] === 0) continue;
          record.set([words[0]!, words[1]!, words[at]!, words[at + 1]!, number, (at - 2) / 2]);
          byLine.add(record);
        }
      }
    }
    collectRecurring(byLine, byDocument, options);
    giveVerdicts(byDocument, context);
  } finally {
    byLine.dispose();
    byDocument.dispose();
  }
}

/** Passes on the places of each line that stands on enough pages. A site's pages come first, so their number is known. */
function collectRecurring(byLine: ExternalSort, byDocument: ExternalSort, { min_pages, min_share }: Options): void {
  let key: [number, number, number, number] = [0, 0, 0, 0];
  let pages = 0;
  let limit = min_pages;
  let documents = 0;
  let lastDocument = -1;
  let waiting: number[] = [];
  for (const { words, count } of byLine.sorted()) {
    for (let at = 0; at < count * width; at += width) {
      const [a, b, c, d] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
      const [document, line] = [words[at + 4]!, words[at + 5]!];
      if (a !== key[0] || b !== key[1]) pages = 0;
      if (c === 0 && d === 0) {
        pages++;
        limit = Math.max(min_pages, Math.ceil(pages * min_share));
        key = [a, b, 0, 0];
        continue;
      }
      if (a !== key[0] || b !== key[1] || c !== key[2] || d !== key[3]) {
        key = [a, b, c, d];
        [documents, lastDocument, waiting] = [0, -1, []];
      }
      if (document !== lastDocument) documents++;
      lastDocument = document;
      waiting.push(document, line);
      if (documents < limit) continue;
      for (let i = 0; i < waiting.length; i += 2) byDocument.add(waiting, i);
      waiting = [];
    }
  }
}

function giveVerdicts(byDocument: ExternalSort, context: DecideContext): void {
  let current = -1;
  let lines: number[] = [];
  const flush = () => {
    if (lines.length > 0) context.verdict(current, lines);
    lines = [];
  };
  for (const { words, count } of byDocument.sorted()) {
    for (let at = 0; at < count * 2; at += 2) {
      if (words[at] !== current) {
        flush();
        current = words[at]!;
      }
      lines.push(words[at + 1]!);
    }
  }
  flush();
}

/** All recurring lines at the two ends of a page; in between, the long ones. */
function linesToRemove(lines: readonly string[], recurring: ReadonlySet<number>, minCharacters: number): Set<number> {
  const removed = new Set<number>();
  const isPart = (i: number) => recurring.has(i) || lines[i]!.trim() === '';
  for (let i = 0; i < lines.length && isPart(i); i++) if (recurring.has(i)) removed.add(i);
  for (let i = lines.length - 1; i >= 0 && isPart(i); i--) if (recurring.has(i)) removed.add(i);
  for (const i of recurring) if ((lines[i]?.trim().length ?? 0) >= minCharacters) removed.add(i);
  return removed;
}
