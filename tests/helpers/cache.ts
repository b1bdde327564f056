/**
 * The cache of the interop suites, outside the tree: each entry is a folder keyed by what it was built from,
 * built once, by one process at a time, and marked ready only when whole.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** `ATHANOR_INTEROP_CACHE`, or `~/.cache/athanor-interop`. */
export function cacheRoot(): string {
  return process.env.ATHANOR_INTEROP_CACHE ?? join(homedir(), '.cache', 'athanor-interop');
}

/**
 * The folder `<name>-<hash of key>`, filled by `build` where it is not there yet.
 * Safe when several processes ask at once: one builds, the others wait; a dead builder's lock is taken over.
 */
export async function ensureCached(name: string, key: string, build: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(cacheRoot(), `${name}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`);
  const ready = join(dir, '.ready');
  const lock = `${dir}.lock`;
  mkdirSync(cacheRoot(), { recursive: true });
  while (!existsSync(ready)) {
    if (!takeLock(lock)) {
      await sleep(500);
      continue;
    }
    try {
      if (existsSync(ready)) break;
      rmSync(dir, { recursive: true, force: true }); // left over from a broken build
      mkdirSync(dir, { recursive: true });
      await build(dir);
      writeFileSync(ready, key);
    } finally {
      rmSync(lock, { force: true });
    }
  }
  return dir;
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (pid > 0 && !isAlive(pid)) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
