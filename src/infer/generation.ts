/** One request's tokens on their way from the engine to one reader: a queue that the reader drains at its own pace. */
import type { AthanorError } from '../core/index.ts';
import type { SampledToken } from './sampler.ts';

/** `stop`: the model ended its answer; `length`: token limit or context reached; `cancelled`: stopped from outside. */
export type FinishReason = 'stop' | 'length' | 'cancelled';

/** Milliseconds on the engine's clock; undefined where the request did not get that far. */
export interface GenerationTiming {
  readonly submitted: number;
  started?: number;
  firstToken?: number;
  finished?: number;
}

/**
 * Iterate it once. The iteration ends with `finishReason` set, or throws the request's AthanorError; leaving the loop
 * early cancels the request. Unread tokens are kept, so a slow reader never slows the batch (their number is bounded by
 * the request's own limit).
 */
export class Generation implements AsyncIterable<SampledToken> {
  readonly promptTokens: number;
  readonly timing: GenerationTiming;
  /** Tokens generated so far, read or not. */
  tokenCount = 0;
  /** Set when the request has ended without an error. */
  finishReason: FinishReason | undefined;
  /** Stops the request; harmless when it has ended. Its slot is free from the next step on. */
  readonly cancel: () => void;
  private readonly unread: SampledToken[] = [];
  private error: AthanorError | undefined;
  private wake: (() => void) | undefined;

  /** @internal made by the engine */
  constructor(promptTokens: number, submitted: number, cancel: () => void) {
    this.promptTokens = promptTokens;
    this.timing = { submitted };
    this.cancel = cancel;
  }

  get finished(): boolean {
    return this.finishReason !== undefined || this.error !== undefined;
  }

  /** @internal */
  push(token: SampledToken): void {
    this.tokenCount++;
    this.unread.push(token);
    this.wake?.();
  }

  /** @internal */
  end(result: FinishReason | AthanorError, now: number): void {
    if (this.finished) return;
    if (typeof result === 'string') this.finishReason = result;
    else this.error = result;
    this.timing.finished = now;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SampledToken, void, undefined> {
    try {
      for (;;) {
        const token = this.unread.shift();
        if (token) yield token;
        else if (this.error) throw this.error;
        else if (this.finishReason) return;
        else
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
      }
    } finally {
      this.cancel();
    }
  }
}
