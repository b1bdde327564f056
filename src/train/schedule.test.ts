import { describe, expect, it } from 'vitest';
import { learningRateAt, stepLimit, trainingSchema } from './config.ts';

const at = (schedule: object, total: number, steps: readonly number[]) => {
  const config = trainingSchema.parse({ optimizer: { lr: 1 }, schedule });
  return steps.map((step) => Number(learningRateAt(config, step, total).toFixed(6)));
};

describe('schedules', () => {
  it('rise linearly, then follow their curve to the minimum', () => {
    const warmup = 4;
    expect(at({ use: 'cosine', warmup, min_lr_ratio: 0.2 }, 12, [0, 3, 4, 8, 12, 50])).toEqual([
      0.2, 0.8, 1, 0.6, 0.2, 0.2,
    ]);
    expect(at({ use: 'linear', warmup, min_lr_ratio: 0 }, 12, [0, 4, 6, 8, 12])).toEqual([0.2, 1, 0.75, 0.5, 0]);
    expect(at({ use: 'constant', warmup }, 12, [0, 4, 11])).toEqual([0.2, 1, 1]);
  });

  it('stay at the peak while the number of steps is not known', () => {
    expect(at({ use: 'cosine', warmup: 0 }, Number.POSITIVE_INFINITY, [0, 10])).toEqual([1, 1]);
  });

  it('a warm-up longer than the run only rises', () => {
    expect(at({ use: 'cosine', warmup: 9 }, 4, [0, 3])).toEqual([0.1, 0.4]);
  });
});

describe('settings', () => {
  it('the first limit that is reached ends training', () => {
    expect(stepLimit(trainingSchema.parse({ max_steps: 7 }), { batchesPerEpoch: 100 })).toBe(7);
    expect(stepLimit(trainingSchema.parse({ epochs: 0.5, accumulation: 3 }), { batchesPerEpoch: 20 })).toBe(4);
    expect(stepLimit(trainingSchema.parse({ epochs: 2, max_steps: 9 }), { batchesPerEpoch: 3 })).toBe(6);
    expect(stepLimit(trainingSchema.parse({ max_minutes: 1 }), { batchesPerEpoch: 3 })).toBe(Number.POSITIVE_INFINITY);
    expect(() => stepLimit(trainingSchema.parse({}), { batchesPerEpoch: 3 })).toThrow(/max_steps/);
    expect(stepLimit(trainingSchema.parse({}), { batchesPerEpoch: 3 }, 2)).toBe(6);
    expect(stepLimit(trainingSchema.parse({ max_steps: 7, accumulation: 2 }), { batchesPerEpoch: 3, batches: 9 })).toBe(
      4,
    );
    expect(stepLimit(trainingSchema.parse({ max_steps: 50 }), { batchesPerEpoch: 3 }, 2)).toBe(50);
  });

  it('have defaults and refuse unknown keys', () => {
    const config = trainingSchema.parse({});
    expect(config.optimizer).toMatchObject({ use: 'adamw', betas: [0.9, 0.95], weight_decay: 0.1 });
    expect(config.schedule).toEqual({ use: 'cosine', warmup: 100, min_lr_ratio: 0.1 });
    expect(trainingSchema.safeParse({ learning_rate: 1 }).success).toBe(false);
    expect(trainingSchema.safeParse({ optimizer: { use: 'sgd' } }).success).toBe(false);
  });
});
