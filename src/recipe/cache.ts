/**
 * The memory of finished stages: `cache/<kind>-<name>.json` holds the key under which a stage last ran and the hashes
 * of what it made. The key is a hash of content: config, inputs, seed, code version; no path, no date, no device.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { codeVersion, hashValue, readJson, writeJson } from '../core/node.ts';
import type { Workspace } from '../data/index.ts';
import { artefactHash, artefactPath } from './artefacts.ts';
import type { Summary } from './define.ts';
import type { ResolvedStage } from './resolve.ts';

interface CacheRecord {
  readonly key: string;
  readonly outputs: readonly { readonly type: string; readonly name: string; readonly hash: string }[];
  readonly summary: Summary;
  readonly finished: string;
}

/** What a stage's result depends on, as data (also written to the run's config.json). */
export interface StageIdentity {
  readonly kind: string;
  readonly version: number;
  readonly code: string;
  readonly seed: number;
  readonly config: unknown;
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Describes everything that a stage's result depends on. References and file paths in the config are replaced by the
 * hashes of what they name, so renaming or moving an input changes nothing, and changing its content does.
 * @throws AthanorError('not-found') where an input is missing
 */
export function identityOf(stage: ResolvedStage, workspace: Workspace, baseDir: string, seed: number): StageIdentity {
  const config = structuredClone(stage.config) as unknown as Record<string, unknown>;
  for (const key of stage.definition.cosmetic ?? []) delete config[key];
  const inputs: Record<string, string> = {};
  const replace = (path: readonly (string | number)[], hash: string) => {
    inputs[path.join('.')] = hash;
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], config);
    if (parent && typeof parent === 'object') (parent as Record<string | number, unknown>)[path.at(-1)!] = hash;
  };
  for (const { path, hash } of stage.definition.externals?.(stage.config, { baseDir, workspace }) ?? [])
    replace(path, hash);
  for (const reference of stage.inputs) {
    const hash = artefactHash(workspace, reference);
    if (hash === undefined) {
      const hint =
        reference.from === undefined
          ? 'It was in the workspace a moment ago: was it deleted?'
          : 'Run the recipe without --only (or name that stage too), so that it is made first.';
      const message = `${reference.type} '${reference.name}', which stage '${stage.name}' reads, does not exist`;
      throw new AthanorError('not-found', message, { place: artefactPath(workspace, reference), hint });
    }
    replace(reference.path, hash);
  }
  const { kind, version } = stage.definition;
  return { kind, version, code: codeVersion, seed, config, inputs };
}

export const keyOf = (identity: StageIdentity): string => hashValue(identity);

function recordPath(workspace: Workspace, stage: ResolvedStage): string {
  return join(workspace.root, 'cache', `${stage.kind}-${stage.name}.json`);
}

/** The summary of the finished stage, if `key` is what it ran under and everything it made is still there, unchanged. */
export function lookUp(workspace: Workspace, stage: ResolvedStage, key: string): Summary | undefined {
  const path = recordPath(workspace, stage);
  if (!existsSync(path)) return undefined;
  let record: CacheRecord;
  try {
    record = readJson(path) as CacheRecord;
    if (record.key !== key || record.outputs.length !== stage.outputs.length) return undefined;
    for (const output of stage.outputs) {
      const kept = record.outputs.find((one) => one.type === output.type && one.name === output.name);
      if (kept?.hash === undefined || kept.hash !== artefactHash(workspace, output)) return undefined;
    }
  } catch {
    // A record or a result that cannot be read is not a result: the stage runs again.
    return undefined;
  }
  return record.summary;
}

/** Remembers a finished stage. */
export function remember(workspace: Workspace, stage: ResolvedStage, key: string, summary: Summary): void {
  const outputs = stage.outputs.map((output) => ({ ...output, hash: artefactHash(workspace, output) }));
  writeJson(recordPath(workspace, stage), { key, outputs, summary, finished: new Date().toISOString() });
}

/** Forgets a stage before it runs, so that a crash half-way never looks finished. */
export function forget(workspace: Workspace, stage: ResolvedStage): void {
  rmSync(recordPath(workspace, stage), { force: true });
}
