/** Content hashes of what lies in the workspace: the cache compares content, never paths or dates. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { hashFile, hashValue, readJson } from '../core/node.ts';
import { openDataset, type Workspace } from '../data/index.ts';
import type { Artefact, ArtefactType } from './define.ts';

/** Where an artefact lies (a dataset: the folder of its versions). */
export function artefactPath(workspace: Workspace, { type, name }: Artefact): string {
  if (type === 'dataset') return workspace.dataset(name);
  if (type === 'tokenizer') return workspace.tokenizer(name);
  if (type === 'model') return workspace.model(name);
  return workspace.evaluation(name);
}

/** Names of the artefacts of one type that the workspace holds. */
export function existingArtefacts(workspace: Workspace, type: ArtefactType): string[] {
  return workspace.list(type === 'evaluation' ? 'evals' : `${type}s`);
}

/**
 * SHA-256 of an artefact's content; undefined where it does not exist (or is not whole).
 * A model's README.md is for people and left out.
 */
export function artefactHash(workspace: Workspace, artefact: Artefact): string | undefined {
  const path = artefactPath(workspace, artefact);
  if (!existsSync(path)) return undefined;
  if (artefact.type === 'dataset') return datasetHash(workspace, artefact.name);
  if (artefact.type === 'evaluation') return hashValue(readJson(path));
  return hashDirectory(path);
}

function datasetHash(workspace: Workspace, name: string): string | undefined {
  try {
    return openDataset(workspace, name).hash;
  } catch (error) {
    if (error instanceof AthanorError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Hash of the names and contents of a folder's files, README.md apart. */
function hashDirectory(directory: string): string {
  const files: string[] = [];
  const walk = (at: string) => {
    for (const name of readdirSync(at)) {
      const path = join(at, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (name !== 'README.md') files.push(path);
    }
  };
  walk(directory);
  return hashValue(files.map((path) => [relative(directory, path).split(sep).join('/'), hashFile(path)]).sort());
}
