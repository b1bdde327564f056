/**
 * Runs units on threads and hands on what they give in the order of the units, whatever order they finish in. A thread
 * that hangs or runs out of memory is replaced; the document that it was at is passed over in the second attempt.
 */
import { Worker } from 'node:worker_threads';
import { AthanorError, type Reporter } from '../../core/index.ts';
import type { Chunk } from './chunk.ts';
import type { PhaseSpec, UnitBooks, UnitInput, UnitTask } from './unit-runner.ts';
import { UnitRunner } from './unit-runner.ts';
import { beat, type Failure, type FromWorker, idle, reading, type ToWorker, type WorkerData } from './worker.ts';

export interface PhaseOptions {
  readonly spec: PhaseSpec;
  /** Number of the first unit. */
  readonly first: number;
  readonly units: AsyncIterable<UnitInput>;
  /** Takes chunks, in order. */
  readonly write: (chunk: Chunk) => void;
  /** All chunks of a unit were written. May take its time. */
  readonly done: (number: number, books: UnitBooks) => void;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
  readonly secondsPerDocument: number;
}

/** Runs a phase on this thread, where nothing watches over documents that hang a step. For tests. */
export async function runHere({ spec, report, first, units, write, done, signal }: PhaseOptions): Promise<void> {
  const runner = await UnitRunner.open(spec, report);
  let number = first;
  for await (const input of units) {
    checkStop(signal);
    done(number, await runner.run({ number, input, poisoned: [], received: 0 }, async (chunk) => write(chunk)));
    number++;
  }
}

function checkStop(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AthanorError('cancelled', 'the build was stopped', { cause: signal.reason });
}

/** A unit that is not yet written. */
interface Running {
  task: UnitTask;
  readonly thread: Thread;
  /** Received and not yet written. */
  readonly chunks: Chunk[];
  books?: UnitBooks;
  failure?: Failure;
}

interface Thread {
  worker: Worker;
  pulse: Int32Array;
  /** What it was sent and has not finished, in order. */
  readonly units: Running[];
  /** The last count of its pulse, and when that changed. */
  seen: number;
  since: number;
}

/** Units that a thread may have: it need never wait for the next. */
const queued = 2;
/** Units a thread that may wait for an earlier one to be written. */
const ahead = 4;
/** How often one unit may be tried again. */
const attempts = 100;

/** Threads that stay for all phases of a build. */
export class UnitPool {
  readonly #memoryMb: number;
  readonly #threads: Thread[];
  /** Uncommitted units of the phase, in order. */
  readonly #running: Running[] = [];
  #phase: PhaseOptions | undefined;
  #failure: unknown;
  #wake = () => {};

  /** @param memoryMb JavaScript heap of one thread */
  constructor(threads: number, memoryMb: number) {
    this.#memoryMb = memoryMb;
    this.#threads = Array.from({ length: threads }, () => {
      const thread: Thread = { ...this.#start(), units: [], seen: 0, since: Date.now() };
      this.#listen(thread);
      return thread;
    });
  }

  async run(phase: PhaseOptions): Promise<void> {
    const { spec, units, first, signal } = phase;
    this.#phase = phase;
    for (const thread of this.#threads) send(thread, { spec });
    const watch = setInterval(() => this.#watch(), 500);
    const stop = () => this.#wake();
    signal?.addEventListener('abort', stop);
    try {
      let number = first;
      for await (const input of units) {
        await this.#until(
          () => this.#running.length < ahead * this.#threads.length && this.#free().units.length < queued,
        );
        const thread = this.#free();
        const running: Running = { task: { number: number++, input, poisoned: [], received: 0 }, thread, chunks: [] };
        this.#running.push(running);
        thread.units.push(running);
        send(thread, { task: running.task });
      }
      await this.#until(() => this.#running.length === 0);
    } finally {
      clearInterval(watch);
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #free(): Thread {
    return this.#threads.reduce((least, one) => (one.units.length < least.units.length ? one : least));
  }

  async #until(ready: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      checkStop(this.#phase?.signal);
      if (ready()) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #start(): Pick<Thread, 'worker' | 'pulse'> {
    // Run from its sources (vitest), the worker is taken from the build: a thread cannot read TypeScript.
    const here = import.meta.url;
    const script = here.endsWith('.ts')
      ? new URL('../../../dist/data/executor/worker.js', here)
      : new URL('./worker.js', here);
    const pulse = new SharedArrayBuffer(4 * beat.length);
    const beats = new Int32Array(pulse);
    beats[beat.step] = idle; // until it is up
    const worker = new Worker(script, {
      workerData: { pulse } satisfies WorkerData,
      resourceLimits: { maxOldGenerationSizeMb: this.#memoryMb },
    });
    return { worker, pulse: beats };
  }

  #listen(thread: Thread): void {
    const { worker } = thread;
    worker.on('message', (message: FromWorker) => {
      if (worker === thread.worker) this.#receive(thread, message);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (worker !== thread.worker) return;
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.#replace(thread, 'out-of-memory');
      else this.#fail(error);
    });
  }

  #receive(thread: Thread, message: FromWorker): void {
    if ('event' in message) {
      this.#phase?.report(message.event);
      return;
    }
    const running = thread.units[0];
    if (running?.task.number !== message.number) return;
    if ('chunk' in message) {
      running.chunks.push(message.chunk);
      running.task = { ...running.task, received: running.task.received + 1 };
    } else {
      if ('books' in message) running.books = message.books;
      else running.failure = message.failure;
      thread.units.shift();
    }
    try {
      this.#writeInOrder();
    } catch (error) {
      this.#fail(error);
    }
    this.#wake();
  }

  /** Writes what has come of the first unit, and of those behind it once it is finished. */
  #writeInOrder(): void {
    for (let head = this.#running[0]; head; head = this.#running[0]) {
      const { chunks, thread } = head;
      for (const chunk of chunks) this.#phase!.write(chunk);
      if (chunks.length > 0) send(thread, { written: chunks.length });
      chunks.length = 0;
      if (head.failure) throw revive(head.failure);
      if (!head.books) return;
      this.#phase!.done(head.task.number, head.books);
      this.#running.shift();
    }
  }

  #watch(): void {
    const now = Date.now();
    for (const thread of this.#threads) {
      const count = Atomics.load(thread.pulse, beat.count);
      if (count !== thread.seen || thread.pulse[beat.step] === idle) {
        thread.seen = count;
        thread.since = now;
      } else if (now - thread.since > this.#phase!.secondsPerDocument * 1000) {
        void thread.worker.terminate();
        this.#replace(thread, 'timeout');
      }
    }
  }

  /** A new thread takes over; the document that the old one was at will be passed over. */
  #replace(thread: Thread, reason: 'timeout' | 'out-of-memory'): void {
    const [running] = thread.units;
    const document = thread.pulse[beat.document]!;
    const step = thread.pulse[beat.step]!;
    Object.assign(thread, this.#start(), { seen: 0, since: Date.now() });
    this.#listen(thread);
    if (running) {
      if (running.task.poisoned.length >= attempts || running.task.endsAt?.document === document) {
        const message = `a piece of the input cannot be worked on: ${reason} again and again`;
        this.#fail(new AthanorError('bad-input', message, { values: { unit: running.task.number, document } }));
        return;
      }
      running.task =
        step === reading || step === idle
          ? { ...running.task, endsAt: { document, reason } }
          : { ...running.task, poisoned: [...running.task.poisoned, [document, { step, reason }]] };
    }
    send(thread, { spec: this.#phase!.spec });
    for (const { task } of thread.units) send(thread, { task });
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake();
  }
}

const send = (thread: Thread, message: ToWorker): void => thread.worker.postMessage(message);

function revive({ code, message, ...details }: Failure): AthanorError {
  return new AthanorError(code ?? 'internal', message, details);
}
