/** Pretraining: next-token prediction on every token of a packed corpus. */
import { z } from 'zod';
import { modelSpecSchema } from '../../models/index.ts';
import { defineObjective, languageModelLoss } from '../objective.ts';

export const pretrain = defineObjective({
  name: 'pretrain',
  describe: 'Next-token prediction from random weights, on every token.',
  fields: {
    model: modelSpecSchema,
    dataset: z.string().min(1).describe('Name of the dataset to train on.'),
    tokenizer: z.string().min(1).describe('Name of the tokenizer; its size is the vocabulary.'),
  },
  defaults: { lr: 1e-3 },
  loss: languageModelLoss,
});
