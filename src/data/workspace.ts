/**
 * The workspace: where everything that Athanor makes lies on disk (DESIGN §3), and the lock that keeps two processes
 * from building in it at once. Knows paths only; what is inside the files belongs to their owners.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { clearLeftovers, ioError, makeDirectory } from '../core/node.ts';

/** Who holds a workspace. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken (ISO 8601). */
  readonly started: string;
  /** Tells this taking of the lock from every other one. */
  readonly token: string;
  /** The process's start time in clock ticks since boot where the system tells it: guards against reused pids. */
  readonly processStart?: string;
}

export interface WorkspaceLock {
  readonly holder: LockHolder;
  /** Gives the workspace back; calling it twice is harmless. */
  release(): void;
}

/** Names become directory names: letters and digits of any script, then also dots, dashes and underscores. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]{0,127}$/u;

/** Paths of a workspace; creates nothing until something is written. */
export class Workspace {
  readonly root: string;

  constructor(directory = '.athanor') {
    this.root = resolve(directory);
  }

  /** `datasets/<name>`: holds one directory a version, and `latest.json`. */
  dataset(name: string): string {
    return this.path('datasets', 'dataset', name);
  }

  tokenizer(name: string): string {
    return this.path('tokenizers', 'tokenizer', name);
  }

  run(id: string): string {
    return this.path('runs', 'run', id);
  }

  model(name: string): string {
    return this.path('models', 'model', name);
  }

  /** `evals/<id>.json`. */
  evaluation(id: string): string {
    return `${this.path('evals', 'evaluation', id)}.json`;
  }

  /** Names of one kind that exist, sorted. */
  list(kind: 'datasets' | 'tokenizers' | 'runs' | 'models' | 'evals'): string[] {
    try {
      const names = readdirSync(join(this.root, kind)).filter(
        (name) => NAME.test(name) && !/\.(tmp|old)-\d+-/.test(name),
      );
      return names.map((name) => (kind === 'evals' ? name.replace(/\.json$/, '') : name)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw ioError(error, join(this.root, kind), 'list');
    }
  }

  /**
   * Takes the workspace for this process until `release()` or the end of the process. A lock whose process is dead is
   * taken over; of several processes that try to, exactly one succeeds. What killed processes left half-written is cleared.
   * @throws AthanorError('locked') naming the pid and the lock's path
   */
  lock(): WorkspaceLock {
    try {
      makeDirectory(this.root);
      const lock = takeLock(join(this.root, 'lock'));
      for (const kind of ['tokenizers', 'runs', 'models', 'evals']) clearLeftovers(join(this.root, kind));
      return lock;
    } catch (error) {
      throw ioError(error, this.root, 'lock');
    }
  }

  private path(folder: string, kind: string, name: string): string {
    if (!NAME.test(name)) {
      throw new AthanorError('bad-input', `'${name}' cannot be the name of a ${kind}`, {
        hint: 'Use letters, digits, dots, dashes and underscores; begin with a letter or a digit.',
        values: { kind, name },
      });
    }
    return join(this.root, folder, name);
  }
}

/**
 * The lock is a chain of files: `lock`, then `lock-<token of the one before>`. Who creates the next link after a dead
 * holder (an exclusive hard link, so the content is whole from the first instant) is the new holder; it then renames
 * itself to `lock` and removes the link. A process that followed an outdated chain sees on its check that `lock` has
 * changed, and begins again.
 */
function takeLock(path: string): WorkspaceLock {
  const holder = describeSelf();
  const temp = `${path}.tmp-${holder.token}`;
  writeFileSync(temp, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
  try {
    for (;;) {
      if (createExclusively(temp, path)) return heldLock(path, holder);
      const first = readHolder(path);
      if (first === 'absent') continue;
      const end = endOfChain(path, first);
      if (isAlive(end.holder)) throw lockedError(path, end.holder);
      const link = `${path}-${end.holder.token}`;
      if (!createExclusively(temp, link)) continue;
      const now = readHolder(path);
      if (now === 'absent' || now.token !== first.token) {
        unlinkSync(link);
        continue;
      }
      renameSync(temp, path);
      for (const passed of [...end.passed, link]) rmSync(passed, { force: true });
      return heldLock(path, holder);
    }
  } finally {
    rmSync(temp, { force: true });
  }
}

function endOfChain(path: string, first: LockHolder): { holder: LockHolder; passed: string[] } {
  const passed: string[] = [];
  let holder = first;
  for (;;) {
    const link = `${path}-${holder.token}`;
    const next = readHolder(link);
    if (next === 'absent') return { holder, passed };
    passed.push(link);
    holder = next;
  }
}

/** Gives `temp`'s content the name `path` too, unless the name is taken. */
function createExclusively(temp: string, path: string): boolean {
  try {
    linkSync(temp, path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP') throw error;
  }
  // A file system without hard links: exclusive creation, whose content is there an instant later.
  try {
    writeFileSync(path, readFileSync(temp), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): LockHolder | 'absent' {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw error;
  }
  try {
    const value = JSON.parse(text) as LockHolder;
    if (Number.isInteger(value.pid) && typeof value.token === 'string' && /^[0-9a-f]+$/.test(value.token)) return value;
  } catch {
    // Falls through: a lock that nobody can read is nobody's to take.
  }
  throw new AthanorError('locked', `the workspace's lock file cannot be read: ${path}`, {
    place: path,
    hint: 'If no other Athanor process runs, delete this file.',
  });
}

function lockedError(path: string, holder: LockHolder): AthanorError {
  const where = holder.host === hostname() ? '' : ` on host ${holder.host}`;
  return new AthanorError(
    'locked',
    `the workspace is in use by process ${holder.pid}${where} since ${holder.started} (${path})`,
    {
      place: path,
      hint:
        where === ''
          ? 'Wait for that process or stop it, or choose another --workspace.'
          : 'Wait for it, choose another --workspace, or delete the lock file if that process is gone.',
      values: { pid: holder.pid, host: holder.host, started: holder.started },
    },
  );
}

function describeSelf(): LockHolder {
  const processStart = startOf(process.pid);
  return {
    pid: process.pid,
    host: hostname(),
    started: new Date().toISOString(),
    token: randomBytes(12).toString('hex'),
    ...(processStart === undefined ? {} : { processStart }),
  };
}

/** A process of another host cannot be asked, so it counts as alive. */
function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const start = startOf(holder.pid);
  return start === undefined || holder.processStart === undefined || start === holder.processStart;
}

/** Field 22 of /proc/<pid>/stat (proc(5)), on Linux; the second field may hold spaces and parentheses. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function heldLock(path: string, holder: LockHolder): WorkspaceLock {
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    process.removeListener('exit', release);
    try {
      const now = readHolder(path);
      if (now !== 'absent' && now.token === holder.token) unlinkSync(path);
    } catch {
      // Somebody removed the lock or the workspace under us: there is nothing to give back.
    }
  };
  process.on('exit', release);
  return { holder, release };
}
