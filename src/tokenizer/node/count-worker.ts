/** A worker thread of `countFiles`: counts the blocks it is sent in a table of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { WordCounter } from '../bpe/word-counter.ts';
import type { CuttingPlan } from '../trainers/corpus-cutter.ts';
import { type CountedBlock, countBlock } from './count-block.ts';
import type { CountBlock } from './count-blocks.ts';

/** A block to count, or the request for the table. */
export type CountTask = Pick<CountBlock, 'bytes' | 'format' | 'first' | 'offset'> | 'table';

export type CountAnswer = { readonly counted: CountedBlock } | { readonly table: Uint8Array<ArrayBuffer> };

const counter = new WordCounter(workerData as CuttingPlan);

parentPort?.on('message', (task: CountTask) => {
  if (task === 'table') {
    const table = counter.words.serialize();
    parentPort?.postMessage({ table } satisfies CountAnswer, [table.buffer]);
  } else {
    parentPort?.postMessage({ counted: countBlock(counter, task) } satisfies CountAnswer);
  }
});
