/**
 * Documents of one side of the split that are nearly equal to one of another side: what a model is tested on must not be
 * what it learnt. Near-deduplication runs over train, validation, test, in this order, and what it would drop is looked
 * at; nothing is changed. A document that is near to several is told with one of them.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Reporter } from '../core/index.ts';
import { type SplitName, splitNames } from './document.ts';
import { execute } from './executor/execute.ts';
import { readLines } from './lines.ts';
import type { DroppedRecord } from './manifest.ts';
import type { OpenDataset } from './open.ts';
import { stepNamed } from './schema.ts';
import type { Workspace } from './workspace.ts';

export interface Leak {
  readonly id: string;
  readonly split: SplitName;
  /** The document on the other side. */
  readonly of: string;
  readonly ofSplit: SplitName;
  readonly similarity: number;
  /** The beginning of the text. */
  readonly text: string;
}

export interface Leaks {
  /** Documents that leak, by `validation ← train` and so on. */
  readonly counts: Readonly<Record<string, number>>;
  readonly examples: readonly Leak[];
}

export interface LeakOptions {
  readonly workspace: Workspace;
  /** Settings of the step `near-dedup`, such as `threshold`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** How many to show. */
  readonly examples: number;
  readonly threads?: number | undefined;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
}

export async function findLeaks(dataset: OpenDataset, options: LeakOptions): Promise<Leaks> {
  const { workspace, settings = {}, examples, threads, report, signal } = options;
  const directory = join(workspace.root, 'cache', `leaks-${process.pid}`);
  const { name, version } = dataset;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  try {
    const { dropped, sides } = await execute({
      directory,
      stage: name,
      sources: [{ type: 'dataset', dataset: name, version, splits: splitNames }],
      steps: [{ use: 'near-dedup', ...stepNamed('near-dedup').config.parse(settings) }, { use: 'inherit' }],
      workspace,
      baseDir: '.',
      seed: 0,
      samples: 0,
      keepDropped: true,
      shardBytes: 64 << 20,
      secondsPerDocument: 60,
      threads: threads ?? availableParallelism(),
      memoryBytes: 512 << 20,
      report,
      signal,
    });
    const near = await nearDocuments(dropped.path);
    const wanted = new Set(near.map(({ of }) => of));
    const sideOf = new Map<string, SplitName>();
    for (const [i, split] of splitNames.entries())
      for (const { file } of sides[i]!.shards)
        for await (const { id } of records<{ id: string }>(join(directory, file)))
          if (wanted.has(id) && !sideOf.has(id)) sideOf.set(id, split);
    const leaks = near.flatMap((one): Leak[] => {
      const ofSplit = sideOf.get(one.of);
      return ofSplit === undefined || ofSplit === one.split ? [] : [{ ...one, ofSplit }];
    });
    const counts: Record<string, number> = {};
    for (const { split, ofSplit } of leaks) {
      const sidesOfLeak = `${split} ← ${ofSplit}`;
      counts[sidesOfLeak] = (counts[sidesOfLeak] ?? 0) + 1;
    }
    return { counts, examples: leaks.slice(0, examples) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function nearDocuments(path: string): Promise<Omit<Leak, 'ofSplit'>[]> {
  const found: Omit<Leak, 'ofSplit'>[] = [];
  for await (const { id, split, detail, text } of records<DroppedRecord>(path)) {
    const [, of, similarity] = /^of ([\s\S]*) \(Jaccard ([\d.]+)\)$/.exec(detail ?? '') ?? [];
    if (of !== undefined)
      found.push({ id, split: split!, of, similarity: Number(similarity), text: text.slice(0, 200) });
  }
  return found;
}

async function* records<Record>(path: string): AsyncGenerator<Record> {
  for await (const lines of readLines(path, Number.MAX_SAFE_INTEGER))
    for (const { text } of lines) yield JSON.parse(text!) as Record;
}
