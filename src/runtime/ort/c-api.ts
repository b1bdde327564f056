/**
 * The part of ONNX Runtime's C API that we use, by `koffi` (FFI): one typed function per entry of the table that
 * `OrtGetApiBase()->GetApi(22)` returns. Function positions are those of `struct OrtApi` in onnxruntime_c_api.h, which
 * only ever grows at its end. Knows nothing of sessions or graphs; every status becomes an `AthanorError`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { ioError, loadKoffi } from '../../core/node.ts';

/** An address in the library's memory; 0n never occurs (it is null). */
export type Pointer = bigint;
type Status = Pointer | null;
/** Names and values go in as arrays of addresses (`BigUint64Array`). */
type Addresses = BigUint64Array;
type Out = [Pointer | null];

const koffi = loadKoffi();

/** The oldest API table that we can live with: ONNX Runtime 1.22. */
export const ORT_API_VERSION = 22;
/** `CopyTensors` (host ↔ device) came with ONNX Runtime 1.23. */
const COPY_API_VERSION = 23;

/** Position in the table, result, parameters. `p` = pointer, `i` = int, `z` = size_t, `s` = UTF-8 string, `o` = pointer out. */
const TABLE = {
  getErrorMessage: [2, 's', 'p'],
  disableTelemetryEvents: [6, 'p', 'p'],
  createSessionFromArray: [8, 'p', 'ppzpo'],
  /** The same, with the result written to our memory: for calls on a worker thread. */
  createSessionFromArrayTo: [8, 'p', 'ppzpp'],
  run: [9, 'p', 'ppppzpzp'],
  createSessionOptions: [10, 'p', 'o'],
  disableMemPattern: [17, 'p', 'p'],
  setSessionGraphOptimizationLevel: [23, 'p', 'pi'],
  setIntraOpNumThreads: [24, 'p', 'pi'],
  setInterOpNumThreads: [25, 'p', 'pi'],
  createRunOptions: [39, 'p', 'o'],
  runOptionsSetTerminate: [46, 'p', 'p'],
  runOptionsUnsetTerminate: [47, 'p', 'p'],
  createTensorAsOrtValue: [48, 'p', 'ppzio'],
  createTensorWithDataAsOrtValue: [49, 'p', 'ppzpzio'],
  getTensorMutableData: [51, 'p', 'po'],
  getDimensionsCount: [61, 'p', 'pp'],
  getDimensions: [62, 'p', 'ppz'],
  getTensorTypeAndShape: [65, 'p', 'po'],
  createMemoryInfo: [68, 'p', 'siiio'],
  createCpuMemoryInfo: [69, 'p', 'iio'],
  getAllocatorWithDefaultOptions: [78, 'p', 'o'],
  releaseEnv: [92, 'v', 'p'],
  releaseStatus: [93, 'v', 'p'],
  releaseMemoryInfo: [94, 'v', 'p'],
  releaseSession: [95, 'v', 'p'],
  releaseValue: [96, 'v', 'p'],
  releaseRunOptions: [97, 'v', 'p'],
  releaseTensorTypeAndShapeInfo: [99, 'v', 'p'],
  releaseSessionOptions: [100, 'v', 'p'],
  createEnvWithGlobalThreadPools: [119, 'p', 'ispo'],
  disablePerSessionThreads: [120, 'p', 'p'],
  createThreadingOptions: [121, 'p', 'o'],
  releaseThreadingOptions: [122, 'v', 'p'],
  getAvailableProviders: [125, 'p', 'op'],
  releaseAvailableProviders: [126, 'p', 'pi'],
  addSessionConfigEntry: [130, 'p', 'pss'],
  createAllocator: [131, 'p', 'ppo'],
  releaseAllocator: [132, 'v', 'p'],
  setGlobalIntraOpNumThreads: [147, 'p', 'pi'],
  setGlobalInterOpNumThreads: [148, 'p', 'pi'],
  setGlobalSpinControl: [149, 'p', 'pi'],
  sessionOptionsAppendCudaV2: [204, 'p', 'pp'],
  createCudaProviderOptions: [205, 'p', 'o'],
  updateCudaProviderOptions: [206, 'p', 'pppz'],
  releaseCudaProviderOptions: [208, 'v', 'p'],
  addExternalInitializers: [210, 'p', 'pppz'],
  sessionOptionsAppendExecutionProvider: [216, 'p', 'psppz'],
} as const satisfies Record<string, readonly [number, string, string]>;
const COPY_TENSORS = [386, 'p', 'ppppz'] as const;

type Parameter<Letter extends string> = Letter extends 'p'
  ? Pointer | ArrayBufferView | null
  : Letter extends 'i' | 'z'
    ? number
    : Letter extends 's'
      ? string
      : Out;
type Parameters<Letters extends string> = Letters extends `${infer First}${infer Rest}`
  ? [Parameter<First>, ...Parameters<Rest>]
  : [];
type Result<Letter extends string> = Letter extends 's' ? string : Letter extends 'v' ? undefined : Status;
type Native<Entry extends readonly [number, string, string]> = ((
  ...values: Parameters<Entry[2]>
) => Result<Entry[1]>) & {
  readonly async: (
    ...values: [...Parameters<Entry[2]>, (error: Error | null, result: Result<Entry[1]>) => void]
  ) => void;
};
type Table = { readonly [Name in keyof typeof TABLE]: Native<(typeof TABLE)[Name]> };

/** The loaded library. */
export interface OrtLibrary {
  readonly path: string;
  /** ONNX Runtime's version, such as '1.30.0'. */
  readonly version: string;
  /** Execution providers that this build contains, such as 'CPUExecutionProvider'. */
  readonly providers: readonly string[];
  readonly api: Table;
  /** Copies tensors between devices: (env, sources, destinations, stream, count). Absent before ONNX Runtime 1.23. */
  readonly copyTensors: Native<typeof COPY_TENSORS> | undefined;
}

const LETTERS: Record<string, string> = { p: 'void *', i: 'int', z: 'size_t', s: 'const char *', v: 'void' };

function bind<Entry extends readonly [number, string, string]>(
  table: Pointer,
  [index, result, letters]: Entry,
): Native<Entry> {
  const parameters = [...letters].map((letter) => (letter === 'o' ? koffi.out('void **') : LETTERS[letter]!));
  const address = koffi.decode(table, index * 8, 'void *') as Pointer;
  return koffi.decode(address, koffi.proto(LETTERS[result]!, parameters)) as Native<Entry>;
}

/** Where the npm package `onnxruntime-node` keeps the shared library of this platform. */
function packagedLibrary(): string {
  const require = createRequire(import.meta.url);
  let root: string;
  try {
    root = dirname(require.resolve('onnxruntime-node/package.json'));
  } catch (error) {
    throw new AthanorError('not-found', "the package 'onnxruntime-node' is not installed", {
      hint: 'Run npm ci, or set ATHANOR_ORT_LIBRARY to an ONNX Runtime shared library.',
      cause: error,
    });
  }
  const bin = join(root, 'bin');
  const folders = existsSync(bin)
    ? readdirSync(bin).map((name) => join(bin, name, process.platform, process.arch))
    : [];
  for (const folder of folders.filter((path) => existsSync(path))) {
    const name = readdirSync(folder).find((file) =>
      /^(lib)?onnxruntime(\.[\d.]+)?\.(so(\.\d+)*|dylib|dll)$/.test(file),
    );
    if (name) return join(folder, name);
  }
  throw new AthanorError('unsupported', `onnxruntime-node has no library for ${process.platform} ${process.arch}`, {
    hint: 'Set ATHANOR_ORT_LIBRARY to an ONNX Runtime shared library built for this platform.',
    values: { platform: process.platform, arch: process.arch },
  });
}

const loaded = new Map<string, OrtLibrary>();

/**
 * Loads ONNX Runtime once per path.
 * @param options.library path of the shared library; default `ATHANOR_ORT_LIBRARY`, else the one in `onnxruntime-node`
 * @param options.apiVersion the table's version (tests ask for one that does not exist)
 * @throws AthanorError('not-found') without such a file, AthanorError('unsupported') when it is no ONNX Runtime or too old
 */
export function loadOrt(options: { library?: string; apiVersion?: number } = {}): OrtLibrary {
  const path = resolve(options.library || process.env.ATHANOR_ORT_LIBRARY || packagedLibrary());
  const apiVersion = options.apiVersion ?? ORT_API_VERSION;
  const known = apiVersion === ORT_API_VERSION ? loaded.get(path) : undefined;
  if (known) return known;
  if (!existsSync(path)) throw ioError({ code: 'ENOENT' }, path, 'load ONNX Runtime from');
  // Read by the library when it loads; Node sets the real environment of the process.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const { getApi, version } = apiBase(path);
  const table = getApi(apiVersion);
  if (table === null)
    throw new AthanorError('unsupported', `ONNX Runtime ${version} does not offer API version ${apiVersion}`, {
      place: path,
      hint: `Use ONNX Runtime 1.${apiVersion} or newer.`,
      values: { version, apiVersion, library: path },
    });
  const api = Object.fromEntries(
    Object.entries(TABLE).map(([name, entry]) => [name, bind(table, entry)]),
  ) as unknown as Table;
  const minor = Number(version.split('.')[1]);
  const copyTable = minor >= COPY_API_VERSION ? getApi(COPY_API_VERSION) : null;
  const copyTensors = copyTable === null ? undefined : bind(copyTable, COPY_TENSORS);
  const library: OrtLibrary = { path, version, providers: availableProviders(api), api, copyTensors };
  loaded.set(path, library);
  return library;
}

/** koffi unloads a library whose handle is collected, and the function pointers with it: handles are kept for good. */
const handles: unknown[] = [];

/** `OrtGetApiBase()`: two function pointers, GetApi and GetVersionString. */
function apiBase(path: string): { getApi: (version: number) => Pointer | null; version: string } {
  try {
    const handle = koffi.load(path);
    handles.push(handle);
    const base = handle.func('OrtGetApiBase', 'void *', [])() as Pointer;
    const getApi = koffi.decode(koffi.decode(base, 0, 'void *'), koffi.proto('void *', ['uint32_t']));
    const getVersion = koffi.decode(koffi.decode(base, 8, 'void *'), koffi.proto('const char *', []));
    return { getApi: getApi as (version: number) => Pointer | null, version: getVersion() as string };
  } catch (error) {
    throw new AthanorError('unsupported', `${path} is not a usable ONNX Runtime library: ${(error as Error).message}`, {
      place: path,
      hint: 'Give the shared library itself (libonnxruntime.so, .dylib or onnxruntime.dll) of this platform.',
      cause: error,
    });
  }
}

function availableProviders(api: Table): string[] {
  const list: Out = [null];
  const count = new Int32Array(new ArrayBuffer(64), 0, 1);
  check(api, api.getAvailableProviders(list, count));
  const names = Array.from({ length: count[0]! }, (_, i) => koffi.decode(list[0], i * 8, 'const char *') as string);
  check(api, api.releaseAvailableProviders(list[0], count[0]!));
  return names;
}

/** Throws what a status says, and frees it. `place` is where we were, used when the message names no node. */
export function check(api: Table, status: Status, place?: string): void {
  if (status === null) return;
  const message = api.getErrorMessage(status);
  api.releaseStatus(status);
  throw engineError(message, place);
}

/** The error for a message of ONNX Runtime: cancelled runs, failing nodes (named by their origin), everything else. */
export function engineError(message: string, place?: string): AthanorError {
  if (/terminate flag/i.test(message))
    return new AthanorError('cancelled', 'the run was cancelled', { place, values: { message } });
  const node = /Name:\s*'([^']+)'/.exec(message)?.[1] ?? /[Nn]ode\s*\(([^()\s]+)\)/.exec(message)?.[1];
  return new AthanorError('engine', `ONNX Runtime: ${message.trim()}`, {
    place: [place, node].filter(Boolean).join(' › ') || undefined,
    values: { node },
  });
}

/** Calls a function whose last parameter is a pointer out, and returns that pointer. */
export function make<Values extends unknown[]>(
  api: Table,
  native: (...values: [...Values, Out]) => Status,
  ...values: Values
): Pointer {
  const out: Out = [null];
  check(api, native(...values, out));
  return out[0]!;
}

/** Memory whose address does not move (`new Float32Array(4)` may live in V8's moving heap), aligned to a cache line. */
export function stableBytes(length: number): Uint8Array {
  const buffer = new ArrayBuffer(length + 64);
  const address = koffi.address(new Uint8Array(buffer)) as bigint;
  return new Uint8Array(buffer, Number((64n - (address & 63n)) & 63n), length);
}

/** The addresses of NUL-terminated copies of `names`; keep the result referenced while the library uses it. */
export interface NameList {
  readonly addresses: Addresses;
  readonly bytes: Uint8Array;
}
export function nameList(names: readonly string[]): NameList {
  const encoded = names.map((name) => Buffer.from(`${name}\0`));
  const bytes = stableBytes(
    Math.max(
      1,
      encoded.reduce((sum, item) => sum + item.length, 0),
    ),
  );
  const base = koffi.address(bytes) as bigint;
  const addresses = addressList(names.length);
  let offset = 0;
  encoded.forEach((item, i) => {
    bytes.set(item, offset);
    addresses[i] = base + BigInt(offset);
    offset += item.length;
  });
  return { addresses, bytes };
}

export function addressList(length: number): Addresses {
  return new BigUint64Array(new ArrayBuffer(Math.max(64, length * 8)), 0, length);
}

/** Dimensions as the int64 array that the C API takes. */
export function dimensionList(shape: readonly number[]): BigInt64Array {
  const list = new BigInt64Array(new ArrayBuffer(Math.max(64, shape.length * 8)), 0, shape.length);
  shape.forEach((size, i) => {
    list[i] = BigInt(size);
  });
  return list;
}

/** A view of `length` bytes of the library's memory (no copy). */
export function nativeBytes(address: Pointer, length: number): Uint8Array {
  return new Uint8Array(koffi.view(address, length));
}
