/** A worker thread of `EncodePool`: encodes batches with a tokenizer of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadTokenizer } from '../node.ts';
import type { EncodeOptions, Tokenizer } from '../types.ts';

export interface EncodeTask {
  readonly number: number;
  readonly texts: readonly string[];
  readonly options: EncodeOptions;
}

/** The ids of all texts of a batch, one after another, with the length of each; or what went wrong. */
export type EncodeAnswer =
  | { readonly number: number; readonly ids: Uint32Array<ArrayBuffer>; readonly lengths: Uint32Array<ArrayBuffer> }
  | { readonly number: number; readonly error: unknown };

/** Loaded with the first batch, so that what is wrong with it becomes an answer. */
let tokenizer: Tokenizer | undefined;

parentPort?.on('message', ({ number, texts, options }: EncodeTask) => {
  try {
    tokenizer ??= loadTokenizer(workerData as string).tokenizer;
    const { encode } = tokenizer;
    const rows = texts.map((text) => encode(text, options));
    const lengths = Uint32Array.from(rows, (row) => row.length);
    const ids = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (const row of rows) {
      ids.set(row, at);
      at += row.length;
    }
    parentPort?.postMessage({ number, ids, lengths } satisfies EncodeAnswer, [ids.buffer, lengths.buffer]);
  } catch (error) {
    const { code, message, place, hint } = error as { code?: string; message: string; place?: string; hint?: string };
    parentPort?.postMessage({ number, error: { code, message, place, hint } } satisfies EncodeAnswer);
  }
});
