/**
 * `runs/<id>/`: one folder for every execution of a stage: recipe.yaml, config.json, events.jsonl, state.json;
 * training stages add metrics.jsonl and checkpoints/. An interrupted training run keeps its folder and goes on in it.
 */
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ProgressEvent } from '../core/index.ts';
import { clearLeftovers, ioError, makeDirectory, readJson, writeFileAtomic, writeJson } from '../core/node.ts';
import type { Workspace } from '../data/index.ts';
import type { StageIdentity } from './cache.ts';
import type { RunHandle } from './define.ts';
import type { ResolvedStage } from './resolve.ts';

export type RunState = 'running' | 'interrupted' | 'failed' | 'done';

export interface RunDirectory extends RunHandle {
  /** Appends to events.jsonl (progress ticks are left out: metrics.jsonl has them). */
  log(event: ProgressEvent): void;
  finish(state: Exclude<RunState, 'running'>, detail?: unknown): void;
  /** A resume was refused: config.json is again what it was, so that the command which began the run still finds it. */
  refuse(): void;
}

interface RunRequest {
  readonly workspace: Workspace;
  readonly recipeName: string;
  readonly recipeValue: unknown;
  readonly stage: ResolvedStage;
  readonly identity: StageIdentity;
  readonly key: string;
  /** The run to go on with; undefined: a new one. */
  readonly resume: string | undefined;
}

/** The newest run of this stage and key that stopped before its end and has a checkpoint. */
export function findInterrupted(workspace: Workspace, key: string): string | undefined {
  return workspace
    .list('runs')
    .filter((id) => {
      const directory = workspace.run(id);
      try {
        const config = readJson(join(directory, 'config.json')) as { key?: string };
        const state = readJson(join(directory, 'state.json')) as { state?: RunState };
        return config.key === key && state.state !== 'done' && hasCheckpoint(directory);
      } catch {
        return false;
      }
    })
    .sort()
    .at(-1);
}

/** The name of the stage that a run belongs to. */
export function stageOfRun(workspace: Workspace, id: string): string | undefined {
  return (readJson(join(workspace.run(id), 'config.json')) as { stage?: string }).stage;
}

function hasCheckpoint(directory: string): boolean {
  const path = join(directory, 'checkpoints');
  return existsSync(path) && readdirSync(path).some((name) => /^step-\d+$/.test(name));
}

/** Opens a new run's folder, or an interrupted one's. */
export function openRun(request: RunRequest): RunDirectory {
  const { workspace, stage } = request;
  const id = request.resume ?? newId(workspace, request.recipeName, stage.name);
  const directory = workspace.run(id);
  if (request.resume === undefined) writeFileAtomic(join(directory, 'recipe.yaml'), stringify(request.recipeValue));
  else clearLeftovers(directory);
  const config = join(directory, 'config.json');
  const before = request.resume === undefined ? undefined : readJson(config);
  writeJson(config, {
    schema: 1,
    recipe: request.recipeName,
    stage: stage.name,
    kind: stage.kind,
    key: request.key,
    identity: request.identity,
    config: stage.config,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  });
  const started = new Date().toISOString();
  const writeState = (state: RunState, detail?: unknown) =>
    writeJson(join(directory, 'state.json'), {
      state,
      pid: process.pid,
      started,
      ended: state === 'running' ? undefined : new Date().toISOString(),
      detail,
    });
  writeState('running');
  const events = join(directory, 'events.jsonl');
  return {
    id,
    dir: directory,
    resuming: request.resume !== undefined,
    log: (event) => {
      if (event.type === 'progress') return;
      try {
        makeDirectory(directory);
        appendFileSync(events, `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
      } catch (error) {
        throw ioError(error, events, 'write');
      }
    },
    finish: writeState,
    refuse: () => {
      if (before !== undefined) writeJson(config, before);
    },
  };
}

/** `20260131-235959-poet-base`: sorts by time, names the recipe and the stage. */
function newId(workspace: Workspace, recipe: string, stage: string): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const base = `${time}-${recipe}-${stage}`.slice(0, 120);
  let id = base;
  for (let n = 2; existsSync(workspace.run(id)); n++) id = `${base}-${n}`;
  return id;
}
