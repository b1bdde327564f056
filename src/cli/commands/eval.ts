/** `athanor eval --model DIR|--endpoint URL --tasks a,b`: scores by task; every prompt and answer goes to --out. */
import { AthanorError } from '../../core/index.ts';
import { writeJson } from '../../core/node.ts';
import { Workspace } from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { table } from '../width.ts';

export const evalCommand = defineCommand({
  name: 'eval',
  options: [
    { flags: '--model <dir>', describe: 'option.model' },
    { flags: '--endpoint <url>', describe: 'option.eval.endpoint' },
    { flags: '--tasks <names>', describe: 'option.eval.tasks', kind: 'commas', required: true },
    { flags: '--dataset <name>', describe: 'option.eval.dataset' },
    { flags: '--limit <n>', describe: 'option.eval.limit', kind: 'integer' },
    { flags: '--out <file>', describe: 'option.out' },
  ],
  async run({ globals, progress, signal, print, t }, _args, options) {
    const { endpoint, model, dataset, out } = options as Partial<Record<string, string>>;
    if ((endpoint === undefined) === (model === undefined))
      throw new AthanorError('bad-input', 'expected either --model or --endpoint');
    const { headlines } = await import('../../eval/index.ts');
    const { evaluateModel, modelDirectory } = await import('../../recipe/index.ts');
    const evaluation = await evaluateModel({
      workspace: new Workspace(globals.workspace),
      model: endpoint === undefined ? { directory: modelDirectory(model!, globals.workspace) } : { endpoint },
      dataset,
      tasks: options.tasks as string[],
      limit: options.limit as number | undefined,
      seed: globals.seed ?? 0,
      device: globals.device,
      threads: globals.threads,
      stage: 'eval',
      report: progress.report,
      signal,
    });
    const scores = headlines(evaluation.tasks);
    const rows = Object.entries(scores).flatMap(([task, metrics]) =>
      Object.entries(metrics).map(([name, value]) => [task, name, Number(value.toPrecision(5))]),
    );
    for (const line of table(rows)) print(line);
    if (out !== undefined) {
      writeJson(out, evaluation);
      print(t('eval.written', { file: out }));
    }
    const { model: evaluated, dataset: used, seed } = evaluation;
    return { model: evaluated, dataset: used, seed, scores, ...(out === undefined ? {} : { file: out }) };
  },
});
