/** Supervised fine-tuning: next-token prediction on the assistant's answers only (the data marks the rest with -100). */
import { z } from 'zod';
import { defineObjective, languageModelLoss } from '../objective.ts';

export const sft = defineObjective({
  name: 'sft',
  describe: 'Next-token prediction on answers, from a trained model.',
  fields: {
    model: z.string().min(1).describe('The model to start from: a stage, a model of the workspace, or a directory.'),
    dataset: z.string().min(1).describe('Name of the dataset with conversations (`messages`).'),
  },
  defaults: { lr: 1e-4, epochs: 2 },
  loss: languageModelLoss,
});
