/** Model directories in Hugging Face's layout: loading with checks, saving whole or not at all. Node only. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AthanorError, nearest } from '../core/index.ts';
import { hashFile, mustExist, readJson, writeDirectoryAtomic, writeFileAtomic, writeJson } from '../core/node.ts';
import { asFloat32, type HostTensor, type Store } from '../runtime/index.ts';
import { openSafetensors, type SafetensorsReader, type WritableTensor, writeCheckpoint } from '../runtime/node.ts';
import type { LinearTransform } from './context.ts';
import { modelFromConfig, modelToConfig } from './create-model.ts';
import type { Model } from './define-model.ts';
import { type ModelCard, renderModelCard } from './model-card.ts';
import { type ParameterSpec, parameterSpecs } from './parameters.ts';
import { int8ToOffset, int8Transform } from './transforms/int8.ts';

export { type NewRow, type ResizedVocabulary, resizeVocabulary } from './node/resize-vocabulary.ts';
export { type ModelCard, renderModelCard };

/** Weights of a model on disk; tensors are read when asked for. */
export interface LoadedModel {
  readonly directory: string;
  readonly model: Model;
  /** Keys of config.json that are not the architecture's: token ids, quantization_config, … */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly parameters: readonly ParameterSpec[];
  /** Present when linear layers are stored as integers. */
  readonly quantization: Quantization | undefined;
  /** For contexts: computes quantized layers; empty for a float model. */
  readonly transforms: readonly LinearTransform[];
  /** A weight as float32; dequantized where it is stored as integers. @throws AthanorError('bad-file') */
  read(name: string): HostTensor;
  /** Creates every weight in a store, quantized ones in the form that `transforms` read. */
  loadInto(store: Store): void;
  close(): void;
}

export interface Quantization {
  readonly scheme: 'int8';
  readonly blockSize: number;
  /** Names of weights stored as I8 with `<name>_scale`. */
  readonly weights: ReadonlySet<string>;
}

/**
 * Opens a model directory: config.json and model.safetensors, or shards and their index.
 * @throws AthanorError('not-found') for a missing file; 'bad-file' naming missing, unknown or misshapen tensors;
 * 'bad-input' or 'unsupported' naming the config key
 */
export function loadModel(directory: string): LoadedModel {
  const configPath = mustExist(
    join(directory, 'config.json'),
    'model config',
    'A model directory has config.json and model.safetensors.',
  );
  const { model, extra } = modelFromConfig(readJson(configPath), configPath);
  const quantization = readQuantization(extra, configPath);
  const reader = openSafetensors(directory);
  try {
    const parameters = parameterSpecs(model);
    const files = matchTensors(reader, model, parameters, quantization, directory);
    const weights = new Set(
      parameters.map(({ name }) => name).filter((name) => reader.info(files.get(name)!).dtype === 'int8'),
    );
    if (weights.size > 0 && !quantization)
      throw badModel(directory, `${[...weights][0]} is int8, but config.json has no quantization_config`);
    const quantized: Quantization | undefined = quantization && {
      scheme: 'int8',
      blockSize: quantization.blockSize,
      weights,
    };
    return loaded({ directory, model, extra, parameters, quantization: quantized, reader, files });
  } catch (error) {
    reader.close();
    throw error;
  }
}

interface Parts {
  readonly directory: string;
  readonly model: Model;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly parameters: readonly ParameterSpec[];
  readonly quantization: Quantization | undefined;
  readonly reader: SafetensorsReader;
  /** Our name → the name in the file. */
  readonly files: ReadonlyMap<string, string>;
}

function loaded({ reader, files, quantization, ...parts }: Parts): LoadedModel {
  const float = (name: string): Float32Array => asFloat32(reader.read(files.get(name)!), name);
  const shapes = new Map(parts.parameters.map(({ name, shape }) => [name, shape]));
  const integers = (name: string): Int8Array => {
    const { data } = reader.read(files.get(name)!);
    if (!(data instanceof Int8Array)) throw badModel(parts.directory, `${name} is not int8`);
    return data;
  };
  const scaleOf = (name: string): Float32Array => asFloat32(reader.read(`${files.get(name)!}_scale`), `${name}_scale`);
  return {
    ...parts,
    quantization,
    transforms: quantization
      ? [
          int8Transform({
            isQuantized: (name) => quantization.weights.has(`${name}.weight`),
            blockSize: quantization.blockSize,
          }),
        ]
      : [],
    read(name) {
      const shape = shapes.get(name);
      if (!shape) throw new AthanorError('not-found', `the model has no weight '${name}'`, { place: parts.directory });
      const data = quantization?.weights.has(name)
        ? dequantize(integers(name), scaleOf(name), shape[1]!, quantization.blockSize)
        : float(name);
      return { dtype: 'float32', shape, data };
    },
    loadInto(store) {
      for (const { name, shape } of parts.parameters) {
        if (!quantization?.weights.has(name)) {
          store.create(name, 'float32', shape, float(name));
          continue;
        }
        const blocks = shape[1]! / quantization.blockSize;
        store.create(name, 'uint8', [shape[0]!, blocks, quantization.blockSize], int8ToOffset(integers(name)));
        store.create(`${name}_scale`, 'float32', [shape[0]! * blocks], scaleOf(name));
      }
    },
    close: () => reader.close(),
  };
}

function dequantize(values: Int8Array, scales: Float32Array, width: number, blockSize: number): Float32Array {
  const blocks = Math.ceil(width / blockSize);
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const block = Math.floor(i / width) * blocks + Math.floor((i % width) / blockSize);
    result[i] = values[i]! * scales[block]!;
  }
  return result;
}

/** Finds every weight in the file and checks shapes. @returns our name → the file's name */
function matchTensors(
  reader: SafetensorsReader,
  model: Model,
  parameters: readonly ParameterSpec[],
  quantization: { readonly blockSize: number } | undefined,
  directory: string,
): Map<string, string> {
  const specs = new Map(parameters.map((spec) => [spec.name, spec]));
  const files = new Map<string, string>();
  const unknown: string[] = [];
  for (const fileName of reader.names) {
    if (quantization && fileName.endsWith('.weight_scale')) continue;
    const name = model.tensorName(fileName);
    if (name === undefined) continue;
    if (specs.has(name)) files.set(name, fileName);
    else unknown.push(fileName);
  }
  const missing = parameters.filter(({ name }) => !files.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    const near = nearest(missing[0]!, unknown);
    throw badModel(directory, `${listed('tensor', missing)} missing`, near && `The file has '${near}'.`);
  }
  if (unknown.length > 0)
    throw badModel(directory, `${listed('tensor', unknown)} not part of ${model.architecture} with this config`);
  for (const { name, shape } of parameters) {
    const { dtype, shape: found } = reader.info(files.get(name)!);
    if (found.join() !== shape.join())
      throw badModel(
        directory,
        `tensor '${name}' is [${found.join(', ')}]; config.json makes it [${shape.join(', ')}]`,
      );
    if (dtype !== 'int8') continue;
    const scale = `${files.get(name)!}_scale`;
    if (!reader.has(scale)) throw badModel(directory, `tensor '${scale}' is missing`);
    const wanted = [shape[0]!, Math.ceil(shape[1]! / (quantization?.blockSize ?? 32))];
    if (reader.info(scale).shape.join() !== wanted.join())
      throw badModel(
        directory,
        `tensor '${scale}' is [${reader.info(scale).shape.join(', ')}]; expected [${wanted.join(', ')}]`,
      );
  }
  return files;
}

function listed(what: string, names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => `'${name}'`)
    .join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${what}${names.length > 1 ? 's' : ''} ${shown}${more} ${names.length > 1 ? 'are' : 'is'}`;
}

function badModel(directory: string, what: string, hint?: string): AthanorError {
  return new AthanorError('bad-file', `the model ${directory} is not usable: ${what}`, { place: directory, hint });
}

/** `quantization_config` in the layout of compressed-tensors, as `compress/` writes it. */
function readQuantization(extra: Readonly<Record<string, unknown>>, place: string): { blockSize: number } | undefined {
  const config = extra.quantization_config;
  if (config === undefined || config === null) return undefined;
  const { quant_method, format, config_groups } = config as {
    quant_method?: unknown;
    format?: unknown;
    config_groups?: Record<string, { weights?: { num_bits?: unknown; group_size?: unknown; symmetric?: unknown } }>;
  };
  const weights = Object.values(config_groups ?? {})[0]?.weights;
  const blockSize = weights?.group_size;
  if (
    quant_method !== 'compressed-tensors' ||
    format !== 'int-quantized' ||
    weights?.num_bits !== 8 ||
    weights.symmetric === false ||
    typeof blockSize !== 'number'
  )
    throw new AthanorError(
      'unsupported',
      `quantization_config: ${String(quant_method)} ${String(format)} is not supported`,
      {
        place,
        hint: 'Only symmetric 8-bit weights in groups (compressed-tensors, int-quantized) are.',
      },
    );
  return { blockSize };
}

export interface SaveOptions {
  readonly model: Model;
  /** All weights by our names (and, quantized, their scales). */
  readonly tensors: Iterable<WritableTensor>;
  /** More keys for config.json: bos_token_id, eos_token_id, pad_token_id, quantization_config … */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Content of generation_config.json besides the token ids, which come from `extra`. */
  readonly generation?: Readonly<Record<string, unknown>>;
  /** Directory whose tokenizer files are copied. */
  readonly tokenizerDirectory?: string;
  /** Content of README.md. */
  readonly card: ModelCard | string;
  /** Other files by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly shardBytes?: number;
}

const tokenizerFiles =
  /^(tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json|vocab\.json|vocab\.txt|merges\.txt|tokenizer\.model|chat_template\.jinja)$/;
const tokenIdKeys = ['bos_token_id', 'eos_token_id', 'pad_token_id'];

/** Writes a model directory; a model of that name is replaced in one step. @throws AthanorError('io') */
export async function saveModel(directory: string, options: SaveOptions): Promise<void> {
  const { model, tensors, extra = {}, generation = {}, tokenizerDirectory, card, files = {}, shardBytes } = options;
  await writeDirectoryAtomic(directory, (temp) => {
    writeJson(join(temp, 'config.json'), modelToConfig(model, extra));
    const tokenIds = Object.entries(extra).filter(([key]) => tokenIdKeys.includes(key));
    writeJson(join(temp, 'generation_config.json'), { ...Object.fromEntries(tokenIds), ...generation });
    writeCheckpoint(temp, tensors, { shardBytes });
    if (tokenizerDirectory) copyTokenizer(tokenizerDirectory, temp);
    writeFileAtomic(join(temp, 'README.md'), typeof card === 'string' ? card : renderModelCard(card));
    for (const [name, text] of Object.entries(files)) writeFileAtomic(join(temp, name), text);
  });
}

/** Copies tokenizer files between directories. */
function copyTokenizer(from: string, to: string): void {
  mustExist(join(from, 'tokenizer.json'), 'tokenizer');
  for (const name of readdirSync(from)) if (tokenizerFiles.test(name)) copyFileSync(join(from, name), join(to, name));
}

/** SHA-256 over config.json and the weights: names a model in evaluations and caches. */
export function modelHash(directory: string): string {
  mustExist(join(directory, 'config.json'), 'model config');
  const names = readdirSync(directory).filter(
    (name) => name === 'config.json' || /\.safetensors(\.index\.json)?$/.test(name),
  );
  const hash = createHash('sha256');
  for (const name of names.sort()) hash.update(`${name}\0${hashFile(join(directory, name))}\n`);
  return hash.digest('hex');
}

/** True for a directory with a model in it. */
export function isModelDirectory(directory: string): boolean {
  return basename(directory) !== '' && existsSync(join(directory, 'config.json'));
}
