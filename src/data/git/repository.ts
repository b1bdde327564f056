/** What a git repository holds at a revision, through git's plumbing: no work tree, no hooks, nothing written. */
import { execFileSync, spawnSync } from 'node:child_process';
import { AthanorError } from '../../core/index.ts';

export interface GitFile {
  readonly path: string;
  /** Of its content, as git names it. */
  readonly object: string;
  readonly bytes: number;
}

/** Repositories of other users may be read: nothing in them is run by the commands used here. */
const settings = ['-c', 'safe.directory=*', '-c', 'core.quotePath=false'];
const environment = { GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1', LC_ALL: 'C' };

function git(directory: string, parameters: readonly string[]): string {
  return execFileSync('git', [...settings, '-C', directory, ...parameters], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
}

/** Whether git is there and the directory is in, or is, a repository. */
export function isRepository(directory: string): boolean {
  try {
    git(directory, ['rev-parse', '--git-dir']);
    return true;
  } catch {
    return false;
  }
}

/** @throws AthanorError('not-found') for a revision that is not there */
export function commitOf(directory: string, revision: string): string {
  try {
    return git(directory, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]).trim();
  } catch (error) {
    throw new AthanorError('not-found', `${directory} has no revision '${revision}'`, {
      place: directory,
      hint: 'Give a branch, tag or commit that is there: git log --oneline',
      cause: error,
    });
  }
}

/** Its files, by path; without submodules and links. @param inside only below this folder of the repository */
export function filesOf(directory: string, commit: string, inside: string): GitFile[] {
  const list = git(directory, [
    'ls-tree',
    '-r',
    '-l',
    '-z',
    '--full-tree',
    commit,
    ...(inside === '' ? [] : ['--', inside]),
  ]);
  return list
    .split('\0')
    .map((line) => /^(\d{6}) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line))
    .filter((found) => found !== null && found[1] !== '120000')
    .map((found) => ({ object: found![2]!, bytes: Number(found![3]), path: found![4]! }));
}

/** The folder of the repository that a directory is: '' for its top. */
export function prefixOf(directory: string): string {
  try {
    return git(directory, ['rev-parse', '--show-prefix']).trim().replace(/\/$/, '');
  } catch {
    return ''; // A bare repository.
  }
}

/** Contents by name, in order; undefined for what is not there (a partial clone). */
export function contentsOf(directory: string, objects: readonly string[]): (Buffer | undefined)[] {
  const { stdout, status, stderr } = spawnSync('git', [...settings, '-C', directory, 'cat-file', '--batch'], {
    input: objects.map((object) => `${object}\n`).join(''),
    maxBuffer: 2 ** 31 - 1,
    env: { ...process.env, ...environment },
  });
  if (status !== 0) {
    throw new AthanorError('io', `git cannot read ${directory}: ${String(stderr).trim().slice(0, 200)}`, {
      place: directory,
      hint: 'Check the repository: git fsck',
    });
  }
  let at = 0;
  return objects.map(() => {
    const end = stdout.indexOf(10, at);
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(stdout.toString('latin1', at, end))?.[1];
    at = end + 1;
    if (size === undefined) return undefined;
    const content = stdout.subarray(at, at + Number(size));
    at += Number(size) + 1;
    return content;
  });
}
