/** The thread that works on units: takes tasks, sends chunks, and waits where too many of them are on their way. */
import { parentPort, workerData } from 'node:worker_threads';
import { AthanorError, type ErrorCode, type ProgressEvent } from '../../core/index.ts';
import type { Chunk } from './chunk.ts';
import { type PhaseSpec, type UnitBooks, UnitRunner, type UnitTask } from './unit-runner.ts';

export interface WorkerData {
  /** See `beat`. */
  readonly pulse: SharedArrayBuffer;
}

/** Places in the pulse: the document in the unit; the step that works on it, or `reading`; how often that changed. */
export const beat = { document: 0, step: 1, count: 2, length: 3 } as const;
/** In place of a step: the source's reader is at work; nobody is, or the thread waits. */
export const reading = -1;
export const idle = -2;

/** Chunks that may be on their way from one thread. */
export const chunkCredit = 4;

/** A phase begins; a unit of it is to be done; chunks were taken. */
export type ToWorker = { readonly spec: PhaseSpec } | { readonly task: UnitTask } | { readonly written: number };
export type FromWorker =
  | { readonly number: number; readonly chunk: Chunk }
  | { readonly number: number; readonly books: UnitBooks }
  | { readonly number: number; readonly failure: Failure }
  | { readonly event: ProgressEvent };

/** An error as plain data. */
export interface Failure {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly place?: string | undefined;
  readonly hint?: string | undefined;
}

export const failureOf = (error: unknown): Failure =>
  error instanceof AthanorError
    ? { code: error.code, message: error.message, place: error.place, hint: error.hint }
    : { code: undefined, message: String((error as Error).stack ?? error) };

if (parentPort && (workerData as WorkerData | undefined)?.pulse) serve(workerData as WorkerData);

function serve({ pulse }: WorkerData): void {
  const port = parentPort!;
  const beats = new Int32Array(pulse);
  const set = (document: number, step: number) => {
    beats[beat.document] = document;
    beats[beat.step] = step;
    Atomics.add(beats, beat.count, 1);
  };
  const post = (message: FromWorker) => port.postMessage(message);
  let document = 0;
  let onTheirWay = 0;
  let roomMade = () => {};
  let runner: Promise<UnitRunner>;
  const open = (spec: PhaseSpec) => {
    runner = UnitRunner.open(spec, (event) => post({ event }), {
      reading(number) {
        document = number;
        set(number, reading);
      },
      step: (index) => set(document, index),
    });
    runner.catch(() => {}); // told with the first task
  };
  const run = async (task: UnitTask): Promise<void> => {
    const { number } = task;
    try {
      const books = await (await runner).run(task, async (chunk) => {
        const at = beats[beat.step]!;
        set(document, idle);
        post({ number, chunk });
        onTheirWay++;
        while (onTheirWay >= chunkCredit)
          await new Promise<void>((resolve) => {
            roomMade = resolve;
          });
        set(document, at);
      });
      set(0, idle);
      post({ number, books });
    } catch (error) {
      set(0, idle);
      post({ number, failure: failureOf(error) });
    }
  };
  set(0, idle);
  let queue: Promise<void> = Promise.resolve();
  port.on('message', (message: ToWorker) => {
    if ('spec' in message) queue = queue.then(() => open(message.spec));
    else if ('task' in message) queue = queue.then(() => run(message.task));
    else {
      onTheirWay -= message.written;
      roomMade();
    }
  });
}
