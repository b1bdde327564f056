/** Encodes many texts on several threads, each with a tokenizer of its own; results come in the order of the texts. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AthanorError, type ErrorCode } from '../../core/index.ts';
import type { EncodeOptions } from '../types.ts';
import type { EncodeAnswer, EncodeTask } from './encode-worker.ts';

/** Characters that are sent to a thread at once: enough to make the way there cheap, little enough to share out. */
const batchCharacters = 1 << 16;

interface Pending {
  readonly worker: Worker;
  readonly resolve: (answer: EncodeAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export class EncodePool {
  readonly #workers: Worker[];
  readonly #busy = new Map<Worker, number>();
  readonly #pending = new Map<number, Pending>();
  #number = 0;
  #failure: unknown;

  /**
   * @param tokenizer what `loadTokenizer` takes: a path or a name
   * @param threads default: one a core
   */
  constructor(tokenizer: string, { threads = availableParallelism() }: { readonly threads?: number } = {}) {
    // Run from its sources (vitest), the worker is taken from the build: a thread cannot read TypeScript.
    const here = import.meta.url;
    const script = here.endsWith('.ts')
      ? new URL('../../../dist/tokenizer/node/encode-worker.js', here)
      : new URL('./encode-worker.js', here);
    this.#workers = Array.from({ length: Math.max(1, threads) }, () => {
      const worker = new Worker(script, { workerData: tokenizer });
      worker.on('message', (answer: EncodeAnswer) => this.#settle(answer));
      worker.on('error', (error) => this.#fail(error));
      this.#busy.set(worker, 0);
      return worker;
    });
  }

  /** @returns the ids of each text. @throws AthanorError of the tokenizer, or when the pool is closed */
  async encode(texts: readonly string[], options: EncodeOptions = {}): Promise<Uint32Array[]> {
    if (this.#failure) throw this.#failure;
    const plain: EncodeOptions = {
      ...options,
      // An iterable of any kind is not sent to a thread; a list is.
      allowedSpecial: listed(options.allowedSpecial),
      disallowedSpecial: listed(options.disallowedSpecial),
    };
    const batches: Promise<EncodeAnswer>[] = [];
    for (let first = 0; first < texts.length; ) {
      let end = first;
      for (let size = 0; end < texts.length && (end === first || size < batchCharacters); end++)
        size += texts[end]!.length;
      batches.push(this.#send(texts.slice(first, end), plain));
      first = end;
    }
    const rows: Uint32Array[] = [];
    for (const answer of await Promise.all(batches)) {
      if ('error' in answer) throw revive(answer.error);
      let at = 0;
      for (const length of answer.lengths) {
        rows.push(answer.ids.subarray(at, at + length));
        at += length;
      }
    }
    return rows;
  }

  /** Ends the threads; what is still waited for is refused. */
  async close(): Promise<void> {
    this.#fail(new AthanorError('cancelled', 'the pool of encoders is closed'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #send(texts: readonly string[], options: EncodeOptions): Promise<EncodeAnswer> {
    const number = this.#number++;
    const worker = this.#workers.reduce((least, one) => (this.#busy.get(one)! < this.#busy.get(least)! ? one : least));
    this.#busy.set(worker, this.#busy.get(worker)! + 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(number, { worker, resolve, reject });
      worker.postMessage({ number, texts, options } satisfies EncodeTask);
    });
  }

  #settle(answer: EncodeAnswer): void {
    const pending = this.#pending.get(answer.number);
    if (!pending) return;
    this.#pending.delete(answer.number);
    this.#busy.set(pending.worker, this.#busy.get(pending.worker)! - 1);
    pending.resolve(answer);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function listed<Word extends string>(names: Word | Iterable<string> | undefined): Word | string[] | undefined {
  return names === undefined || typeof names === 'string' ? (names as Word | undefined) : [...names];
}

function revive(error: unknown): unknown {
  const { code, message, ...details } = error as { code?: ErrorCode; message: string; place?: string; hint?: string };
  return code === undefined ? error : new AthanorError(code, message, details);
}
