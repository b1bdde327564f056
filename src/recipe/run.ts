/**
 * Runs a recipe: stages in order, each skipped when its cached result is what it would make again. Holds the
 * workspace's lock for the whole time; an abort saves what the stage can save and ends with `cancelled`.
 */
import { AthanorError, type ProgressEvent, type Reporter, unknownName } from '../core/index.ts';
import { Workspace } from '../data/index.ts';
import { existingArtefacts } from './artefacts.ts';
import { forget, identityOf, keyOf, lookUp, remember } from './cache.ts';
import type { StageContext, Summary } from './define.ts';
import type { LoadedRecipe } from './load.ts';
import { type ResolvedStage, resolveRecipe, selectStages } from './resolve.ts';
import { findInterrupted, openRun, stageOfRun } from './run-directory.ts';

export interface RunOptions {
  readonly workspace: string;
  /** Names or kinds of the stages to run; empty: all. */
  readonly only?: readonly string[];
  /** Run even what is cached, from its beginning. */
  readonly force?: boolean;
  /** The id of an interrupted run to go on with; by default the newest one that fits. */
  readonly resumeRun?: string | undefined;
  /** Replaces the recipe's seed. */
  readonly seed?: number | undefined;
  readonly device?: StageContext['device'];
  readonly threads?: number | undefined;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

export interface StageReport {
  readonly kind: string;
  readonly name: string;
  readonly status: 'done' | 'cached';
  readonly seconds: number;
  readonly outputs: readonly { readonly type: string; readonly name: string }[];
  readonly summary: Summary;
  /** The run's id where the stage was executed. */
  readonly run?: string;
}

export interface RunReport {
  readonly recipe: string;
  readonly seed: number;
  readonly workspace: string;
  readonly seconds: number;
  /** True when nothing had to be done. */
  readonly cached: boolean;
  readonly stages: readonly StageReport[];
}

/** Checks a loaded recipe's references against a workspace; runs nothing. */
export function planRecipe(loaded: LoadedRecipe, workspaceDirectory: string): readonly ResolvedStage[] {
  const workspace = new Workspace(workspaceDirectory);
  try {
    return resolveRecipe(loaded.recipe, (type) => existingArtefacts(workspace, type), loaded.file);
  } catch (error) {
    throw loaded.locate(error);
  }
}

/**
 * @throws AthanorError what a stage throws; 'locked' when another process works in the workspace; 'cancelled'
 */
export async function runRecipe(loaded: LoadedRecipe, options: RunOptions): Promise<RunReport> {
  return runStages(planRecipe(loaded, options.workspace), loaded, options);
}

/** Runs resolved stages; `runRecipe` without the resolving. */
export async function runStages(
  stages: readonly ResolvedStage[],
  loaded: LoadedRecipe,
  options: RunOptions,
): Promise<RunReport> {
  const { recipe } = loaded;
  const workspace = new Workspace(options.workspace);
  const selected = selectStages(stages, options.only ?? []);
  const seed = options.seed ?? recipe.seed;
  const started = performance.now();
  const lock = workspace.lock();
  try {
    const reports: StageReport[] = [];
    for (const stage of stages)
      if (selected.has(stage.index)) reports.push(await runStage(stage, { loaded, options, workspace, seed }));
    const cached = reports.every(({ status }) => status === 'cached');
    return {
      recipe: recipe.name,
      seed,
      workspace: workspace.root,
      seconds: secondsSince(started),
      cached,
      stages: reports,
    };
  } finally {
    lock.release();
  }
}

interface Setting {
  readonly loaded: LoadedRecipe;
  readonly options: RunOptions;
  readonly workspace: Workspace;
  readonly seed: number;
}

async function runStage(stage: ResolvedStage, { loaded, options, workspace, seed }: Setting): Promise<StageReport> {
  const { report, signal } = options;
  const started = performance.now();
  if (signal.aborted) throw cancelled(stage);
  await stage.definition.prepare?.(stage.config, { baseDir: loaded.baseDir, workspace, report, signal });
  const identity = identityOf(stage, workspace, loaded.baseDir, seed);
  const key = keyOf(identity);
  const done = { kind: stage.kind, name: stage.name, outputs: stage.outputs };
  const known = options.force ? undefined : lookUp(workspace, stage, key);
  if (known !== undefined) {
    report({ type: 'stage', stage: stage.name, status: 'cached' });
    return { ...done, status: 'cached', seconds: secondsSince(started), summary: known };
  }
  const resume = stage.definition.training && !options.force ? runToResume(stage, workspace, key, options) : undefined;
  forget(workspace, stage);
  const request = { workspace, recipeName: loaded.recipe.name, recipeValue: loaded.value };
  const run = openRun({ ...request, stage, identity, key, resume });
  const tell = (event: ProgressEvent) => {
    run.log(event);
    report(event);
  };
  tell({ type: 'stage', stage: stage.name, status: 'start', detail: run.resuming ? `resumes ${run.id}` : undefined });
  try {
    const summary = await stage.definition.run(stage.config, {
      workspace,
      baseDir: loaded.baseDir,
      recipe: loaded.recipe.name,
      seed,
      device: options.device ?? 'cpu',
      threads: options.threads,
      report: tell,
      signal,
      run,
    });
    remember(workspace, stage, key, summary);
    run.finish('done', summary);
    tell({ type: 'stage', stage: stage.name, status: 'done' });
    return { ...done, status: 'done', seconds: secondsSince(started), summary, run: run.id };
  } catch (error) {
    const stopped = signal.aborted || (error instanceof AthanorError && error.code === 'cancelled');
    const detail = error instanceof Error ? error.message : String(error);
    settle(() => run.finish(stopped ? 'interrupted' : 'failed', detail));
    if (error instanceof AthanorError && error.code === 'bad-input') settle(() => run.refuse());
    settle(() => tell({ type: 'stage', stage: stage.name, status: 'failed', detail }));
    throw stopped ? cancelled(stage, error) : error;
  }
}

/** The run that was named, where it is one of this stage; else the newest interrupted one of the same key. */
function runToResume(
  stage: ResolvedStage,
  workspace: Workspace,
  key: string,
  { resumeRun }: RunOptions,
): string | undefined {
  if (resumeRun === undefined) return findInterrupted(workspace, key);
  const runs = workspace.list('runs');
  if (!runs.includes(resumeRun)) throw unknownName('run', resumeRun, runs, { place: '--resume' });
  return stageOfRun(workspace, resumeRun) === stage.name ? resumeRun : findInterrupted(workspace, key);
}

/** Book-keeping after a failure may fail too (a full disk): the first error is the one to show. */
function settle(write: () => void): void {
  try {
    write();
  } catch {
    // The error that stopped the stage is on its way to the user.
  }
}

function cancelled(stage: ResolvedStage, cause?: unknown): AthanorError {
  const saved = stage.definition.training && cause !== undefined;
  return new AthanorError('cancelled', `stopped in stage '${stage.name}'`, {
    hint: `Run the same command again${saved ? ': it goes on from the last checkpoint.' : ' to go on.'}`,
    values: { stage: stage.name },
    cause,
  });
}

const secondsSince = (started: number): number => Math.round(performance.now() - started) / 1000;
