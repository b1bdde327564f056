/** How the classifier is trained, as users set it. */
import { z } from 'zod';
import { featureSettings } from './features.ts';

export const trainSettings = z.strictObject({
  features: featureSettings.prefault({}),
  dim: z.int().min(0).max(512).default(0).describe('Width of the hidden layer, as in fastText; 0: logistic regression'),
  loss: z.enum(['softmax', 'one-vs-all']).default('softmax').describe('One of the labels, or each for itself'),
  epochs: z.int().min(1).max(1000).default(12).describe('Passes over the training part'),
  rate: z.number().positive().default(0.5).describe('Learning rate at the start; falls linearly to 0'),
  l2: z.number().min(0).default(0).describe('Shrinks the weights of each feature that is read by rate × l2'),
  class_weights: z
    .union([z.enum(['none', 'balanced']), z.record(z.string(), z.number().positive())])
    .default('none')
    .describe('`balanced`: rare labels weigh more, so that all labels weigh the same; or a weight for each label'),
  held_out: z.number().min(0).max(0.5).default(0.1).describe('Part of the examples that is not trained on'),
  patience: z
    .int()
    .min(1)
    .default(4)
    .describe('Stop after so many epochs that are no better on the held-out part, by macro-F1, then by loss'),
  min_examples: z.int().min(1).default(1).describe('A feature that fewer training examples have gets no weight'),
  max_features: z
    .int()
    .positive()
    .optional()
    .describe('Keep only so many features, those with the longest weight vectors, and train on with them'),
  seed: z.int().min(0).default(0),
});

export type TrainSettings = z.output<typeof trainSettings>;
