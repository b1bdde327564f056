/** What a step cost: time, tokens per second, memory, processor use. Node only. */
import { availableParallelism } from 'node:os';

export interface StepCost {
  readonly tokens_per_s: number;
  /** Resident memory of the process, MB (10⁶). */
  readonly rss_mb: number;
  /** Share of the machine's cores that the process kept busy, 0 to 1. */
  readonly cpu_util: number;
}

/** Measures from one call of `read` to the next. */
export class Meter {
  private readonly now: () => number;
  private last: number;
  private cpu: NodeJS.CpuUsage;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.now = now;
    this.last = now();
    this.cpu = process.cpuUsage();
  }

  /** Leaves the time since the last call out (validation, checkpoints). */
  reset(): void {
    this.last = this.now();
    this.cpu = process.cpuUsage();
  }

  /** @param tokens processed since the last call */
  read(tokens: number): StepCost {
    const seconds = Math.max(1e-9, (this.now() - this.last) / 1000);
    const { user, system } = process.cpuUsage(this.cpu);
    this.reset();
    return {
      tokens_per_s: round(tokens / seconds, 1),
      rss_mb: round(process.memoryUsage.rss() / 1e6, 1),
      cpu_util: round(Math.min(1, (user + system) / 1e6 / seconds / availableParallelism()), 3),
    };
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
