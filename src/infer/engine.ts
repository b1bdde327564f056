/**
 * Continuous batching: schedule → run → update, for as long as there is work. Token ids in, token ids out; it knows no
 * tokenizer and no HTTP. One failing request, or one failing step of the model, ends the requests that it touches and
 * nothing else.
 */
import { AthanorError, parse } from '../core/index.ts';
import { type FinishReason, Generation } from './generation.ts';
import type { ModelRunner } from './runner.ts';
import { type SampledToken, Sampler } from './sampler.ts';
import { type SamplingInput, type SamplingParams, samplingSchema } from './sampling/index.ts';
import { Scheduler, type SchedulerStep } from './scheduler.ts';

export interface EngineOptions {
  /** Requests that may wait for a slot; one more is refused with 'overloaded'. Default 64. */
  readonly maxQueue?: number;
  /** Prompt tokens run between two decoding steps. Default 256. */
  readonly prefillBudget?: number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
  /** The seed of requests that bring none. */
  readonly randomSeed?: () => number;
}

export interface EngineRequest {
  readonly promptIds: ArrayLike<number>;
  /** Most tokens to generate; the context length bounds it too. */
  readonly maxTokens: number;
  readonly sampling?: SamplingInput;
  /** Tokens that end the answer; they are not part of it. */
  readonly stopIds?: Iterable<number>;
  readonly signal?: AbortSignal;
}

export interface EngineStats {
  readonly slots: number;
  readonly maxQueue: number;
  readonly queued: number;
  readonly running: number;
  /** Prompt tokens run. */
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly prefillSteps: number;
  readonly decodeSteps: number;
  /** Rows over all decoding steps: divided by `decodeSteps` it is the mean batch. */
  readonly decodeRows: number;
}

interface Job {
  readonly id: number;
  readonly prompt: Int32Array;
  readonly maxTokens: number;
  readonly stopIds: ReadonlySet<number>;
  readonly sampler: Sampler;
  readonly generation: Generation;
  /** Tokens in the row's cache. */
  cached: number;
  /** The token to run next. */
  lastToken: number;
  readonly cleanUp: () => void;
}

export class Engine {
  readonly runner: ModelRunner;
  private readonly maxQueue: number;
  private readonly now: () => number;
  private readonly randomSeed: () => number;
  private readonly scheduler: Scheduler;
  private readonly jobs = new Map<number, Job>();
  private readonly scratch: Float32Array;
  private readonly counters = { promptTokens: 0, generatedTokens: 0, prefillSteps: 0, decodeSteps: 0, decodeRows: 0 };
  private nextId = 1;
  private active = false;
  private loop: Promise<void> = Promise.resolve();
  private closed = false;
  private disposal: Promise<void> | undefined;
  private lastPause = 0;

  constructor(runner: ModelRunner, options: EngineOptions = {}) {
    this.runner = runner;
    this.maxQueue = options.maxQueue ?? 64;
    this.now = options.now ?? (() => performance.now());
    this.randomSeed = options.randomSeed ?? (() => crypto.getRandomValues(new Uint32Array(1))[0]!);
    const prefillBudget = Math.min(options.prefillBudget ?? 256, runner.maxLength);
    this.scheduler = new Scheduler({ slots: runner.slots, maxQueue: this.maxQueue, prefillBudget });
    this.scratch = new Float32Array(runner.vocabSize);
  }

  /**
   * Queues a request; it starts as soon as a slot is free.
   * @throws AthanorError 'bad-input' (parameters, prompt empty, too long or with ids outside the vocabulary),
   *   'overloaded' (queue full, or the engine is shutting down)
   */
  submit(request: EngineRequest): Generation {
    const sampling = parse(samplingSchema, request.sampling ?? {}, 'sampling');
    this.check(request, sampling);
    const prompt = Int32Array.from(request.promptIds);
    const id = this.nextId++;
    const generation = new Generation(prompt.length, this.now(), () => this.finish(id, 'cancelled'));
    if (request.signal?.aborted) {
      generation.end('cancelled', this.now());
      return generation;
    }
    this.scheduler.add(id, prompt.length);
    request.signal?.addEventListener('abort', generation.cancel, { once: true });
    this.jobs.set(id, {
      id,
      prompt,
      maxTokens: Math.min(request.maxTokens, this.runner.maxLength - prompt.length),
      stopIds: new Set(request.stopIds ?? []),
      sampler: new Sampler(sampling, prompt, this.randomSeed()),
      generation,
      cached: 0,
      lastToken: -1,
      cleanUp: () => request.signal?.removeEventListener('abort', generation.cancel),
    });
    if (!this.active) {
      this.active = true;
      this.loop = this.run();
    }
    return generation;
  }

  stats(): EngineStats {
    const { waiting, running } = this.scheduler;
    return { slots: this.runner.slots, maxQueue: this.maxQueue, queued: waiting, running, ...this.counters };
  }

  /** Refuses new requests and waits for the others to end. */
  async drain(): Promise<void> {
    this.closed = true;
    await this.loop;
  }

  /** Cancels every request that waits or runs. */
  cancelAll(): void {
    for (const id of [...this.jobs.keys()]) this.finish(id, 'cancelled');
  }

  /** Cancels every request, waits for the step that runs, and disposes of the runner. */
  dispose(): Promise<void> {
    this.closed = true;
    this.cancelAll();
    this.disposal ??= this.loop.then(() => this.runner.dispose());
    return this.disposal;
  }

  private check(request: EngineRequest, sampling: SamplingParams): void {
    const { maxLength, vocabSize } = this.runner;
    const { promptIds, maxTokens } = request;
    if (this.closed) throw new AthanorError('overloaded', 'the engine is shutting down', { values: { closed: true } });
    if (!Number.isSafeInteger(maxTokens) || maxTokens < 1)
      throw new AthanorError('bad-input', `maxTokens must be an integer of at least 1, not ${maxTokens}`);
    if (promptIds.length === 0)
      throw new AthanorError('bad-input', 'the prompt is empty', { hint: 'Give at least one token.' });
    if (promptIds.length >= maxLength)
      throw new AthanorError(
        'bad-input',
        `the prompt has ${promptIds.length} tokens, but the model's context is ${maxLength} tokens, prompt and answer together`,
        {
          hint: 'Shorten the prompt.',
          values: { reason: 'context-length', promptTokens: promptIds.length, maxLength },
        },
      );
    for (let i = 0; i < promptIds.length; i++) {
      const id = promptIds[i]!;
      if (!Number.isInteger(id) || id < 0 || id >= vocabSize)
        throw new AthanorError(
          'bad-input',
          `prompt token ${i} is ${id}, outside the vocabulary (0 to ${vocabSize - 1})`,
        );
    }
    for (const id of Object.keys(sampling.logit_bias))
      if (Number(id) >= vocabSize)
        throw new AthanorError(
          'bad-input',
          `logit_bias: token ${id} is outside the vocabulary (0 to ${vocabSize - 1})`,
          {
            values: { path: ['logit_bias'] },
          },
        );
  }

  /** Never rejects: whatever goes wrong ends the requests it concerns. */
  private async run(): Promise<void> {
    await null; // requests submitted together are seen together
    for (;;) {
      const step = this.scheduler.next();
      const failure = this.moveRows(step);
      if (step.kind === 'idle') {
        this.active = false;
        return;
      }
      if (failure) this.scheduler.done(step);
      else await this.runStep(step);
      await this.pause();
    }
  }

  /** @returns true when a copy failed: no row can be trusted then, so every request has been ended */
  private moveRows(step: SchedulerStep): boolean {
    try {
      for (const { from, to } of step.moves) this.runner.move(from, to);
      return false;
    } catch (error) {
      for (const id of [...this.jobs.keys()]) this.finish(id, stepError(error));
      return true;
    }
  }

  private async runStep(step: Exclude<SchedulerStep, { kind: 'idle' }>): Promise<void> {
    let rows: Rows = { ids: [], logits: this.scratch };
    let failure: AthanorError | undefined;
    try {
      rows = step.kind === 'prefill' ? await this.prefill(step) : await this.decode(step.ids);
    } catch (error) {
      failure = stepError(error);
    }
    this.scheduler.done(step);
    if (failure) for (const id of step.kind === 'prefill' ? [step.id] : step.ids) this.finish(id, failure);
    const size = this.runner.vocabSize;
    for (const [row, id] of rows.ids.entries()) {
      const job = this.jobs.get(id); // gone when it was cancelled while the step ran
      if (job) this.accept(job, rows.logits.subarray(row * size, (row + 1) * size));
    }
  }

  /** @returns rows to sample from: none before the prompt's last chunk */
  private async prefill(step: Extract<SchedulerStep, { kind: 'prefill' }>): Promise<Rows> {
    const job = this.jobs.get(step.id)!;
    job.generation.timing.started ??= this.now();
    const logits = await this.runner.prefill(step.slot, job.prompt.subarray(step.from, step.to), step.from);
    job.cached = step.to;
    this.counters.prefillSteps++;
    this.counters.promptTokens += step.to - step.from;
    return { ids: step.last ? [step.id] : [], logits };
  }

  private async decode(ids: readonly number[]): Promise<Rows> {
    const jobs = ids.map((id) => this.jobs.get(id)!);
    const logits = await this.runner.decode(
      ids.length,
      jobs.map((job) => job.lastToken),
      jobs.map((job) => job.cached),
    );
    for (const job of jobs) job.cached++;
    this.counters.decodeSteps++;
    this.counters.decodeRows += ids.length;
    return { ids, logits };
  }

  /** Samples a row's next token, hands it out, and ends the request where it is complete. */
  private accept(job: Job, logits: Float32Array): void {
    let token: SampledToken;
    try {
      token = job.sampler.pick(logits, this.scratch);
    } catch (error) {
      this.finish(job.id, stepError(error));
      return;
    }
    job.generation.timing.firstToken ??= this.now();
    if (job.stopIds.has(token.id)) {
      this.finish(job.id, 'stop');
      return;
    }
    this.counters.generatedTokens++;
    job.lastToken = token.id;
    job.generation.push(token);
    if (job.generation.tokenCount >= job.maxTokens) this.finish(job.id, 'length');
  }

  /** Ends a request, whatever its state, and frees its place; harmless when it has ended. */
  private finish(id: number, result: FinishReason | AthanorError): void {
    const job = this.jobs.get(id);
    if (!job) return;
    this.jobs.delete(id);
    this.scheduler.release(id);
    job.cleanUp();
    job.generation.end(result, this.now());
  }

  /** Lets timers and sockets run, where the runner's promises are too quick for that. */
  private async pause(): Promise<void> {
    if (this.now() - this.lastPause < 5) return;
    await new Promise<void>(macrotask);
    this.lastPause = this.now();
  }
}

/** Node's setImmediate costs microseconds where a timer costs a millisecond; browsers have only the timer. */
const macrotask: (resolve: () => void) => void =
  typeof setImmediate === 'function' ? (resolve) => setImmediate(resolve) : (resolve) => setTimeout(resolve, 0);

interface Rows {
  readonly ids: readonly number[];
  readonly logits: Float32Array;
}

function stepError(error: unknown): AthanorError {
  if (error instanceof AthanorError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AthanorError('engine', `the model could not run this step: ${message}`, { cause: error });
}
