/** Runs a program to its end and returns its standard output; a failure shows the end of what it printed. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; default 20 minutes. */
  readonly timeout?: number;
}

export async function runProcess(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeout ?? 1_200_000,
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {}); // the program may end before it has read everything; its exit code tells
  child.stdin.end(options.stdin ?? '');
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`cannot start ${program}: ${error.message}`)));
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  const stdout = Buffer.concat(out).toString();
  if (code === 0) return stdout;
  const tail = (Buffer.concat(err).toString() || stdout).slice(-4000);
  throw new Error(`${program} ${args.join(' ').slice(0, 300)} ended with ${code}:\n${tail}`);
}
