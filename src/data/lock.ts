/** Locks that keep two processes out of one directory: a file in it that says who holds it. */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { ioError, makeDirectory } from '../core/node.ts';

/** What is locked, in the words of messages. */
export interface Lockable {
  /** `the workspace` */
  readonly what: string;
  /** What else to do than to wait: `choose another --workspace`. */
  readonly instead: string;
}

/** Who holds a lock. */
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

export interface Lock {
  readonly holder: LockHolder;
  /** Gives it back; calling it twice is harmless. */
  release(): void;
}

/**
 * Takes a directory (made where it is not there) for this process, until `release()` or the end of the process. A lock
 * whose process is dead is taken over; of several processes that try to, exactly one succeeds.
 * @throws AthanorError('locked') naming the pid and the lock's path
 */
export function takeLock(directory: string, thing: Lockable): Lock {
  try {
    makeDirectory(directory);
    return takeLockFile(join(directory, 'lock'), thing);
  } catch (error) {
    throw ioError(error, directory, 'lock');
  }
}

/**
 * The lock is a chain of files: `lock`, then `lock-<token of the one before>`. Who creates the next link after a dead
 * holder (an exclusive hard link, so the content is whole from the first instant) is the new holder; it then renames
 * itself to `lock` and removes the link. A process that followed an outdated chain sees on its check that `lock` has
 * changed, and begins again.
 */
function takeLockFile(path: string, thing: Lockable): Lock {
  const holder = describeSelf();
  const temp = `${path}.tmp-${holder.token}`;
  writeFileSync(temp, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
  try {
    for (;;) {
      if (createExclusively(temp, path)) return heldLock(path, holder, thing);
      const first = readHolder(path, thing);
      if (first === 'absent') continue;
      const end = endOfChain(path, first, thing);
      if (isAlive(end.holder)) throw lockedError(path, end.holder, thing);
      const link = `${path}-${end.holder.token}`;
      if (!createExclusively(temp, link)) continue;
      const now = readHolder(path, thing);
      if (now === 'absent' || now.token !== first.token) {
        unlinkSync(link);
        continue;
      }
      renameSync(temp, path);
      for (const passed of [...end.passed, link]) rmSync(passed, { force: true });
      return heldLock(path, holder, thing);
    }
  } finally {
    rmSync(temp, { force: true });
  }
}

function endOfChain(path: string, first: LockHolder, thing: Lockable): { holder: LockHolder; passed: string[] } {
  const passed: string[] = [];
  let holder = first;
  for (;;) {
    const link = `${path}-${holder.token}`;
    const next = readHolder(link, thing);
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

function readHolder(path: string, { what }: Lockable): LockHolder | 'absent' {
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
  throw new AthanorError('locked', `${what}'s lock file cannot be read: ${path}`, {
    place: path,
    hint: 'If no other Athanor process runs, delete this file.',
  });
}

function lockedError(path: string, holder: LockHolder, { what, instead }: Lockable): AthanorError {
  const where = holder.host === hostname() ? '' : ` on host ${holder.host}`;
  return new AthanorError(
    'locked',
    `${what} is in use by process ${holder.pid}${where} since ${holder.started} (${path})`,
    {
      place: path,
      hint:
        where === ''
          ? `Wait for that process or stop it, or ${instead}.`
          : `Wait for it, ${instead}, or delete the lock file if that process is gone.`,
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

function heldLock(path: string, holder: LockHolder, thing: Lockable): Lock {
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    process.removeListener('exit', release);
    try {
      const now = readHolder(path, thing);
      if (now !== 'absent' && now.token === holder.token) unlinkSync(path);
    } catch {
      // Somebody removed the lock or the workspace under us: there is nothing to give back.
    }
  };
  process.on('exit', release);
  return { holder, release };
}
