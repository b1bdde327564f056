/** `eval`: scores a model on tasks and keeps every prompt and answer. The fields belong to `eval/`. */
import { z } from 'zod';
import { hashValue, writeJson } from '../../core/node.ts';
import { evalSchema, headlines, resolveTasks } from '../../eval/index.ts';
import { defineStage } from '../define.ts';
import { evaluateModel } from '../evaluation.ts';

const schema = evalSchema.extend({ name: z.string().default('eval').describe('Name of the evaluation.') });

export const evalStage = defineStage<z.output<typeof schema>>({
  kind: 'eval',
  describe: 'Evaluates a model on tasks; scores, prompts and answers go to evals/<name>.json.',
  version: 1,
  training: false,
  schema,
  inputs: ({ model, dataset }) => [
    { type: 'model', name: model, path: ['model'] },
    ...(dataset === undefined ? [] : [{ type: 'dataset' as const, name: dataset, path: ['dataset'] }]),
  ],
  // Unknown tasks are an error before anything runs; versions of tasks are part of the key.
  externals: ({ tasks }) => [
    {
      path: ['code'],
      hash: hashValue(resolveTasks(tasks).map(({ task, config }) => [task.name, task.version, config])),
    },
  ],
  outputs: ({ name }) => [{ type: 'evaluation', name }],
  async run({ name, model, dataset, tasks }, context) {
    const { workspace, seed, device, threads, report, signal } = context;
    const evaluation = await evaluateModel({
      workspace,
      model: { directory: workspace.model(model) },
      dataset,
      tasks,
      seed,
      device,
      threads,
      stage: name,
      report,
      signal,
    });
    writeJson(workspace.evaluation(name), evaluation);
    return headlines(evaluation.tasks);
  },
});
