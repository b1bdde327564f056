/**
 * Drops documents whose text, or whose value of another field, came before: 128-bit hash of the folded text, the first
 * document wins.
 * Origin: the exact stage of datatrove (`exact_dedup.py`) and CCNet (Wenzek et al. 2020, §3.1, which hashes folded text
 * too). `field: url` is the URL deduplication of FineWeb and dolma; documents without the field stay.
 *
 * Cost: one pass on all cores; 20 bytes a document, sorted out of core within the memory given. The hash is MurmurHash3,
 * not a cryptographic one: a false duplicate is less likely than a memory error, unless somebody makes one on purpose.
 */
import { z } from 'zod';
import { fieldOf } from '../../document.ts';
import { ExternalSort } from '../../sorting/external-sort.ts';
import { RepeatFilter } from '../../sorting/repeat-filter.ts';
import { type DecideContext, defineStep } from '../../step.ts';
import { folder } from '../../text/fold.ts';
import { hash128, WordHasher } from '../../text/hash.ts';
import { normaliseOption } from './normalise.ts';

const config = z.strictObject({
  field: z
    .string()
    .min(1)
    .default('text')
    .describe('What is compared: `text`, `id`, or a field of `meta` such as `url`'),
  normalize: normaliseOption,
});

export const exactDedup = defineStep({
  name: 'exact-dedup',
  kind: 'dedup',
  version: 2,
  config,
  describe: ({ field, normalize }) => `Documents with equal ${field} (comparison: ${normalize}): the first stays`,
  survey: {
    scan({ field, normalize }) {
      const hash = textHasher(normalize);
      const words = new Uint32Array(4);
      const bytes = new Uint8Array(words.buffer);
      return (document) => {
        const value = fieldOf(document, field);
        if (value === undefined || value === null) return undefined;
        hash(typeof value === 'string' ? value : JSON.stringify(value), words);
        return bytes;
      };
    },
    decide: (_, context) => decide(context),
    apply: (_, context) => (document, verdict) =>
      verdict === undefined
        ? document
        : (context.drop(document, 'exact-duplicate', `of ${String(verdict)}`) as undefined),
  },
});

function textHasher(normalize: z.output<typeof normaliseOption>): (text: string, out: Uint32Array) => void {
  if (normalize === 'none') return (text, out) => hash128(text, out);
  const fold = folder(normalize);
  const hasher = new WordHasher();
  return (text, out) => {
    hasher.reset();
    fold(text, (points, count) => hasher.add(points, count));
    hasher.digest(out);
  };
}

async function decide(context: DecideContext): Promise<void> {
  const { directory } = context;
  const memoryBytes = context.memoryBytes / 3;
  const filter = new RepeatFilter(context.documents, memoryBytes);
  const words = new Uint32Array(5);
  const bytes = new Uint8Array(words.buffer, 0, 16);
  for await (const batch of context.records()) {
    for (const record of batch) {
      if (record.bytes.length === 0) continue;
      bytes.set(record.bytes);
      filter.see(words[0]!);
    }
  }
  const byHash = new ExternalSort({ width: 5, keys: 4, memoryBytes, directory, name: 'by-hash' });
  for await (const batch of context.records()) {
    for (const record of batch) {
      if (record.bytes.length === 0) continue;
      bytes.set(record.bytes);
      if (!filter.mayRepeat(words[0]!)) continue;
      words[4] = record.number;
      byHash.add(words);
    }
  }
  // (document, the first that is equal)
  const byNumber = new ExternalSort({ width: 2, keys: 1, memoryBytes, directory, name: 'by-number' });
  const first = new Uint32Array(5);
  const pair = new Uint32Array(2);
  let any = false;
  for (const { words: sorted, count } of byHash.sorted()) {
    for (let at = 0; at < 5 * count; at += 5) {
      const same =
        any &&
        sorted[at] === first[0] &&
        sorted[at + 1] === first[1] &&
        sorted[at + 2] === first[2] &&
        sorted[at + 3] === first[3];
      if (same) {
        pair[0] = sorted[at + 4]!;
        pair[1] = first[4]!;
        byNumber.add(pair);
      } else {
        first.set(sorted.subarray(at, at + 5));
        any = true;
      }
    }
  }
  giveIds(byNumber, context);
}

const idsAtOnce = 512;

/** Verdicts with the ids of the documents that stay. */
function giveIds(byNumber: ExternalSort, context: DecideContext): void {
  const ids = new Map<number, string>();
  for (const { words, count } of byNumber.sorted()) {
    for (let start = 0; start < count; start += idsAtOnce) {
      const end = Math.min(count, start + idsAtOnce);
      for (let i = start; i < end; i++) {
        const kept = words[2 * i + 1]!;
        if (!ids.has(kept)) ids.set(kept, context.read([kept])[0]!.id);
        context.verdict(words[2 * i]!, ids.get(kept)!);
      }
      if (ids.size > 16 * idsAtOnce) ids.clear();
    }
  }
}
