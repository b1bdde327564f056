/**
 * Counts the words of files for training a tokenizer: streaming, on several threads, and resumable. Memory grows with the
 * distinct words; the result does not depend on the threads or on interruptions.
 */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { AthanorError } from '../../core/index.ts';
import { hashValue, ioError } from '../../core/node.ts';
import { WordCounter } from '../bpe/word-counter.ts';
import type { CuttingPlan } from '../trainers/corpus-cutter.ts';
import { WordTable } from '../trainers/corpus-words.ts';
import type { CountedBlock, CountProblem } from './count-block.ts';
import { blockBytes, type CountInput, type CountPosition, lineAt, readBlocks } from './count-blocks.ts';
import { type BlockCounter, localCounter, threadCounter } from './count-pool.ts';
import { type CountState, readCountState, writeCountState } from './count-state.ts';

export interface CountFilesOptions {
  readonly inputs: readonly CountInput[];
  readonly plan: CuttingPlan;
  /** Default: one a core; small inputs are counted in this thread. */
  readonly threads?: number | undefined;
  /** A side file for the state of the count. Default: none, and an interrupted count begins anew. */
  readonly statePath?: string | undefined;
  /** Seconds between two writings of it. Default 30. */
  readonly saveSeconds?: number;
  /** Stops the count, which is saved before that. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the files done, and all; as they lie on the disk. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

export interface CountedFiles {
  readonly counter: WordCounter;
  readonly documents: number;
  /** Whether it went on with a count of before. */
  readonly resumed: boolean;
}

/** Inputs below that many bytes are counted before other threads have started. */
const smallBytes = 8 << 20;

/**
 * @throws AthanorError('not-found' | 'io' | 'bad-file' | 'bad-input') naming file and line; ('cancelled') when stopped
 */
export async function countFiles(options: CountFilesOptions): Promise<CountedFiles> {
  const { inputs, plan, statePath, signal, progress, saveSeconds = 30 } = options;
  const files = inputs.map(({ path, format }) => ({ path, format, ...sizeOf(path) }));
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const identity = hashValue({ files, plan, blockBytes });
  const saved = statePath === undefined ? undefined : readCountState(statePath, identity);
  let { position, documents } = saved ?? { position: { file: 0, offset: 0 } as CountPosition, documents: 0 };
  const before = saved ? [mergeTables(saved.tables).serialize()] : [];
  let lastSaved = performance.now();
  let problem: Found | undefined;
  const counter = startCounter(plan, options.threads, total);

  /** Waits for the threads. @returns all that is counted so far, as serialized tables */
  async function tables(): Promise<CountState['tables']> {
    const all = [...before, ...(await counter.tables())];
    if (problem) throw await problemError(problem, inputs[problem.file]!.path);
    return all;
  }

  async function save(): Promise<void> {
    if (statePath === undefined) return;
    writeCountState(statePath, identity, { tables: await tables(), position, documents });
    lastSaved = performance.now();
  }

  try {
    const passed = files.map((_, i) => files.slice(0, i).reduce((sum, { bytes }) => sum + bytes, 0));
    for await (const block of readBlocks(inputs, position)) {
      if (signal?.aborted) {
        await save();
        throw new AthanorError('cancelled', 'stopped');
      }
      await counter.add(block, (result: CountedBlock) => {
        if ('documents' in result) documents += result.documents;
        else problem = first(problem, { ...result.problem, file: block.file });
      });
      if (problem) break;
      position = block.next;
      progress?.(passed[block.file]! + block.consumed, total);
      if (performance.now() - lastSaved > saveSeconds * 1000) await save();
    }
    return { counter: new WordCounter(plan, mergeTables(await tables())), documents, resumed: saved !== undefined };
  } finally {
    await counter.close();
  }
}

function startCounter(plan: CuttingPlan, threads = availableParallelism(), totalBytes: number): BlockCounter {
  return threads > 1 && totalBytes > smallBytes ? threadCounter(plan, threads) : localCounter(plan);
}

function sizeOf(path: string): { readonly bytes: number; readonly modified: number } {
  try {
    const { size, mtimeMs } = statSync(path);
    return { bytes: size, modified: mtimeMs };
  } catch (error) {
    throw ioError(error, path, 'read');
  }
}

/** Sums up the tables, beginning with the largest. */
function mergeTables(tables: readonly Uint8Array<ArrayBuffer>[]): WordTable {
  const [largest, ...others] = [...tables].sort((a, b) => b.length - a.length);
  const words = largest ? WordTable.deserialize(largest) : new WordTable();
  for (const other of others) words.addTable(WordTable.deserialize(other));
  return words;
}

interface Found extends CountProblem {
  readonly file: number;
}

/** The problem that comes first in the inputs. */
function first(a: Found | undefined, b: Found): Found {
  return a && (a.file < b.file || (a.file === b.file && a.offset < b.offset)) ? a : b;
}

const problems: Readonly<Record<CountProblem['what'], readonly [string, string]>> = {
  'not-utf8': ['not valid UTF-8', 'Convert it, for example with iconv.'],
  'not-json': ['expected a JSON object', 'JSON Lines hold one object a line.'],
  'no-text': ['expected `text` (a string)', 'A tokenizer learns from texts.'],
};

async function problemError({ offset, what }: CountProblem, path: string): Promise<AthanorError> {
  const place = `${path}:${await lineAt(path, offset)}`;
  const [message, hint] = problems[what];
  return new AthanorError(what === 'no-text' ? 'bad-input' : 'bad-file', `${place}: ${message}`, { place, hint });
}
