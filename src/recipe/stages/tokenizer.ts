/** `tokenizer`: trains a tokenizer on the training split of a dataset. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeDirectoryAtomic } from '../../core/node.ts';
import { countFiles, forgetCounts, saveTokenizer } from '../../tokenizer/node.ts';
import { defineStage } from '../define.ts';
import {
  chatTemplateFor,
  cuttingPlan,
  shortfall,
  trainerShapes,
  trainFromCounts,
  turnHeads,
} from '../tokenizer-settings.ts';
import { trainingShards } from '../training-shards.ts';

const common = {
  name: z.string().describe('Name of the tokenizer.'),
  dataset: z.string().describe('Name of the dataset to learn from (its training split).'),
  chat_template: z
    .enum(['chatml', 'none'])
    .optional()
    .describe('Template written to tokenizer_config.json; default: chatml where the special tokens allow it.'),
};

const schema = z.discriminatedUnion('type', [
  z.strictObject({ ...trainerShapes.bpe, ...common }),
  z.strictObject({ ...trainerShapes.unigram, ...common }),
  z.strictObject({ ...trainerShapes.wordpiece, ...common }),
  z.strictObject({ ...trainerShapes.wordlevel, ...common }),
  z.strictObject({ ...trainerShapes.char, ...common }),
]);
type Config = z.output<typeof schema>;

export const tokenizer = defineStage<Config>({
  kind: 'tokenizer',
  describe: 'Trains a tokenizer and saves it as tokenizer.json and tokenizer_config.json.',
  version: 2,
  training: false,
  schema,
  inputs: ({ dataset }) => [{ type: 'dataset', name: dataset, path: ['dataset'] }],
  outputs: ({ name }) => [{ type: 'tokenizer', name }],
  async run(config, context) {
    const { name, dataset, chat_template: wanted, ...settings } = config;
    const { workspace, report, signal, threads } = context;
    const chatTemplate = chatTemplateFor(settings.special_tokens, wanted, `stage '${name}'`);
    const statePath = join(workspace.root, 'cache', `tokenizer-${name}.counts`);
    const { counter, documents } = await countFiles({
      inputs: trainingShards(workspace, dataset),
      plan: cuttingPlan(settings),
      threads,
      statePath,
      signal,
      progress: (done, total) =>
        report({ type: 'progress', stage: name, done: megabytes(done), total: megabytes(total), unit: 'MB' }),
    });
    // Every conversation will hold these words. In a corpus without English they would be a token a letter: 14 of the
    // 37 tokens of a poem's prompt.
    if (chatTemplate !== undefined && (config.type === 'bpe' || config.type === 'unigram') && counter.size > 0)
      for (const head of turnHeads) counter.add(head, documents);
    const trained = trainFromCounts(settings, counter, (done, total) =>
      report({ type: 'progress', stage: name, done, total, unit: 'tokens' }),
    );
    const text = shortfall(settings, trained);
    if (text !== undefined) report({ type: 'message', level: 'warn', stage: name, text });
    await writeDirectoryAtomic(workspace.tokenizer(name), (temp) => saveTokenizer(temp, trained, { chatTemplate }));
    forgetCounts(statePath);
    return { vocab_size: trained.vocabSize };
  },
});

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
