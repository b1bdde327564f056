/** `pretrain`: a model from random weights on a dataset's text. The fields belong to `train/` and `models/`. */
import { z } from 'zod';
import { datasetOrMixtureSchema } from '../../data/index.ts';
import { createModel } from '../../models/index.ts';
import { loadTokenizer } from '../../tokenizer/node.ts';
import { objectives, pretrainSchema } from '../../train/index.ts';
import { defineStage } from '../define.ts';
import { runTraining } from '../training.ts';
import { datasetReferences } from '../training-data.ts';

const schema = pretrainSchema.extend({
  name: z.string().default('pretrain').describe('Name of the model.'),
  dataset: datasetOrMixtureSchema.describe('Name of the dataset to train on, or a mixture of several.'),
  sampling: z
    .enum(['epochs', 'windows'])
    .default('epochs')
    .describe('epochs: every sequence once a pass; windows: random windows with replacement, as in nanoGPT.'),
});

export const pretrain = defineStage<z.output<typeof schema>>({
  kind: 'pretrain',
  describe: 'Trains a model from random weights to predict the next token.',
  version: 1,
  training: true,
  schema,
  cosmetic: ['log_interval'],
  inputs: ({ dataset, tokenizer }) => [
    ...datasetReferences(dataset),
    { type: 'tokenizer', name: tokenizer, path: ['tokenizer'] },
  ],
  outputs: ({ name }) => [{ type: 'model', name }],
  async run(config, context) {
    const tokenizerDirectory = context.workspace.tokenizer(config.tokenizer);
    const tokenizer = loadTokenizer(tokenizerDirectory);
    const place = `stage '${config.name}': model`;
    const model = createModel({ vocab_size: tokenizer.tokenizer.vocabSize, ...config.model }, place);
    return runTraining(
      {
        stage: config.name,
        objective: objectives.pretrain,
        config,
        dataset: config.dataset,
        encoding: 'text',
        sampling: config.sampling,
        model,
        tokenizer,
        tokenizerDirectory,
        about: `A language model trained from scratch with Athanor (recipe ${context.recipe}).`,
      },
      context,
    );
  },
});
