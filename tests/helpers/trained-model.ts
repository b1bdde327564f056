/** A small chat model and its int8 copy, made as a user makes them: `athanor run` on a debug recipe, `athanor quantize`. */
import { join } from 'node:path';
import { athanor, recipe, scratch } from '../e2e/athanor.ts';

export interface TrainedModels {
  /** Model directories. */
  readonly float: string;
  readonly int8: string;
  remove(): void;
}

/** Trains for some 20 s; with `ATHANOR_TEST_MODEL`, a model directory, nothing is trained. */
export async function trainModels(): Promise<TrainedModels> {
  const { path, remove } = scratch();
  const run = async (...args: string[]) => {
    const result = await athanor([...args, '--workspace', path]);
    if (result.code !== 0) throw new Error(`athanor ${args.join(' ')} ended with ${result.code}:\n${result.stderr}`);
  };
  const named = process.env.ATHANOR_TEST_MODEL;
  if (!named) await run('run', recipe('sft'));
  const float = named ?? join(path, 'models', 'debug-chat');
  const int8 = join(path, 'models', 'int8');
  await run('quantize', '--model', float, '--out', int8);
  return { float, int8, remove };
}
