/**
 * How many steps a run has. With `max_steps` or `epochs` it is known; with `max_minutes` it is estimated from the measured
 * speed. The clock enters a run only here: each estimate is an entry that is recorded (plan.jsonl), and
 * everything else is a function of (step, entries). A resumed run reads the entries again, so it repeats the steps up to the
 * last recorded estimate bit for bit; estimates after that are new measurements, which no resume can repeat.
 */
export interface PlanEntry {
  /** Valid from this step on. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly total: number;
}

export interface PlanOptions {
  /** From `max_steps` and `epochs`; Infinity when only time limits the run. */
  readonly limit: number;
  readonly maxSeconds?: number;
  readonly entries?: readonly PlanEntry[];
  /** Keeps a new entry. */
  readonly record?: (entry: PlanEntry) => void;
}

/** Steps before the first estimate, and steps that are left out of it: the engine's first runs are slow. */
const FIRST = 6;
const UNMEASURED = 2;
/** Estimates are made again whenever this share of the time has passed. */
const SHARE = 0.05;

export class StepPlan {
  private readonly options: PlanOptions;
  private readonly entries: PlanEntry[];
  /** Where measuring began. */
  private start: { step: number; seconds: number } | undefined;
  private lastEstimate = Number.NEGATIVE_INFINITY;

  constructor(options: PlanOptions) {
    this.options = options;
    this.entries = [...(options.entries ?? [])];
  }

  /** Steps of the run as known at a step; Infinity before the first estimate. */
  total(step: number): number {
    let total = this.options.limit;
    if (this.options.maxSeconds === undefined) return total;
    for (const entry of this.entries) if (entry.step <= step) total = entry.total;
    return total;
  }

  /**
   * Called before each step: makes an estimate where one is due.
   * @param seconds time spent on the run so far, over resumes
   */
  observe(step: number, seconds: number): void {
    const { limit, maxSeconds, record } = this.options;
    if (maxSeconds === undefined) return;
    const known = this.entries.at(-1);
    if (known && step <= known.step) return; // a recorded estimate is repeated, not measured anew
    this.start ??= { step: step + (known ? 0 : UNMEASURED), seconds };
    if (step <= this.start.step) this.start = { step: this.start.step, seconds };
    const late = seconds >= maxSeconds && step > 0;
    const due = step >= FIRST && step > this.start.step && seconds - this.lastEstimate >= SHARE * maxSeconds;
    if (!late && !due) return;
    const perStep = (seconds - this.start.seconds) / Math.max(1, step - this.start.step);
    const left = late ? 0 : Math.max(0, Math.floor((maxSeconds - seconds) / Math.max(perStep, 1e-6)));
    const entry = { step, total: Math.min(limit, step + left) };
    this.lastEstimate = seconds;
    this.entries.push(entry);
    record?.(entry);
  }
}
