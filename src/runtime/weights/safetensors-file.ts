/**
 * Safetensors files in Node: headers are read and checked at once, tensors only when asked for (ranged reads). Sharded
 * checkpoints go by `model.safetensors.index.json`. Writing is atomic and streams, so a model needs no second copy in memory.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { ioError, readJson, writeFileAtomic, writeJson } from '../../core/node.ts';
import { arrayOver, itemSize, type StoredArray, type StoredDType } from '../dtypes.ts';
import {
  encodeHeader,
  encodeSafetensors,
  headerLength,
  orderTensors,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type StoredTensor,
  type TensorInfo,
} from './safetensors.ts';

/** An open checkpoint, of one file or several. */
export interface SafetensorsReader {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  has(name: string): boolean;
  /** @throws AthanorError('not-found') naming the file and the tensor */
  info(name: string): { readonly name: string; readonly dtype: StoredDType; readonly shape: readonly number[] };
  /** Reads one tensor. @throws AthanorError('not-found' | 'io' | 'bad-file') */
  read(name: string): { readonly dtype: StoredDType; readonly shape: readonly number[]; readonly data: StoredArray };
  /** Reads a tensor's bytes straight into `target` (of exactly its size). */
  readInto(name: string, target: Uint8Array): void;
  close(): void;
}

/** Pieces of one read call; the operating system may give less. */
const READ_STEP = 1 << 30;

/**
 * Opens a `.safetensors` file, a `.safetensors.index.json`, or a directory that holds `model.safetensors` or its index.
 * @throws AthanorError('not-found'), AthanorError('bad-file') naming file and tensor
 */
export function openSafetensors(path: string): SafetensorsReader {
  const file = locate(path);
  return file.endsWith('.json') ? openSharded(file) : openFile(file);
}

function locate(path: string): string {
  if (/\.(safetensors|json)$/.test(path)) return path;
  for (const name of ['model.safetensors', 'model.safetensors.index.json'])
    if (existsSync(join(path, name))) return join(path, name);
  if (existsSync(path) && !existsSync(join(path, '.'))) return path;
  throw new AthanorError('not-found', `no model.safetensors and no model.safetensors.index.json in ${path}`, {
    place: path,
  });
}

function readAt(fd: number, target: Uint8Array, position: number, path: string): void {
  let done = 0;
  while (done < target.length) {
    const got = readSync(fd, target, done, Math.min(READ_STEP, target.length - done), position + done);
    if (got === 0)
      throw new AthanorError('bad-file', `${path} ends at byte ${position + done}; it was longer when it was opened`, {
        place: path,
      });
    done += got;
  }
}

function readHeader(fd: number, path: string): SafetensorsHeader {
  const fileLength = fstatSync(fd).size;
  const start = new Uint8Array(Math.min(8, fileLength));
  readAt(fd, start, 0, path);
  const bytes = new Uint8Array(8 + headerLength(start, fileLength, path));
  readAt(fd, bytes, 0, path);
  return parseSafetensorsHeader(bytes, { fileLength, file: path });
}

function openFile(path: string): SafetensorsReader {
  let fd: number | undefined;
  let header: SafetensorsHeader;
  try {
    fd = openSync(path, 'r');
    header = readHeader(fd, path);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw ioError(error, path, 'read');
  }
  const open = fd;
  let closed = false;
  const info = (name: string): TensorInfo => {
    const found = header.tensors.get(name);
    if (!found) throw missing(path, name);
    return found;
  };
  const readInto = (name: string, target: Uint8Array): void => {
    const { begin, end } = info(name);
    if (closed) throw new AthanorError('io', `${path} is closed`, { place: path });
    if (target.byteLength !== end - begin)
      throw new AthanorError(
        'shape',
        `${path}: tensor '${name}' has ${end - begin} bytes, the target ${target.byteLength}`,
        { place: path },
      );
    try {
      readAt(open, target, header.dataStart + begin, path);
    } catch (error) {
      throw ioError(error, path, 'read');
    }
  };
  return {
    names: [...header.tensors.keys()],
    metadata: header.metadata,
    has: (name) => header.tensors.has(name),
    info,
    readInto,
    read: (name) => {
      const { dtype, shape, begin, end } = info(name);
      const bytes = new Uint8Array(end - begin);
      readInto(name, bytes);
      return { dtype, shape, data: arrayOver(dtype, bytes) };
    },
    close: () => {
      if (!closed) closeSync(open);
      closed = true;
    },
  };
}

function missing(path: string, name: string): AthanorError {
  return new AthanorError('not-found', `${path} has no tensor '${name}'`, {
    place: path,
    values: { file: path, tensor: name },
  });
}

/** Reads by the index: { metadata, weight_map: tensor → file }. Shards are opened when first needed. */
function openSharded(path: string): SafetensorsReader {
  const weightMap = (readJson(path) as { weight_map?: unknown } | null)?.weight_map;
  if (typeof weightMap !== 'object' || weightMap === null)
    throw new AthanorError('bad-file', `${path} has no weight_map`, { place: path });
  const places = new Map(Object.entries(weightMap as Record<string, unknown>));
  for (const [name, file] of places)
    if (typeof file !== 'string' || basename(file) !== file || file === '..')
      throw new AthanorError(
        'bad-file',
        `${path}: tensor '${name}' is said to be in ${JSON.stringify(file)}, which is not a file name`,
        { place: path },
      );
  const shards = new Map<string, SafetensorsReader>();
  const shard = (name: string): SafetensorsReader => {
    const file = places.get(name) as string | undefined;
    if (file === undefined) throw missing(path, name);
    const open = shards.get(file) ?? openFile(join(dirname(path), file));
    shards.set(file, open);
    return open;
  };
  return {
    names: [...places.keys()],
    metadata: {},
    has: (name) => places.has(name),
    info: (name) => shard(name).info(name),
    read: (name) => shard(name).read(name),
    readInto: (name, target) => shard(name).readInto(name, target),
    close: () => {
      for (const open of shards.values()) open.close();
      shards.clear();
    },
  };
}

/** A tensor to be written: its data at hand, or read when its turn comes. */
export type WritableTensor = Omit<StoredTensor, 'data'> & { readonly data: StoredArray | (() => StoredArray) };

/** Writes one file, whole or not at all. @throws AthanorError('io') naming the path */
export function writeSafetensors(
  path: string,
  tensors: Iterable<WritableTensor>,
  metadata?: Readonly<Record<string, string>>,
): void {
  writeFileAtomic(path, chunks([...tensors], metadata));
}

function* chunks(
  tensors: readonly WritableTensor[],
  metadata?: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const ordered = orderTensors(tensors.map(({ name, dtype, shape, data }) => ({ name, dtype, shape, source: data })));
  yield encodeHeader(ordered, metadata);
  for (const { source, ...tensor } of ordered) {
    const data = typeof source === 'function' ? source() : source;
    const parts = encodeSafetensors([{ ...tensor, data }]); // checks the data against the shape
    parts.next();
    yield* parts;
  }
}

/**
 * Writes a checkpoint into a directory: `model.safetensors`, or shards of at most `shardBytes` and their index.
 * @returns the files written
 */
export function writeCheckpoint(
  directory: string,
  tensors: Iterable<WritableTensor>,
  options: { metadata?: Readonly<Record<string, string>>; shardBytes?: number } = {},
): string[] {
  const { metadata = { format: 'pt' }, shardBytes = 5e9 } = options;
  const shards: WritableTensor[][] = [[]];
  let total = 0;
  let room = shardBytes;
  for (const tensor of tensors) {
    const bytes = tensor.shape.reduce((product, size) => product * size, 1) * itemSize[tensor.dtype];
    if (bytes > room && shards.at(-1)!.length > 0) {
      shards.push([]);
      room = shardBytes;
    }
    shards.at(-1)!.push(tensor);
    room -= bytes;
    total += bytes;
  }
  if (shards.length === 1) {
    writeSafetensors(join(directory, 'model.safetensors'), shards[0]!, metadata);
    return ['model.safetensors'];
  }
  const pad = (number: number) => String(number).padStart(5, '0');
  const weightMap: Record<string, string> = {};
  const files = shards.map((shard, i) => {
    const file = `model-${pad(i + 1)}-of-${pad(shards.length)}.safetensors`;
    writeSafetensors(join(directory, file), shard, metadata);
    for (const { name } of shard) weightMap[name] = file;
    return file;
  });
  writeJson(join(directory, 'model.safetensors.index.json'), {
    metadata: { total_size: total },
    weight_map: weightMap,
  });
  return [...files, 'model.safetensors.index.json'];
}
