/**
 * Decides what the model runs next. Pure bookkeeping: request numbers and lengths in, one step out; it knows no model,
 * no tokens, no time. The contract with the engine is `next()` → run → `done(step)`, with `add` and `release` allowed
 * at any moment between, also while a step runs.
 *
 * Rows. Decoding requests hold the rows 0…n-1 without holes (the attention kernel wants contiguous rows), and at most
 * one request, the oldest admitted, is being prefilled in row n. When a row is freed, the last row moves into the hole;
 * that happens in `next()`, never while a step runs.
 *
 * Fairness. The queue is first in, first out. Between two decoding steps at most `prefillBudget` prompt tokens are
 * prefilled, so a long prompt delays the others by one chunk at a time and short prompts are admitted several at once.
 */
import { AthanorError, invariant } from '../core/index.ts';

export interface SchedulerOptions {
  /** Rows of the KV cache: the largest decoding batch. */
  readonly slots: number;
  /** Requests that may wait beyond those that a slot is free for. */
  readonly maxQueue: number;
  /** Prompt tokens run between two decoding steps, and the largest chunk of one prompt. */
  readonly prefillBudget: number;
}

/** A copy of a row's cache, to be done before the step, in the order given. */
export interface RowMove {
  readonly from: number;
  readonly to: number;
}

export type SchedulerStep =
  | { readonly kind: 'idle'; readonly moves: readonly RowMove[] }
  /** Run prompt tokens [from, to) of one request in row `slot`; `last` when the prompt ends there. */
  | {
      readonly kind: 'prefill';
      readonly moves: readonly RowMove[];
      readonly id: number;
      readonly slot: number;
      readonly from: number;
      readonly to: number;
      readonly last: boolean;
    }
  /** Run one token for each of the requests in rows 0…ids.length-1. */
  | { readonly kind: 'decode'; readonly moves: readonly RowMove[]; readonly ids: readonly number[] };

interface Waiting {
  readonly id: number;
  readonly promptLength: number;
}
interface Prefilling extends Waiting {
  slot: number;
  done: number;
}

export class Scheduler {
  private readonly options: SchedulerOptions;
  /** In order of arrival. A Map, so that a request in the middle can leave at once. */
  private readonly queue = new Map<number, Waiting>();
  private prefilling: Prefilling | undefined;
  /** The request in each decoding row; undefined is a hole until the next step. */
  private rows: (number | undefined)[] = [];
  private prefilledSinceDecode = 0;
  private stepRunning = false;

  constructor(options: SchedulerOptions) {
    invariant(options.slots >= 1 && options.prefillBudget >= 1 && options.maxQueue >= 0, 'scheduler options');
    this.options = options;
  }

  /** Requests that wait for a slot. */
  get waiting(): number {
    return this.queue.size;
  }

  /** Requests that hold a slot. */
  get running(): number {
    return this.decoding().length + (this.prefilling ? 1 : 0);
  }

  /** Queues a request. @throws AthanorError('overloaded') when the queue is full */
  add(id: number, promptLength: number): void {
    const { slots, maxQueue } = this.options;
    if (this.waiting + this.running >= slots + maxQueue) {
      throw new AthanorError('overloaded', `all ${slots} slots are busy and ${maxQueue} requests wait already`, {
        hint: 'Try again in a moment.',
        values: { slots, maxQueue, waiting: this.waiting, running: this.running },
      });
    }
    this.queue.set(id, { id, promptLength });
  }

  /** Takes a request out (finished, cancelled or failed), whatever its state; an unknown id is ignored. */
  release(id: number): void {
    this.queue.delete(id);
    if (this.prefilling?.id === id) this.prefilling = undefined;
    const row = this.rows.indexOf(id);
    if (row >= 0) this.rows[row] = undefined;
  }

  /** Closes holes, then decides the next step. The caller does the moves, runs the step, and calls `done`. */
  next(): SchedulerStep {
    invariant(!this.stepRunning, 'next() before done()');
    const moves = this.compact();
    this.admit();
    const ids = this.decoding();
    if (this.prefilling) {
      const { id, slot, done, promptLength } = this.prefilling;
      const to = Math.min(promptLength, done + this.options.prefillBudget);
      // A chunk that exceeds what is left of the budget waits for the decoding step; it is not cut into crumbs.
      if (ids.length === 0 || this.prefilledSinceDecode + (to - done) <= this.options.prefillBudget) {
        this.stepRunning = true;
        return { kind: 'prefill', moves, id, slot, from: done, to, last: to === promptLength };
      }
    }
    if (ids.length === 0) return { kind: 'idle', moves };
    this.stepRunning = true;
    return { kind: 'decode', moves, ids };
  }

  /** The step has run (or failed: the caller then releases its requests). */
  done(step: SchedulerStep): void {
    this.stepRunning = false;
    if (step.kind === 'decode') this.prefilledSinceDecode = 0;
    if (step.kind !== 'prefill') return;
    this.prefilledSinceDecode += step.to - step.from;
    const current = this.prefilling;
    if (current?.id !== step.id) return; // cancelled meanwhile
    current.done = step.to;
    if (!step.last) return;
    this.prefilling = undefined;
    this.rows.push(step.id);
    // Rows freed while the step ran are holes still, so the new row is where it was prefilled.
    invariant(this.rows.length - 1 === step.slot, 'the prefilled row follows the decoding rows');
  }

  private decoding(): number[] {
    return this.rows.filter((id) => id !== undefined);
  }

  /** Moves last rows into holes; then the row being prefilled follows the shorter batch. */
  private compact(): RowMove[] {
    const moves: RowMove[] = [];
    const rows = this.rows;
    for (let hole = 0; hole < rows.length; hole++) {
      while (rows.length > 0 && rows.at(-1) === undefined) rows.pop();
      if (hole >= rows.length || rows[hole] !== undefined) continue;
      moves.push({ from: rows.length - 1, to: hole });
      rows[hole] = rows.pop();
    }
    const current = this.prefilling;
    if (current && current.slot !== rows.length) {
      if (current.done > 0) moves.push({ from: current.slot, to: rows.length });
      current.slot = rows.length;
    }
    return moves;
  }

  private admit(): void {
    if (this.prefilling || this.rows.length >= this.options.slots) return;
    const [first] = this.queue.values();
    if (!first) return;
    this.queue.delete(first.id);
    this.prefilling = { ...first, slot: this.rows.length, done: 0 };
  }
}
