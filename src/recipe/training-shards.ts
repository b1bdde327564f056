/** The files of a dataset's training split, for training a tokenizer on. */
import { join } from 'node:path';
import { openDataset, type Workspace } from '../data/index.ts';
import type { CountInput } from '../tokenizer/node.ts';

/**
 * Documents, one JSON object with `text` a line.
 * @throws AthanorError('not-found') for an unknown dataset; ('bad-file') where its files were changed
 */
export function trainingShards(workspace: Workspace, dataset: string): CountInput[] {
  const { directory, manifest } = openDataset(workspace, dataset);
  return (manifest.splits.train?.shards ?? []).map(({ file }) => ({ path: join(directory, file), format: 'jsonl' }));
}
