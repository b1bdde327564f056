/** Writes a dataset version as files that other programs read: documents, what was dropped, or sequences of tokens. */
import { AthanorError } from '../core/index.ts';
import type { Document, SplitName } from './document.ts';
import { type ExampleOptions, examplesOf } from './formats/examples.ts';
import { writeJsonl } from './formats/jsonl.ts';
import { writeParquet, writeParquetExamples } from './formats/parquet.ts';
import { writeTfrecord } from './formats/tfrecord.ts';
import type { OpenDataset } from './open.ts';

export const exportFormats = ['jsonl', 'parquet', 'tfrecord'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  readonly out: string;
  readonly format: ExportFormat;
  readonly splits: readonly SplitName[];
  /** Say of each document which side of the split it is on. */
  readonly withSplit: boolean;
  /** What was dropped, instead of what was kept (JSONL only). */
  readonly dropped?: boolean;
  /** Sequences of tokens instead of documents. */
  readonly examples?: ExampleOptions | undefined;
}

/** @returns how many rows were written. @throws AthanorError('bad-input') for a format that cannot hold them; ('io') */
export async function exportDataset(dataset: OpenDataset, options: ExportOptions): Promise<number> {
  const { out, format, splits, withSplit, dropped, examples } = options;
  if (dropped) {
    if (format !== 'jsonl') throw wrongFormat('dropped documents are written as jsonl', '--format');
    return writeJsonl(out, dataset.dropped());
  }
  async function* documents(): AsyncGenerator<Document> {
    for (const split of splits)
      for await (const { id, text, meta } of dataset.documents(split))
        yield withSplit ? { id, text, split, meta } : { id, text, meta };
  }
  if (examples) {
    const sequences = examplesOf(documents(), examples);
    if (format === 'tfrecord') return writeTfrecord(out, sequences);
    return format === 'parquet' ? writeParquetExamples(out, sequences) : writeJsonl(out, plain(sequences));
  }
  if (format === 'tfrecord') throw wrongFormat('tfrecord holds tokens, not texts', '--tokenizer');
  return format === 'parquet' ? writeParquet(out, documents()) : writeJsonl(out, documents());
}

async function* plain(examples: ReturnType<typeof examplesOf>) {
  for await (const { input_ids, attention_mask } of examples)
    yield {
      input_ids: Array.from(input_ids),
      attention_mask: Array.from(attention_mask ?? input_ids, (value) => (attention_mask ? value : 1)),
    };
}

function wrongFormat(message: string, place: string): AthanorError {
  return new AthanorError('bad-input', message, {
    place,
    hint: 'jsonl and parquet hold documents; jsonl, parquet and tfrecord hold tokens, with --tokenizer.',
  });
}
