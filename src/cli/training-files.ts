/** The files that a tokenizer is trained on: paths, folders, globs, or standard input. */
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ioError } from '../core/node.ts';
import { findFiles } from '../data/datasets.ts';
import { type CountInput, readHead } from '../tokenizer/node.ts';

export interface TrainingFiles {
  readonly inputs: readonly CountInput[];
  /** Removes what was written to have files. */
  close(): void;
}

/**
 * @param lines a text file holds one text a line, and not one text
 * @throws AthanorError('not-found') for a pattern that no file matches
 */
export async function trainingFiles(patterns: readonly string[], lines: boolean): Promise<TrainingFiles> {
  const files = patterns.filter((pattern) => pattern !== '-');
  for (const pattern of files) if (!/[*?{]/.test(pattern)) mustBeThere(pattern);
  const paths = files.length > 0 ? findFiles(files, process.cwd()).map(({ path }) => path) : [];
  const folder = files.length < patterns.length ? mkdtempSync(join(tmpdir(), 'athanor-input-')) : undefined;
  const close = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (folder !== undefined) {
      const path = join(folder, 'stdin');
      await pipeline(process.stdin, createWriteStream(path));
      paths.push(path);
    }
    const inputs: CountInput[] = [];
    for (const path of paths)
      inputs.push({ path, format: (await isJsonLines(path)) ? 'jsonl' : lines ? 'line' : 'document' });
    return { inputs, close };
  } catch (error) {
    close();
    throw error;
  }
}

function mustBeThere(path: string): void {
  try {
    statSync(path);
  } catch (error) {
    throw ioError(error, path, 'read');
  }
}

/** JSONL when its name says so, or when it says nothing and the first line is a JSON object. */
async function isJsonLines(path: string): Promise<boolean> {
  if (/\.(jsonl|ndjson)(\.gz)?$/.test(path)) return true;
  if (/\.(txt|md)(\.gz)?$/.test(path)) return false;
  const [first = ''] = (await readHead(path)).split('\n');
  try {
    const value: unknown = JSON.parse(first);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
