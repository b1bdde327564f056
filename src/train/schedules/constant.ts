/** Linear warm-up, then always the peak rate. */
import { z } from 'zod';
import { defineSchedule, warmupFactor, warmupField } from '../schedule.ts';

const config = z.strictObject({
  use: z.literal('constant').default('constant').describe('The schedule.'),
  warmup: warmupField,
});

export const constant = defineSchedule<z.output<typeof config>>({
  name: 'constant',
  describe: 'Warm-up, then the peak rate.',
  config,
  factor: ({ warmup }, step) => warmupFactor(step, warmup),
});
