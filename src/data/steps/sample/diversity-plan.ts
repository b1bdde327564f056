/** The decisions of the step `diversity`: clusters from a sample, every document's cluster, who stays. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DecideContext } from '../../step.ts';
import { type SparseVector, trainClusters } from './clusters.ts';
import { selectSmallest } from './select.ts';
import { countWordsOf, hashOf, topicVector } from './topic-vectors.ts';

export interface DiversityOptions {
  readonly clusters: number;
  readonly count?: number | undefined;
  readonly share: 'equal' | 'root' | 'size';
  readonly pick: 'random' | 'central' | 'farthest';
  readonly dimensions: number;
  readonly epochs: number;
}

const sampleSize = 20_000;
/** A document in the file of assignments: cluster (float64) and key (float64). */
const entryBytes = 16;

export async function clusterAll(options: DiversityOptions, context: DecideContext): Promise<void> {
  const documents = new Uint32Array(options.dimensions);
  let total = 0;
  for await (const batch of context.records())
    for (const { bytes } of batch) {
      countWordsOf(bytes, documents);
      total++;
    }
  if (total === 0) return;
  const sample = await readSample(context, documents, total);
  if (sample.length === 0) return;
  const clusters = trainClusters(sample, {
    k: options.clusters,
    dimensions: options.dimensions,
    epochs: options.epochs,
    seed: context.seed,
  });

  const path = join(context.directory, 'clusters');
  const fd = openSync(path, 'w+');
  try {
    const sizes = new Array<number>(clusters.k).fill(0);
    for await (const batch of context.records()) {
      context.signal?.throwIfAborted();
      const entries = new Float64Array(batch.length * 2);
      for (const [i, { bytes }] of batch.entries()) {
        const { cluster, distance } = clusters.assign(topicVector(bytes, documents, total));
        sizes[cluster]!++;
        entries[i * 2] = cluster;
        entries[i * 2 + 1] = keyOf(options.pick, distance, hashOf(bytes));
      }
      const bytes = new Uint8Array(entries.buffer);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    }
    await decideKept(fd, sizes, total, options, context);
  } finally {
    closeSync(fd);
  }
}

/** Every document while they are few; else those with the smallest hashes, about as many as wanted. */
async function readSample(context: DecideContext, documents: Uint32Array, total: number): Promise<SparseVector[]> {
  const sample: SparseVector[] = [];
  const limit = (sampleSize / total) * 2 ** 48;
  for await (const batch of context.records())
    for (const { bytes } of batch) {
      if (hashOf(bytes) >= limit) continue;
      const vector = topicVector(bytes, documents, total);
      if (vector.features.length > 0) sample.push(vector);
    }
  return sample;
}

function keyOf(pick: DiversityOptions['pick'], distance: number, hash: number): number {
  if (pick === 'random') return hash;
  // Squared distances lie in 0…4.
  const place = Math.min(2 ** 48 - 1, Math.floor((distance / 4) * 2 ** 48));
  return pick === 'central' ? place : 2 ** 48 - 1 - place;
}

async function decideKept(
  fd: number,
  sizes: readonly number[],
  total: number,
  { count, share }: DiversityOptions,
  context: DecideContext,
): Promise<void> {
  const pass = async (each: (number: number, group: number, key: number, weight: number) => void) => {
    const buffer = new Float64Array(2 * 4096);
    for (let first = 0; first < total; first += 4096) {
      const n = Math.min(4096, total - first);
      const bytes = new Uint8Array(buffer.buffer, 0, n * entryBytes);
      for (let at = 0; at < bytes.length; ) at += readSync(fd, bytes, at, bytes.length - at, first * entryBytes + at);
      for (let i = 0; i < n; i++) each(first + i, buffer[i * 2]!, buffer[i * 2 + 1]!, 1);
    }
  };
  if (count === undefined || count >= total) {
    await pass((number, cluster) => context.verdict(number, [cluster, 1]));
    return;
  }
  const selection = await selectSmallest(shareOut(sizes, count, share), pass, context.memoryBytes);
  await pass((number, cluster, key) => context.verdict(number, [cluster, selection.takes(cluster, key, 1) ? 1 : 0]));
}

/** Whole numbers that sum to `count`, in proportion to the clusters' claims, none above its size ("water-filling"). */
export function shareOut(sizes: readonly number[], count: number, share: 'equal' | 'root' | 'size'): number[] {
  const claims = sizes.map((n) => (n === 0 ? 0 : share === 'equal' ? 1 : share === 'root' ? Math.sqrt(n) : n));
  const quotas = sizes.map(() => 0);
  const open = new Set(sizes.keys());
  let left = Math.min(
    count,
    sizes.reduce((a, b) => a + b, 0),
  );
  for (;;) {
    const sum = [...open].reduce((s, i) => s + claims[i]!, 0);
    const full = [...open].filter((i) => claims[i] === 0 || sizes[i]! <= (left * claims[i]!) / sum);
    if (full.length === 0) {
      fillByRemainders(open, claims, sum, left, quotas);
      return quotas;
    }
    for (const i of full) {
      quotas[i] = sizes[i]!;
      open.delete(i);
      left -= sizes[i]!;
    }
    if (open.size === 0 || left === 0) return quotas;
  }
}

/** Largest remainders first; of equal ones the first cluster. */
function fillByRemainders(
  open: Set<number>,
  claims: readonly number[],
  sum: number,
  left: number,
  quotas: number[],
): void {
  let given = 0;
  const rest: { i: number; part: number }[] = [];
  for (const i of open) {
    const exact = (left * claims[i]!) / sum;
    quotas[i] = Math.floor(exact);
    given += quotas[i]!;
    rest.push({ i, part: exact - quotas[i]! });
  }
  rest.sort((a, b) => b.part - a.part || a.i - b.i);
  for (const { i } of rest.slice(0, left - given)) quotas[i]!++;
}
