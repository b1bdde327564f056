/**
 * What the workspace's datasets could do without: objects that no version links to, half-built directories, and, where
 * asked for, old versions that nothing was made from. Finding is one thing and deleting another: someone is asked between.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ioError, removeDirectoryAtomic } from '../core/node.ts';
import { unusedObjects } from './objects.ts';
import { datasetVersions, latestVersion, openDataset } from './open.ts';
import type { Workspace } from './workspace.ts';

export interface GarbageItem {
  readonly kind: 'object' | 'half-built' | 'version';
  readonly path: string;
  /** What deleting it frees; of a version's files those that no other version has. */
  readonly bytes: number;
}

/** @param versions old versions too: all but the latest and those that another dataset was made from */
export function findGarbage(workspace: Workspace, versions = false): GarbageItem[] {
  const items: GarbageItem[] = unusedObjects(workspace).map((object) => ({ kind: 'object', ...object }));
  const names = workspace.list('datasets');
  const parents = new Set(
    versions
      ? names.flatMap((name) =>
          datasetVersions(workspace, name).flatMap((version) => parentsOf(workspace, name, version)),
        )
      : [],
  );
  for (const name of names) {
    const root = workspace.dataset(name);
    for (const entry of readdirSync(root).sort())
      if (entry.startsWith('.'))
        items.push({ kind: 'half-built', path: join(root, entry), bytes: bytesOf(join(root, entry)) });
    if (!versions || !existsSync(join(root, 'latest.json'))) continue;
    const latest = latestVersion(workspace, name);
    for (const version of datasetVersions(workspace, name))
      if (version !== latest && !parents.has(`${name}@${version}`))
        items.push({ kind: 'version', path: join(root, version), bytes: bytesOf(join(root, version)) });
  }
  return items;
}

/** Deletes what was found; then also the objects that nothing links to any more. */
export function collectGarbage(workspace: Workspace, items: readonly GarbageItem[]): void {
  for (const { kind, path } of items) {
    try {
      if (kind === 'version') removeDirectoryAtomic(path);
      else rmSync(path, { recursive: true, force: true });
    } catch (error) {
      throw ioError(error, path, 'delete');
    }
  }
  if (items.some(({ kind }) => kind !== 'object'))
    for (const { path } of unusedObjects(workspace)) rmSync(path, { force: true });
}

function parentsOf(workspace: Workspace, name: string, version: string): string[] {
  const { manifest } = openDataset(workspace, name, { version });
  return manifest.parents.map((parent) => `${parent.dataset}@${parent.version}`);
}

/** A file that also lies in `objects/` has two links; one more means that another version has it. */
function bytesOf(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { size, nlink } = statSync(join(entry.parentPath, entry.name));
    if (nlink <= 2) bytes += size;
  }
  return bytes;
}
