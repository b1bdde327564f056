/** `sft`: supervised fine-tuning of a model on conversations. The fields belong to `train/`. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { datasetOrMixtureSchema } from '../../data/index.ts';
import { loadModel, modelHash } from '../../models/node.ts';
import { loadTokenizer } from '../../tokenizer/node.ts';
import { objectives, sftSchema } from '../../train/index.ts';
import { defineStage } from '../define.ts';
import { runTraining } from '../training.ts';
import { datasetReferences } from '../training-data.ts';

const schema = sftSchema.extend({
  name: z.string().default('sft').describe('Name of the model.'),
  dataset: datasetOrMixtureSchema.describe(
    'Name of the dataset with conversations (`messages`), or a mixture of several.',
  ),
});

/** A directory rather than a name. */
const isPath = (model: string): boolean => /[/\\]/.test(model);

export const sft = defineStage<z.output<typeof schema>>({
  kind: 'sft',
  describe: 'Fine-tunes a model on conversations; only the answers count in the loss.',
  version: 1,
  training: true,
  schema,
  cosmetic: ['log_interval'],
  inputs: ({ dataset, model }) => [
    ...datasetReferences(dataset),
    ...(isPath(model) ? [] : [{ type: 'model' as const, name: model, path: ['model'] }]),
  ],
  externals: ({ model }, { baseDir }) =>
    isPath(model) ? [{ path: ['model'], hash: modelHash(resolve(baseDir, model)) }] : [],
  outputs: ({ name }) => [{ type: 'model', name }],
  async run(config, context) {
    const directory = isPath(config.model)
      ? resolve(context.baseDir, config.model)
      : context.workspace.model(config.model);
    const loaded = loadModel(directory);
    try {
      const limited = config.max_steps ?? config.max_minutes ?? config.epochs;
      return await runTraining(
        {
          stage: config.name,
          objective: objectives.sft,
          config: limited === undefined ? { ...config, epochs: objectives.sft.defaults.epochs } : config,
          dataset: config.dataset,
          encoding: 'chat',
          sampling: 'epochs',
          model: loaded.model,
          tokenizer: loadTokenizer(directory),
          tokenizerDirectory: directory,
          initialWeights: (name) => loaded.read(name),
          about: `Fine-tuned on instructions from ${config.model} with Athanor (recipe ${context.recipe}).`,
        },
        context,
      );
    } finally {
      loaded.close();
    }
  },
});
