/**
 * Runs units on threads and hands on what they give in the order of the units, whatever order they finish in. A thread
 * that hangs or runs out of memory is replaced; the document that it was at is passed over in the second attempt.
 */
import { Worker } from 'node:worker_threads';
import { AthanorError, type Reporter } from '../../core/index.ts';
import type { Chunk } from './chunk.ts';
import type { PhaseSpec, UnitBooks, UnitInput, UnitTask } from './unit-runner.ts';
import { UnitRunner } from './unit-runner.ts';
import { beat, type Failure, type FromWorker, idle, reading, type ToWorker } from './worker.ts';

export interface PoolOptions {
  readonly spec: PhaseSpec;
  /** 0: on this thread, where nothing watches over hanging documents (for tests). */
  readonly threads: number;
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
  /** JavaScript heap of one thread. */
  readonly memoryMb: number;
}

export async function runUnits(options: PoolOptions): Promise<void> {
  if (options.threads > 0) await new Pool(options).run();
  else await runHere(options);
}

async function runHere({ spec, report, first, units, write, done, signal }: PoolOptions): Promise<void> {
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

class Pool {
  readonly #options: PoolOptions;
  readonly #threads: Thread[];
  /** Uncommitted units, in order. */
  readonly #running: Running[] = [];
  #failure: unknown;
  #wake = () => {};

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#threads = Array.from({ length: options.threads }, () => {
      const thread: Thread = { ...this.#start(), units: [], seen: 0, since: Date.now() };
      this.#listen(thread);
      return thread;
    });
  }

  async run(): Promise<void> {
    const { units, first, signal } = this.#options;
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
      await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    }
  }

  #free(): Thread {
    return this.#threads.reduce((least, one) => (one.units.length < least.units.length ? one : least));
  }

  async #until(ready: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      checkStop(this.#options.signal);
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
    const { spec, memoryMb } = this.#options;
    const worker = new Worker(script, {
      workerData: { spec, pulse },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
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
      this.#options.report(message.event);
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
      for (const chunk of chunks) this.#options.write(chunk);
      if (chunks.length > 0) send(thread, { written: chunks.length });
      chunks.length = 0;
      if (head.failure) throw revive(head.failure);
      if (!head.books) return;
      this.#options.done(head.task.number, head.books);
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
      } else if (now - thread.since > this.#options.secondsPerDocument * 1000) {
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
