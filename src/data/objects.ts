/**
 * Files of dataset versions by their content, each once in `objects/`: a version's file is a hard link to it, so versions
 * that share shards share the disk. Where the file system has no links, versions keep copies of their own.
 */
import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashFile, ioError, makeDirectory } from '../core/node.ts';
import type { ShardFile } from './manifest.ts';
import type { Workspace } from './workspace.ts';

const objectPath = (workspace: Workspace, sha256: string): string =>
  join(workspace.root, 'objects', sha256.slice(0, 2), sha256);

/** Makes `path` share its bytes with the object of the same content, which it becomes if there is none. */
export function shareObject(workspace: Workspace, path: string, { sha256, bytes }: ShardFile): void {
  const object = objectPath(workspace, sha256);
  try {
    makeDirectory(dirname(object));
    if (existsSync(object)) {
      // A damaged object is not passed on: whoever changed it, changed the versions that share it, too.
      if (statSync(object).size === bytes && hashFile(object) === sha256) {
        const temp = `${path}.link`;
        linkSync(object, temp);
        renameSync(temp, path);
        return;
      }
      rmSync(object, { force: true });
    }
    linkSync(path, object);
  } catch (error) {
    if (!['EPERM', 'EXDEV', 'ENOSYS', 'ENOTSUP', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw ioError(error, object, 'write');
  }
}

/** An object that no version links to. */
export interface UnusedObject {
  readonly path: string;
  readonly bytes: number;
}

export function unusedObjects(workspace: Workspace): UnusedObject[] {
  const root = join(workspace.root, 'objects');
  if (!existsSync(root)) return [];
  const unused: UnusedObject[] = [];
  for (const prefix of readdirSync(root).sort())
    for (const name of readdirSync(join(root, prefix)).sort()) {
      const path = join(root, prefix, name);
      const { nlink, size } = statSync(path);
      if (nlink === 1) unused.push({ path, bytes: size });
    }
  return unused;
}
