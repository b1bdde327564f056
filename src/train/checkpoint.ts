/**
 * Checkpoints: one directory each, `step-00000250/` with model.safetensors (weights, Hugging Face names),
 * optimizer.safetensors, state.json, and manifest.json (sizes and SHA-256 of the others). Written aside, synced and renamed,
 * so a directory of that name is whole unless the disk damaged it, which the manifest shows. Node only.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AthanorError } from '../core/index.ts';
import {
  hashFile,
  ioError,
  readJson,
  removeDirectoryAtomic,
  writeDirectoryAtomic,
  writeFileAtomic,
  writeJson,
} from '../core/node.ts';
import { encodeSafetensors, type Store, type StoredTensor } from '../runtime/index.ts';
import { openSafetensors } from '../runtime/node.ts';

/** Everything that a resumed run needs besides tensors. */
export interface TrainState {
  readonly schema: 1;
  /** Updates done. */
  readonly step: number;
  /** Next batch to read. */
  readonly dataPosition: number;
  /** Key of in-graph randomness: seed, and the counter that the next batch gets. */
  readonly rng: { readonly seed: number; readonly counter: number };
  /** Tokens counted in losses so far. */
  readonly tokens: number;
  readonly elapsedSeconds: number;
  /** What may not change on resume, by name. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** The last step's line of metrics.jsonl, without validation. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface CheckpointContent {
  readonly state: TrainState;
  readonly weights: readonly string[];
  readonly optimizerStates: readonly string[];
  readonly store: Store;
  /** Other small files of the directory (config.json, recipe.yaml …). */
  readonly files?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

export const checkpointName = (step: number): string => `step-${String(step).padStart(8, '0')}`;

/** Steps that have a checkpoint directory, ascending. */
export function listCheckpoints(directory: string): number[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).flatMap((name) => /^step-(\d{8,})$/.exec(name)?.[1] ?? []);
  return names.map(Number).sort((a, b) => a - b);
}

/** Writes a checkpoint. @returns its path @throws AthanorError('io'); nothing half-written stays */
export async function saveCheckpoint(directory: string, content: CheckpointContent): Promise<string> {
  const path = join(directory, checkpointName(content.state.step));
  const { store, weights, optimizerStates, state, files = {} } = content;
  await writeDirectoryAtomic(path, async (temp) => {
    const manifest: Record<string, { bytes: number; sha256: string }> = {};
    const put = (name: string, chunks: Iterable<Uint8Array>) => {
      const hash = createHash('sha256');
      let bytes = 0;
      function* hashed(): Generator<Uint8Array> {
        for (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.byteLength;
          yield chunk;
        }
      }
      writeFileAtomic(join(temp, name), hashed());
      manifest[name] = { bytes, sha256: hash.digest('hex') };
    };
    put('model.safetensors', encodeSafetensors(await readAll(store, weights), { format: 'pt' }));
    put('optimizer.safetensors', encodeSafetensors(await readAll(store, optimizerStates)));
    const texts = { 'state.json': `${JSON.stringify(state, null, 2)}\n`, ...files };
    for (const [name, text] of Object.entries(texts)) put(name, [Buffer.from(text)]);
    writeJson(join(temp, 'manifest.json'), { files: manifest } satisfies Manifest);
  });
  return path;
}

/** States as tensors for a file; without a copy where the device allows. */
async function readAll(store: Store, names: readonly string[]): Promise<StoredTensor[]> {
  const tensors: StoredTensor[] = [];
  for (const name of names) {
    const { dtype, shape } = store.info(name);
    tensors.push({ name, dtype, shape, data: await viewOrRead(store, name) });
  }
  return tensors;
}

async function viewOrRead(store: Store, name: string): Promise<StoredTensor['data']> {
  try {
    return store.view(name);
  } catch (error) {
    if (error instanceof AthanorError && error.code === 'unsupported') return (await store.read(name)).data;
    throw error;
  }
}

/**
 * Checks a checkpoint's files against its manifest.
 * @returns its state
 * @throws AthanorError('bad-file') naming the file and what is wrong
 */
export function verifyCheckpoint(path: string): TrainState {
  const damaged = (file: string, what: string) =>
    new AthanorError('bad-file', `the checkpoint ${path} is damaged: ${file} ${what}`, { place: join(path, file) });
  if (!existsSync(join(path, 'manifest.json'))) throw damaged('manifest.json', 'is missing');
  const { files } = readJson(join(path, 'manifest.json')) as Partial<Manifest>;
  if (!files?.['state.json'] || !files['model.safetensors']) throw damaged('manifest.json', 'is incomplete');
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const file = join(path, name);
    if (!existsSync(file)) throw damaged(name, 'is missing');
    const size = statSync(file).size;
    if (size !== bytes) throw damaged(name, `has ${size} bytes instead of ${bytes}`);
    if (hashFile(file) !== sha256) throw damaged(name, 'does not have the bytes that were written');
  }
  const state = readJson(join(path, 'state.json')) as TrainState;
  if (state.schema !== 1) throw damaged('state.json', `has schema ${String(state.schema)}; this version knows 1`);
  return state;
}

/**
 * The newest undamaged checkpoint.
 * @param warn told about each damaged one that is passed over
 */
export function latestCheckpoint(
  directory: string,
  warn: (error: AthanorError) => void,
): { path: string; state: TrainState } | undefined {
  for (const step of listCheckpoints(directory).reverse()) {
    const path = join(directory, checkpointName(step));
    try {
      return { path, state: verifyCheckpoint(path) };
    } catch (error) {
      if (!(error instanceof AthanorError) || error.code !== 'bad-file') throw error;
      warn(error);
    }
  }
  return undefined;
}

/** Loads a checkpoint's weights and, unless told otherwise, optimizer states into a store; states there are overwritten. */
export function loadTensors(path: string, store: Store, { optimizer = true }: { optimizer?: boolean } = {}): void {
  for (const file of optimizer ? ['model.safetensors', 'optimizer.safetensors'] : ['model.safetensors']) {
    const reader = openSafetensors(join(path, file));
    try {
      for (const name of reader.names) {
        const { dtype, shape, data } = reader.read(name);
        if (dtype === 'int16' || dtype === 'uint16' || data instanceof Int16Array)
          throw new AthanorError('bad-file', `${path}/${file}: '${name}' is ${dtype}`, { place: join(path, file) });
        if (store.has(name)) store.write(name, data);
        else store.create(name, dtype, shape, data);
      }
    } finally {
      reader.close();
    }
  }
}

/** Removes all but the newest `keep` checkpoints and those in `spare`, and what interrupted writes left. */
export function pruneCheckpoints(directory: string, keep: number, spare: readonly (number | undefined)[]): void {
  if (!existsSync(directory)) return;
  try {
    const steps = listCheckpoints(directory);
    for (const step of steps.slice(0, Math.max(0, steps.length - keep)))
      if (!spare.includes(step)) removeDirectoryAtomic(join(directory, checkpointName(step)));
    for (const name of readdirSync(directory))
      if (/^step-\d+\.(tmp|old)-/.test(name)) rmSync(join(directory, name), { recursive: true, force: true });
  } catch (error) {
    throw ioError(error, directory, 'clean');
  }
}
