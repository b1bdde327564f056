/** Runs the built command line as a user does: a process of its own, with its stdout, stderr and exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const main = join(root, 'dist/cli/main.js');
export const recipe = (name: string): string => join(root, 'recipes/debug', `${name}.yaml`);

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Result>;
  /** Resolves when stderr has shown the text. */
  seen(text: string | RegExp): Promise<void>;
  /** What stderr has shown so far. */
  stderr(): string;
}

/** English messages and no colours, whatever the machine's locale. */
const environment = { ...process.env, LC_ALL: 'C', NO_COLOR: '1', ATHANOR_DEBUG: '' };

export function start(
  args: readonly string[],
  cwd: string = root,
  command: readonly string[] = [process.execPath, main],
): Running {
  const child = spawn(command[0]!, [...command.slice(1), ...args], {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers: { text: string | RegExp; resolve: () => void }[] = [];
  child.stdout!.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr!.on('data', (data: Buffer) => {
    stderr += data.toString();
    for (const { text, resolve } of watchers)
      if (typeof text === 'string' ? stderr.includes(text) : text.test(stderr)) resolve();
  });
  const done = new Promise<Result>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  const seen = (text: string | RegExp) =>
    Promise.race([
      new Promise<void>((resolve) => {
        if (typeof text === 'string' ? stderr.includes(text) : text.test(stderr)) resolve();
        watchers.push({ text, resolve });
      }),
      done.then(() => {
        if (typeof text === 'string' ? !stderr.includes(text) : !text.test(stderr))
          throw new Error(`the process ended without showing ${String(text)}:\n${stderr}`);
      }),
    ]);
  return { child, done, seen, stderr: () => stderr };
}

export const athanor = (args: readonly string[], cwd?: string): Promise<Result> => start(args, cwd).done;

/** The one object that --json prints; fails when stdout holds anything else. */
export function json<Value = Record<string, unknown>>({ stdout, stderr }: Result): Value {
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length !== 1) throw new Error(`expected one line on stdout, found ${lines.length}:\n${stdout}\n${stderr}`);
  return JSON.parse(lines[0]!) as Value;
}

/** A stack trace has lines like `    at name (file:1:2)`. */
export const hasStack = ({ stdout, stderr }: Result): boolean => /^\s+at .+:\d+:\d+\)?$/m.test(stdout + stderr);

export function scratch(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'athanor-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Files under a folder that look half-written. */
export function leftovers(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(tmp|old)-\d+/.test(name));
}

export const readJsonLines = (path: string): Record<string, number>[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
