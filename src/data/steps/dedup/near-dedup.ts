/**
 * Drops documents that are nearly equal to one that was kept: signatures find candidates by locality-sensitive hashing,
 * exact Jaccard similarity of the n-gram sets decides. The first document in order wins, and a document is only compared
 * with kept ones, so no chain of small differences removes a text that is unlike what stays.
 *
 * Origin: Broder 1997; Lee et al. 2022, "Deduplicating Training Data Makes Language Models Better" (§4.2 and appendix A:
 * 5-grams, threshold 0.8, verified); datatrove and text-dedup use the same method without verification and join chains.
 * Signatures are Fast Similarity Sketches (see sketch.ts). Defaults: character 5-grams, which suit Chinese and English
 * alike, 128 values, threshold 0.8. Short texts such as poems want `ngram: 2` or 3.
 *
 * Cost: one pass over each text on all cores; a record of about 140 bytes a document on the disk; documents that share a
 * bucket are read once more, on one thread. Memory: as given (`memoryBytes`), whatever the number of documents. Within a
 * bucket a document meets the latest 256 kept; beyond 2^20 n-grams sets are compared by a sample of at least 2^19 (an
 * error of about 0.0007).
 */
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { PagedRecords } from '../../sorting/paged-records.ts';
import { type DecideContext, defineStep } from '../../step.ts';
import { meetInBuckets } from './buckets.ts';
import { DocumentCache } from './document-cache.ts';
import { normaliseOption } from './normalise.ts';
import { type ShingleSet, ShingleTable, shingler, shingleSet } from './shingles.ts';
import { chooseBands, leastMatches, PackedSignature, Sketcher } from './sketch.ts';

const config = z.strictObject({
  threshold: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe('Jaccard similarity from which two documents count as the same'),
  unit: z
    .enum(['character', 'word'])
    .default('character')
    .describe('What n-grams are made of; a Han or kana character counts as a word'),
  ngram: z.int().min(1).max(64).default(5).describe('Length of the n-grams'),
  num_perm: z.int().min(8).max(1024).default(128).describe('Values of a signature: more = fewer missed, slower'),
  recall: z
    .number()
    .min(0.5)
    .lt(1)
    .default(0.98)
    .describe('Chance that a pair just at the threshold is found; decides bands and rows'),
  bands: z.int().positive().optional().describe('Bands of the signature; default: chosen for threshold and recall'),
  rows: z.int().positive().optional().describe('Values in a band; default: chosen for threshold and recall'),
  normalize: normaliseOption,
});
type Options = z.output<typeof config>;

/** A record: 64 bits of the folded text, then the packed signature. */
const printBytes = 8;

interface Duplicate {
  /** The kept document. */
  readonly of: string;
  readonly similarity: number;
}

export const nearDedup = defineStep({
  name: 'near-dedup',
  kind: 'dedup',
  version: 2,
  config,
  describe: (options) => {
    const { bands, rows } = layout(options);
    return `Documents whose ${options.unit} ${options.ngram}-grams have Jaccard similarity ≥ ${options.threshold} with a kept one (MinHash-LSH, ${bands} bands × ${rows} rows, verified): the first stays`;
  },
  survey: {
    scan: scanSignatures,
    decide,
    apply: (_, context) => (document, verdict) => {
      if (verdict === undefined) return document;
      const { of, similarity } = verdict as Duplicate;
      return context.drop(document, 'near-duplicate', `of ${of} (Jaccard ${similarity.toFixed(3)})`) as undefined;
    },
  },
});

function scanSignatures(options: Options): (document: { readonly text: string }) => Uint8Array {
  const { bands, rows } = layout(options);
  const packed = new PackedSignature(bands, rows);
  const sketcher = new Sketcher(bands * rows, shingler(options));
  const record = new Uint8Array(printBytes + packed.bytes);
  const view = new DataView(record.buffer);
  return ({ text }) => {
    sketcher.sketch(text);
    view.setUint32(0, sketcher.print[0]!, true);
    view.setUint32(4, sketcher.print[1]!, true);
    packed.pack(sketcher.values, record, printBytes);
    return record;
  };
}

async function decide(options: Options, context: DecideContext): Promise<void> {
  const { threshold } = options;
  const { bands, rows } = layout(options);
  const packed = new PackedSignature(bands, rows);
  const { memoryBytes } = context;
  const records = new PagedRecords({
    recordBytes: printBytes + packed.bytes,
    memoryBytes: memoryBytes / 4,
    path: join(context.directory, 'records'),
  });
  const shingle = shingler(options);
  const table = new ShingleTable();
  const cache = new DocumentCache<ShingleSet>((numbers) => context.read(numbers), memoryBytes / 4);
  const makeSet = (text: string): ShingleSet => shingleSet(text, shingle);
  const sizeOf = (set: ShingleSet): number => set.hashes.byteLength;
  // Signatures that agree in fewer values belong, but for one pair in a million, to sets below the threshold.
  const least = leastMatches(bands * rows, threshold);
  let comparisons = 0;
  const meet = (number: number, candidates: readonly number[]): boolean => {
    const own = Uint8Array.from(records.at(number));
    let set: ShingleSet | undefined;
    for (const candidate of candidates) {
      const other = records.at(candidate);
      let similarity = 0;
      if (samePrint(own, other)) similarity = 1;
      else {
        if (packed.matches(own, printBytes, other, printBytes) < least) continue;
        comparisons++;
        const kept = cache.valueOf(candidate, makeSet, sizeOf);
        if (!set) {
          set = cache.valueOf(number, makeSet, sizeOf);
          table.load(set);
        }
        similarity = table.jaccard(kept, threshold);
        if (similarity < threshold) continue;
      }
      cache.forget(number);
      const verdict: Duplicate = { of: cache.idOf(candidate), similarity };
      context.verdict(number, verdict);
      return false;
    }
    return true;
  };
  const counts = await meetInBuckets(context, {
    keys: bands,
    keysOf(bytes, out) {
      packed.bandKeys(bytes, printBytes, out);
      return bands;
    },
    see: (_, bytes) => records.append(bytes),
    meet,
    memoryBytes: memoryBytes / 2,
  });
  records.dispose();
  context.count('candidates', counts.met);
  context.count('comparisons', comparisons);
}

function samePrint(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < printBytes; i++) if (a[i] !== b[i]) return false;
  return true;
}

function layout(options: Options): { bands: number; rows: number } {
  const { bands, rows, num_perm } = options;
  if (bands === undefined && rows === undefined) return chooseBands(options.threshold, num_perm, options.recall);
  const wide = rows ?? Math.max(1, Math.floor(num_perm / bands!));
  const many = bands ?? Math.max(1, Math.floor(num_perm / wide));
  if (wide * many > num_perm) {
    throw new AthanorError(
      'bad-input',
      `near-dedup: ${many} bands × ${wide} rows need ${many * wide} hashes, num_perm is ${num_perm}`,
      { hint: 'Raise num_perm, or leave bands and rows out.' },
    );
  }
  return { bands: many, rows: wide };
}
