/** A benchmark in a process of its own, driven by lines: so that two engines never share memory, threads or warm-up. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { AthanorError } from '../../core/index.ts';

export type Answer = Readonly<Record<string, unknown>>;

export class BenchProcess {
  readonly name: string;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;
  private errors = '';

  constructor(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.child.on('error', (error) => {
      this.errors += error.message;
    });
    this.child.stdin.on('error', () => {}); // the answer, or its absence, tells
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-2000);
    });
    this.reader = createInterface({ input: this.child.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  /** The next line that the process prints. @throws AthanorError('engine') when it ended instead */
  async answer(): Promise<Answer> {
    const { value, done } = await this.lines.next();
    if (done)
      throw new AthanorError('engine', `${this.name} ended without an answer: ${lastLine(this.errors)}`, {
        place: this.name,
      });
    return JSON.parse(value) as Answer;
  }

  /** Sends one line and waits for its answer. */
  ask(line: string): Promise<Answer> {
    this.child.stdin.write(`${line}\n`);
    return this.answer();
  }

  stop(): void {
    this.reader.close();
    this.child.kill();
  }
}

/** The line that says what went wrong: the error's own, before the stack and Node's version. */
function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => /^\S*(Error|Exception)\b/.test(line)) ?? lines.at(-1) ?? '(no message)';
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
