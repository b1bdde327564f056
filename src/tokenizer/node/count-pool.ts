/** Who counts the blocks: this thread, or several others, each with a table of its own. */
import { Worker } from 'node:worker_threads';
import { WordCounter } from '../bpe/word-counter.ts';
import type { CuttingPlan } from '../trainers/corpus-cutter.ts';
import { type CountedBlock, countBlock } from './count-block.ts';
import type { CountBlock } from './count-blocks.ts';
import type { CountAnswer, CountTask } from './count-worker.ts';

export interface BlockCounter {
  /**
   * Hands a block over; resolves when there is room for the next.
   * @param counted is called when the block is counted
   */
  add(block: CountBlock, counted: (result: CountedBlock) => void): Promise<void>;
  /** Waits until every block is counted. @returns the tables */
  tables(): Promise<Uint8Array<ArrayBuffer>[]>;
  close(): Promise<void>;
}

/** Counts in this thread. */
export function localCounter(plan: CuttingPlan): BlockCounter {
  const counter = new WordCounter(plan);
  return {
    add: async (block, counted) => counted(countBlock(counter, block)),
    tables: async () => [counter.words.serialize()],
    close: async () => {},
  };
}

/** Blocks that a thread may have waiting: it need never wait for the next. */
const queued = 2;

interface Thread {
  readonly worker: Worker;
  /** Whom to tell about the answers still to come, in order. */
  readonly waiting: ((answer: CountAnswer) => void)[];
}

/** Counts in `threads` other threads. */
export function threadCounter(plan: CuttingPlan, threads: number): BlockCounter {
  // Run from its sources (vitest), the worker is taken from the build: a thread cannot read TypeScript.
  const here = import.meta.url;
  const script = here.endsWith('.ts')
    ? new URL('../../../dist/tokenizer/node/count-worker.js', here)
    : new URL('./count-worker.js', here);
  let failure: unknown;
  let wake = () => {};
  const pool = Array.from({ length: threads }, (): Thread => {
    const thread: Thread = { worker: new Worker(script, { workerData: plan }), waiting: [] };
    thread.worker.on('message', (answer: CountAnswer) => {
      thread.waiting.shift()?.(answer);
      wake();
    });
    thread.worker.on('error', (error) => {
      failure ??= error;
      wake();
    });
    return thread;
  });
  /** Resolves once `ready` says so; the threads wake it with each answer. */
  const until = async (ready: () => boolean): Promise<void> => {
    while (failure === undefined && !ready())
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (failure !== undefined) throw failure;
  };
  const send = (thread: Thread, task: CountTask, answered: (answer: CountAnswer) => void) => {
    thread.waiting.push(answered);
    thread.worker.postMessage(task, task === 'table' ? [] : [task.bytes.buffer]);
  };
  const leastBusy = () => pool.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a));
  return {
    async add({ bytes, format, first, offset }, counted) {
      send(leastBusy(), { bytes, format, first, offset }, (answer) => {
        if ('counted' in answer) counted(answer.counted);
      });
      await until(() => leastBusy().waiting.length < queued);
    },
    async tables() {
      const tables: Uint8Array<ArrayBuffer>[] = [];
      for (const thread of pool)
        send(thread, 'table', (answer) => {
          if ('table' in answer) tables.push(answer.table);
        });
      await until(() => tables.length === pool.length);
      return tables;
    },
    async close() {
      await Promise.all(pool.map(({ worker }) => worker.terminate()));
    },
  };
}
