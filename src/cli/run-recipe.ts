/** Running a recipe for people: the part that `run`, `train` and `data build` share. */
import { AthanorError } from '../core/index.ts';
import type { ResolvedStage, RunReport } from '../recipe/index.ts';
import type { CommandContext, CommandOption, OptionValues } from './command.ts';
import { padEnd, textWidth } from './width.ts';

export const recipeArguments = [{ name: '<recipe>', describe: 'argument.recipe' }] as const;

export const recipeOptions: readonly CommandOption[] = [
  { flags: '--only <names>', describe: 'option.run.only', kind: 'commas', default: [] },
  { flags: '--force', describe: 'option.run.force' },
  { flags: '--set <key=value>', describe: 'option.run.set', kind: 'list', default: [] },
];

export interface RecipeRequest {
  readonly recipe: string;
  /** Values of `recipeOptions`. */
  readonly options: OptionValues;
  readonly resumeRun?: string | undefined;
  /** Further restricts the stages, e.g. to those that train. */
  readonly keep?: (stage: ResolvedStage) => boolean;
}

/** Loads, checks, runs, and shows curves and summaries. */
export async function runRecipeForPeople(context: CommandContext, request: RecipeRequest): Promise<RunReport> {
  const { globals, progress, t, print, note } = context;
  const { options, keep = () => true, resumeRun } = request;
  const { loadRecipe, planRecipe, runStages, selectStages } = await import('../recipe/index.ts');
  const loaded = await loadRecipe(request.recipe, options.set as string[]);
  const stages = planRecipe(loaded, globals.workspace);
  const wanted = selectStages(stages, options.only as string[]);
  const chosen = stages.filter((stage) => wanted.has(stage.index) && keep(stage));
  if (chosen.length === 0)
    throw new AthanorError('bad-input', t('run.no-stage'), { place: request.recipe, hint: t('run.all-stages') });
  const seed = globals.seed ?? loaded.recipe.seed;
  note(t('run.recipe', { name: loaded.recipe.name, seed, workspace: globals.workspace }));
  for (const stage of chosen) {
    const derived = Object.entries(stage.derived).map(([key, value]) => `${key} ${String(value)}`);
    if (derived.length > 0) note(`  ${stage.name}: ${derived.join(', ')}`);
  }
  progress.plan(chosen.map(({ name }) => name));
  const { device, threads, workspace } = globals;
  const report = await runStages(chosen, loaded, {
    workspace,
    force: options.force === true,
    resumeRun,
    seed: globals.seed,
    device,
    threads,
    report: progress.report,
    signal: context.signal,
  });
  progress.close();
  for (const curve of progress.curves()) note(`\n${curve}`);
  for (const line of summaryLines(report)) print(line);
  const cached = report.stages.filter(({ status }) => status === 'cached').length;
  const values = { n: report.stages.length, cached, seconds: report.seconds.toFixed(1) };
  print(report.cached ? t('run.all-cached', values) : t('run.finished', values));
  return report;
}

/** `name  key value · key value` for each stage that has something to say. */
function summaryLines(report: RunReport): string[] {
  const width = Math.max(0, ...report.stages.map(({ name }) => textWidth(name)));
  return report.stages.flatMap(({ name, summary }) => {
    const facts = Object.entries(summary).flatMap(([key, value]) => fact(key, value));
    return facts.length > 0 ? [`${padEnd(name, width)}  ${facts.join(' · ')}`] : [];
  });
}

function fact(key: string, value: unknown): string[] {
  if (typeof value === 'number') return [`${key} ${Number.isInteger(value) ? value : Number(value.toPrecision(4))}`];
  if (typeof value === 'string' && value.length <= 60) return [`${key} ${value}`];
  if (value && typeof value === 'object' && !Array.isArray(value))
    return Object.entries(value).flatMap(([inner, one]) =>
      typeof one === 'object' ? [] : fact(`${key}.${inner}`, one),
    );
  return [];
}
