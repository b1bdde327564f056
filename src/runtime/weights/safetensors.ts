/**
 * The safetensors format (https://github.com/huggingface/safetensors#format): 8 bytes little-endian header length N, N bytes
 * of JSON, then the tensors' bytes without holes. Encodes to chunks and checks headers; knows no files. Every limit of the
 * specification is checked before anything is allocated, because the file may be hostile.
 */
import { AthanorError } from '../../core/index.ts';
import { bytesOf, holds, itemSize, type StoredArray, type StoredDType } from '../dtypes.ts';

/** Limit of the specification: a header may not be larger than 100 MB. */
export const MAX_HEADER_BYTES = 100_000_000;

const names = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
} as const satisfies Record<string, StoredDType>;

const nameOf = Object.fromEntries(Object.entries(names).map(([name, dtype]) => [dtype, name])) as Record<
  StoredDType,
  keyof typeof names
>;

export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly data: StoredArray;
}

/** Where a tensor lies: bytes `begin`..`end` after the header. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** Position of the first tensor byte in the file: 8 + the header's length. */
  readonly dataStart: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

function bad(file: string, what: string, tensor?: string): AthanorError {
  const subject = tensor === undefined ? '' : `tensor '${tensor}': `;
  return new AthanorError('bad-file', `${file} is not a valid safetensors file: ${subject}${what}`, {
    place: file,
    values: { file, tensor },
  });
}

/**
 * The header's length from the first 8 bytes.
 * @param fileLength the whole file's length in bytes
 * @throws AthanorError('bad-file') when it is cut off, or longer than the file or the limit
 */
export function headerLength(start: Uint8Array, fileLength: number, file = 'the data'): number {
  if (start.length < 8 || fileLength < 8)
    throw bad(file, `it has ${fileLength} bytes; the shortest has 8 bytes and a header`);
  const length = new DataView(start.buffer, start.byteOffset, start.byteLength).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw bad(file, `the header says ${length} bytes; the limit is ${MAX_HEADER_BYTES}`);
  if (8n + length > BigInt(fileLength))
    throw bad(file, `the header says ${length} bytes, but the file has ${fileLength}`);
  return Number(length);
}

/**
 * Parses and checks a header.
 * @param bytes the file's first 8 + N bytes (more does not matter)
 * @param fileLength the whole file's length; default `bytes.length`
 * @throws AthanorError('bad-file') naming the file, the tensor and what is wrong
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  options: { fileLength?: number; file?: string } = {},
): SafetensorsHeader {
  const { file = 'the data', fileLength = bytes.length } = options;
  const length = headerLength(bytes, fileLength, file);
  const json = decodeHeader(bytes.subarray(8, 8 + length), length, file);
  const { __metadata__: metadata = {}, ...entries } = json;
  checkMetadata(metadata, file);
  const infos = Object.entries(entries).map(([name, entry]) => tensorInfo(name, entry, file));
  infos.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const info of infos) {
    if (info.begin !== end) {
      const what = info.begin < end ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw bad(file, `its bytes ${info.begin}..${info.end} ${what} (which ends at ${end})`, info.name);
    }
    end = info.end;
  }
  const available = fileLength - 8 - length;
  if (end !== available)
    throw bad(
      file,
      end > available
        ? `it is cut off: the tensors need ${end} bytes after the header, there are ${available}`
        : `${available - end} bytes follow the last tensor`,
    );
  return {
    dataStart: 8 + length,
    metadata: metadata as Record<string, string>,
    tensors: new Map(infos.map((info) => [info.name, info])),
  };
}

function decodeHeader(bytes: Uint8Array, length: number, file: string): Record<string, unknown> {
  if (bytes.length < length) throw bad(file, `the header says ${length} bytes, but only ${bytes.length} were read`);
  if (bytes[0] !== 0x7b) throw bad(file, "the header does not start with '{'");
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AthanorError('bad-file', `${file} is not a valid safetensors file: the header is not UTF-8`, {
      place: file,
      cause: error,
    });
  }
  let json: unknown;
  try {
    // Own properties even for '__proto__', and the keys as they stand, so that duplicates can be seen.
    json = JSON.parse(text);
  } catch (error) {
    throw new AthanorError(
      'bad-file',
      `${file} is not a valid safetensors file: the header is not JSON: ${(error as Error).message}`,
      { place: file, cause: error },
    );
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw bad(file, 'the header is not a JSON object');
  const duplicate = duplicateKey(text);
  if (duplicate !== undefined) throw bad(file, 'the name occurs twice in the header', duplicate);
  return json as Record<string, unknown>;
}

/** The first key that occurs twice in one object of a valid JSON text (`JSON.parse` keeps the last silently). */
function duplicateKey(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/gy;
  const next = /[^"{}[\]]*/gy;
  for (let at = 0; at < text.length; ) {
    next.lastIndex = at;
    next.exec(text);
    token.lastIndex = at = next.lastIndex;
    const found = token.exec(text)?.[0];
    if (found === undefined) return undefined;
    at = token.lastIndex;
    if (found === '{') objects.push(new Set());
    else if (found === '[') objects.push(undefined);
    else if (found === '}' || found === ']') objects.pop();
    else if (/^\s*:/.test(text.slice(at, at + 16)) || isKey(text, at)) {
      const key = JSON.parse(found) as string;
      const keys = objects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/** Whether a ':' follows, after any white space. */
function isKey(text: string, at: number): boolean {
  const rest = /\s*/y;
  rest.lastIndex = at;
  rest.exec(text);
  return text[rest.lastIndex] === ':';
}

function checkMetadata(metadata: unknown, file: string): void {
  const fine =
    typeof metadata === 'object' &&
    metadata !== null &&
    !Array.isArray(metadata) &&
    Object.values(metadata).every((value) => typeof value === 'string');
  if (!fine) throw bad(file, '__metadata__ is not an object of strings');
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function tensorInfo(name: string, entry: unknown, file: string): TensorInfo {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw bad(file, 'its entry is not an object', name);
  const { dtype: dtypeName, shape, data_offsets: offsets, ...rest } = entry as Record<string, unknown>;
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) throw bad(file, `its entry has the unknown key '${extra}'`, name);
  if (typeof dtypeName !== 'string' || !Object.hasOwn(names, dtypeName))
    throw bad(file, `unknown dtype ${JSON.stringify(dtypeName)}; known: ${Object.keys(names).join(', ')}`, name);
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw bad(file, `its shape ${JSON.stringify(shape)} is not a list of sizes`, name);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0]! > offsets[1]!)
    throw bad(file, `its data_offsets ${JSON.stringify(offsets)} are not [begin, end] with begin ≤ end`, name);
  const [begin, end] = offsets as [number, number];
  const dtype = names[dtypeName as keyof typeof names];
  // BigInt: the product of hostile sizes may pass 2^53 and wrap where it is computed in floats or 64 bits.
  const bytes = (shape as number[]).reduce((product, size) => product * BigInt(size), 1n) * BigInt(itemSize[dtype]);
  if (bytes !== BigInt(end - begin))
    throw bad(
      file,
      `${dtypeName} [${shape.join(', ')}] needs ${bytes} bytes, its data_offsets give ${end - begin}`,
      name,
    );
  return { name, dtype, shape: shape as number[], begin, end };
}

/**
 * The file as chunks: the header, then each tensor's own bytes (no copy). Tensors are ordered by falling item size, then
 * name, as the reference implementation does, so that every tensor is aligned.
 * @throws AthanorError('bad-input') for a name that occurs twice, AthanorError('shape') for data that does not fit
 */
export function* encodeSafetensors(
  tensors: Iterable<StoredTensor>,
  metadata?: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const ordered = orderTensors(tensors);
  yield encodeHeader(ordered, metadata);
  for (const { data } of ordered) yield bytesOf(data);
}

/** The order in which tensors are written, checked. */
export function orderTensors<Item extends Omit<StoredTensor, 'data'> & { readonly data?: StoredArray }>(
  tensors: Iterable<Item>,
): Item[] {
  const ordered = [...tensors].sort((a, b) => itemSize[b.dtype] - itemSize[a.dtype] || (a.name < b.name ? -1 : 1));
  const seen = new Set<string>();
  for (const { name, dtype, shape, data } of ordered) {
    if (seen.has(name) || name === '__metadata__')
      throw new AthanorError(
        'bad-input',
        name === '__metadata__' ? `a tensor cannot be called '${name}'` : `two tensors are called '${name}'`,
        { place: name },
      );
    seen.add(name);
    const size = shape.reduce((product, dim) => product * dim, 1);
    if (data && (data.length !== size || !holds(dtype, data)))
      throw new AthanorError(
        'shape',
        `'${name}': ${dtype} [${shape.join(', ')}] needs ${size} elements, got ${data.constructor.name} of ${data.length}`,
        { place: name },
      );
  }
  return ordered;
}

/** Length and JSON of the header, padded with spaces to a multiple of 8 so that tensors are aligned in the file. */
export function encodeHeader(
  ordered: readonly Omit<StoredTensor, 'data'>[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  // Null prototype and defineProperty-like entries: a tensor may be called '__proto__'.
  const entries: [string, unknown][] = [];
  if (metadata && Object.keys(metadata).length > 0) entries.push(['__metadata__', metadata]);
  let begin = 0;
  for (const { name, dtype, shape } of ordered) {
    const end = begin + shape.reduce((product, size) => product * size, 1) * itemSize[dtype];
    entries.push([name, { dtype: nameOf[dtype], shape, data_offsets: [begin, end] }]);
    begin = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MAX_HEADER_BYTES)
    throw new AthanorError(
      'bad-input',
      `the safetensors header would have ${length} bytes; the limit is ${MAX_HEADER_BYTES}`,
    );
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
