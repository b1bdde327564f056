/** What a learning-rate schedule is: a factor of the peak rate, from the step and the number of steps. Pure. */
import { z } from 'zod';

export interface ScheduleDefinition<Config> {
  readonly name: string;
  readonly describe: string;
  readonly config: z.ZodType<Config>;
  /**
   * Factor of the peak learning rate at a step.
   * @param step counted from 0
   * @param total steps of the whole run; Infinity while a run limited by time has no estimate yet
   */
  factor(config: Config, step: number, total: number): number;
}

/** Defines a schedule; adding the file to schedules/ registers it. */
export function defineSchedule<Config>(definition: ScheduleDefinition<Config>): ScheduleDefinition<Config> {
  return definition;
}

export const warmupField = z
  .number()
  .int()
  .min(0)
  .default(100)
  .describe('Steps over which the rate rises linearly from almost zero.');

export const minimumField = z.number().min(0).max(1).describe('Where the rate ends, as a share of its peak.');

/** The linear rise: 1/(warmup+1) at step 0, 1 from step `warmup` on. */
export function warmupFactor(step: number, warmup: number): number {
  return step < warmup ? (step + 1) / (warmup + 1) : 1;
}

/** How much of the run after the warm-up is over, 0 to 1. */
export function decayProgress(step: number, total: number, warmup: number): number {
  if (step < warmup || total === Number.POSITIVE_INFINITY) return 0;
  return Math.min(1, (step - warmup) / Math.max(1, total - warmup));
}
