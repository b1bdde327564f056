/**
 * Append-only JSON lines of a run: metrics.jsonl and plan.jsonl. A torn last line (a crash while writing) is dropped when
 * the file is opened again. Node only.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError, makeDirectory, readText, writeFileAtomic } from '../core/node.ts';

export class Journal<Line extends object> {
  readonly path: string;
  readonly lines: Line[];

  /** @param keep which of the lines already there stay; the others are removed from the file */
  constructor(path: string, keep: (line: Line) => boolean) {
    this.path = path;
    const text = existsSync(path) ? readText(path) : '';
    this.lines = text
      .split('\n')
      .flatMap((line) => parseLine<Line>(line))
      .filter(keep);
    const kept = this.lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (kept !== text) writeFileAtomic(path, kept);
    makeDirectory(dirname(path));
  }

  /** @throws AthanorError('io') naming the path */
  append(line: Line): void {
    try {
      appendFileSync(this.path, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
    this.lines.push(line);
  }
}

function parseLine<Line>(text: string): Line[] {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? [value as Line] : [];
  } catch {
    return [];
  }
}
