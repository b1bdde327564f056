/** Linear warm-up, then half a cosine down to `min_lr_ratio` (Loshchilov & Hutter 2017, eq. 5, without restarts). */
import { z } from 'zod';
import { decayProgress, defineSchedule, minimumField, warmupFactor, warmupField } from '../schedule.ts';

const config = z.strictObject({
  use: z.literal('cosine').default('cosine').describe('The schedule.'),
  warmup: warmupField,
  min_lr_ratio: minimumField.default(0.1),
});

export const cosine = defineSchedule<z.output<typeof config>>({
  name: 'cosine',
  describe: 'Warm-up, then half a cosine.',
  config,
  factor({ warmup, min_lr_ratio: minimum }, step, total) {
    const cosine = (1 + Math.cos(Math.PI * decayProgress(step, total, warmup))) / 2;
    return warmupFactor(step, warmup) * (minimum + (1 - minimum) * cosine);
  },
});
