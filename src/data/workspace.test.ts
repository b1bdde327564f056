import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AthanorError } from '../core/index.ts';
import { Workspace } from './workspace.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-workspace-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const dead = (token: string, pid = deadPid()) =>
  JSON.stringify({ pid, host: hostname(), started: '2020-01-01T00:00:00Z', token });

describe('Workspace paths', () => {
  it('follows the layout of the design', () => {
    const workspace = new Workspace(directory);
    expect(workspace.dataset('poems')).toBe(join(directory, 'datasets', 'poems'));
    expect(workspace.tokenizer('诗-bpe')).toBe(join(directory, 'tokenizers', '诗-bpe'));
    expect(workspace.evaluation('a1')).toBe(join(directory, 'evals', 'a1.json'));
    expect(workspace.crawl('example.org')).toBe(join(directory, 'crawls', 'example.org'));
    expect(workspace.list('models')).toEqual([]);
    for (const name of ['b', 'a', '.hidden']) mkdirSync(join(directory, 'crawls', name), { recursive: true });
    expect(workspace.list('crawls')).toEqual(['a', 'b']);
  });

  it.each(['..', '../x', 'a/b', '', '.hidden', 'a\\b', 'x'.repeat(200)])('refuses %j as a name', (name) => {
    expect(() => new Workspace(directory).dataset(name)).toThrow(/cannot be the name of a dataset/);
  });
});

describe('Workspace lock', () => {
  it('is held once, names pid and path, and is released', () => {
    const workspace = new Workspace(directory);
    const lock = workspace.lock();
    try {
      workspace.lock();
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AthanorError);
      expect((error as AthanorError).code).toBe('locked');
      expect((error as AthanorError).message).toContain(String(process.pid));
      expect((error as AthanorError).message).toContain(join(directory, 'lock'));
    }
    lock.release();
    lock.release();
    workspace.lock().release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('takes over the lock of a dead process, also through a dead taker-over', () => {
    writeFileSync(join(directory, 'lock'), dead('aa'));
    writeFileSync(join(directory, 'lock-aa'), dead('bb'));
    const lock = new Workspace(directory).lock();
    expect(JSON.parse(readFileSync(join(directory, 'lock'), 'utf8'))).toMatchObject({
      pid: process.pid,
      token: lock.holder.token,
    });
    expect(readdirSync(directory)).toEqual(['lock']);
    lock.release();
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });

  it('respects a living taker-over', () => {
    writeFileSync(join(directory, 'lock'), dead('aa'));
    writeFileSync(join(directory, 'lock-aa'), dead('bb', process.pid));
    expect(() => new Workspace(directory).lock()).toThrow(new RegExp(`process ${process.pid}`));
  });

  it('does not trust a pid of another host, nor an unreadable lock', () => {
    writeFileSync(join(directory, 'lock'), JSON.stringify({ pid: 1, host: 'elsewhere', started: 'x', token: 'cc' }));
    expect(() => new Workspace(directory).lock()).toThrow(/on host elsewhere/);
    writeFileSync(join(directory, 'lock'), '');
    expect(() => new Workspace(directory).lock()).toThrow(/cannot be read/);
  });

  // Only Linux tells when a process started.
  it.runIf(process.platform === 'linux')('sees that a pid was reused', () => {
    const reused = { ...JSON.parse(dead('dd', process.pid)), processStart: '1' };
    writeFileSync(join(directory, 'lock'), JSON.stringify(reused));
    new Workspace(directory).lock().release();
  });

  it('is given back when the process ends', () => {
    const before = process.listeners('exit');
    new Workspace(directory).lock();
    const added = process.listeners('exit').filter((listener) => !before.includes(listener));
    expect(added).toHaveLength(1);
    added[0]!(0);
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });
});
