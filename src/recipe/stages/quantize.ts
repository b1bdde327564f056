/** `quantize`: a smaller copy of a model, with its perplexity before and after. The fields belong to `compress/`. */
import { z } from 'zod';
import { quantizeSchema } from '../../compress/index.ts';
import { defineStage } from '../define.ts';
import { quantizeAndCompare } from '../quantization.ts';

const schema = quantizeSchema.extend({ name: z.string().default('quantize').describe('Name of the new model.') });

export const quantize = defineStage<z.output<typeof schema>>({
  kind: 'quantize',
  describe: 'Makes a smaller copy of a model, and compares the perplexity of both.',
  version: 1,
  training: false,
  schema,
  inputs: ({ model, dataset }) => [
    { type: 'model', name: model, path: ['model'] },
    ...(dataset === undefined ? [] : [{ type: 'dataset' as const, name: dataset, path: ['dataset'] }]),
  ],
  outputs: ({ name }) => [{ type: 'model', name }],
  async run({ name, model, scheme, dataset }, context) {
    const { workspace, seed, device, threads, report, signal } = context;
    const from = workspace.model(model);
    const to = workspace.model(name);
    const common = { workspace, dataset, seed, device, threads, stage: name, report, signal };
    return { ...(await quantizeAndCompare({ ...common, from, to, scheme })) };
  },
});
