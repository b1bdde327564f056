/** Runs tasks on a model and gathers their report. Knows no files; whoever calls writes the report. */
import { z } from 'zod';
import { AthanorError, parse, type Reporter, silent, unknownName } from '../core/index.ts';
import { type ModelUnderTest, type Task, type TaskDocument, type TaskResult, tasks } from '../tasks/index.ts';

/** A task by name, or with its settings: `{ use: perplexity, limit: 200 }`. */
export const taskChoiceSchema = z.union([
  z.string().describe('Name of a task, with its defaults.'),
  z.looseObject({ use: z.string().describe('Name of a task.') }).describe('A task with settings of its own.'),
]);
export type TaskChoice = z.output<typeof taskChoiceSchema>;

/** `eval:` of a recipe. */
export const evalSchema = z.strictObject({
  name: z.string().min(1).optional().describe('Name of the evaluation; default: the kind of stage.'),
  model: z.string().describe('Name of the model to evaluate.'),
  dataset: z
    .string()
    .optional()
    .describe('Dataset that gives held-out documents; default: the one that the model was trained on.'),
  tasks: z.array(taskChoiceSchema).min(1).describe('Tasks to run.'),
});
export type EvalConfig = z.output<typeof evalSchema>;

export interface EvaluateOptions {
  readonly tasks: readonly TaskChoice[];
  readonly model: ModelUnderTest;
  readonly documents: (split: 'train' | 'validation' | 'test') => AsyncIterable<TaskDocument>;
  readonly seed: number;
  /** Replaces every task's own limit. */
  readonly limit?: number;
  readonly report?: Reporter;
  readonly stage?: string;
  readonly signal?: AbortSignal;
}

export interface TaskReport extends TaskResult {
  readonly version: number;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Scores by task, with every sample's prompt and answer. */
export type EvalReport = Readonly<Record<string, TaskReport>>;

/** Checks the choices before anything is loaded. @throws AthanorError('bad-input') naming the task or its field */
export function resolveTasks(
  choices: readonly TaskChoice[],
  limit?: number,
): { task: Task; config: Record<string, unknown> }[] {
  return choices.map((choice, i) => {
    const { use, ...fields } = typeof choice === 'string' ? { use: choice } : choice;
    const task = (tasks as Readonly<Record<string, unknown>>)[use] as Task | undefined;
    if (!task) throw unknownName('task', use, Object.keys(tasks), { place: `tasks[${i}]` });
    const config = parse(task.config, limit === undefined ? fields : { ...fields, limit }, `tasks[${i}] (${use})`);
    return { task, config: config as Record<string, unknown> };
  });
}

/** Runs the tasks one after another. @throws AthanorError what a task throws; 'cancelled' */
export async function evaluate(options: EvaluateOptions): Promise<EvalReport> {
  const { model, documents, seed, report = silent, stage = 'eval', signal } = options;
  const resolved = resolveTasks(options.tasks, options.limit);
  const results: Record<string, TaskReport> = {};
  for (const [i, { task, config }] of resolved.entries()) {
    if (signal?.aborted) throw new AthanorError('cancelled', 'stopped');
    report({ type: 'progress', stage, done: i, total: resolved.length, unit: 'tasks' });
    const result = await task.run({ model, documents, seed }, config);
    results[task.name] = { version: task.version, config, ...result };
  }
  report({ type: 'progress', stage, done: resolved.length, total: resolved.length, unit: 'tasks' });
  return results;
}

/** The headline numbers alone: `{ 'perplexity': { perplexity: … } }`. */
export function headlines(report: EvalReport): Record<string, Readonly<Record<string, number>>> {
  return Object.fromEntries(Object.entries(report).map(([name, { metrics }]) => [name, metrics]));
}
