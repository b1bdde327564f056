/** Linear warm-up, then a straight line down to `min_lr_ratio`. */
import { z } from 'zod';
import { decayProgress, defineSchedule, minimumField, warmupFactor, warmupField } from '../schedule.ts';

const config = z.strictObject({
  use: z.literal('linear').default('linear').describe('The schedule.'),
  warmup: warmupField,
  min_lr_ratio: minimumField.default(0),
});

export const linear = defineSchedule<z.output<typeof config>>({
  name: 'linear',
  describe: 'Warm-up, then a straight line.',
  config,
  factor({ warmup, min_lr_ratio: minimum }, step, total) {
    return warmupFactor(step, warmup) * (1 - (1 - minimum) * decayProgress(step, total, warmup));
  },
});
