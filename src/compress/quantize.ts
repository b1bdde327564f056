/** Quantizes a model directory: the same layout, linear weights as integers and scales. Node only. */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AthanorError, parse, unknownName } from '../core/index.ts';
import { readJson, readText } from '../core/node.ts';
import { type LoadedModel, loadModel, saveModel } from '../models/node.ts';
import type { WritableTensor } from '../runtime/node.ts';
import { schemes } from './quant/registry.gen.ts';
import type { Scheme } from './scheme.ts';

/** `scheme:` of a recipe's quantize stage; one entry for each scheme. */
export const schemeSchema = schemes.int8.config;
export type SchemeConfig = z.output<typeof schemeSchema>;

/** `quantize:` of a recipe. */
export const quantizeSchema = z.strictObject({
  name: z.string().min(1).optional().describe('Name of the new model; default: the kind of stage.'),
  model: z.string().describe('Name of the model to quantize.'),
  scheme: schemeSchema.prefault({}).describe('How weights become smaller.'),
  dataset: z
    .string()
    .optional()
    .describe('Dataset for the perplexity before and after; default: the one that the model was trained on.'),
});
export type QuantizeConfig = z.output<typeof quantizeSchema>;

export interface QuantizeResult {
  /** Names of the weights that were quantized, and of the linear weights that were left as they are, with why. */
  readonly quantized: readonly string[];
  readonly kept: readonly { readonly name: string; readonly why: string }[];
  /** Bytes of model.safetensors. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Root of the mean squared error of all quantized weights, over the root of their mean square. */
  readonly relativeError: number;
}

/** A scheme's settings from a name alone, such as the command line gives. @throws AthanorError('bad-input') */
export function schemeOf(name: string): SchemeConfig {
  if (!(name in schemes)) throw unknownName('scheme', name, Object.keys(schemes));
  return schemeSchema.parse({ use: name });
}

/**
 * Writes a quantized copy of a model directory.
 * @throws AthanorError('bad-input') when it is quantized already; what loading and saving throw
 */
export async function quantizeModel(directory: string, out: string, config: SchemeConfig): Promise<QuantizeResult> {
  const scheme: Scheme<SchemeConfig> = schemes[config.use];
  const loaded = loadModel(directory);
  try {
    if (loaded.quantization)
      throw new AthanorError('bad-input', `${directory} is quantized already (${loaded.quantization.scheme})`, {
        place: directory,
        hint: 'Quantize the float model that it was made from.',
      });
    const plan = planWeights(loaded, config);
    if (plan.quantized.length === 0)
      throw new AthanorError(
        'unsupported',
        `no weight of ${loaded.model.architecture} can be quantized with ${config.use}`,
        {
          place: directory,
          hint: `${plan.kept[0]?.name}: ${plan.kept[0]?.why}.`,
          values: { kept: plan.kept },
        },
      );
    const error = { squares: 0, total: 0 };
    const ignored = plan.kept.map(({ name }) => name.replace(/\.weight$/, ''));
    await saveModel(out, {
      model: loaded.model,
      tensors: tensorsOf(loaded, new Set(plan.quantized), scheme, config, error),
      extra: { ...loaded.extra, quantization_config: scheme.describeConfig(config, ignored) },
      generation: generationOf(directory),
      tokenizerDirectory: existsSync(join(directory, 'tokenizer.json')) ? directory : undefined,
      card: cardOf(directory, config),
      files: copied(directory, ['athanor.json']),
    });
    const size = (path: string) => statSync(join(path, 'model.safetensors')).size;
    return {
      ...plan,
      bytesBefore: size(directory),
      bytesAfter: size(out),
      relativeError: Math.sqrt(error.squares / error.total),
    };
  } finally {
    loaded.close();
  }
}

/** Linear weights [out, in] whose width is a whole number of blocks; all others stay float. */
function planWeights({ parameters, model }: LoadedModel, { block_size }: SchemeConfig) {
  const quantized: string[] = [];
  const kept: { name: string; why: string }[] = [];
  for (const { name, shape, role } of parameters) {
    if (role !== 'linear') continue;
    if (model.type === 'gpt2') kept.push({ name, why: 'GPT-2 stores its weights as [in, out]' });
    else if (shape[1]! % block_size !== 0)
      kept.push({ name, why: `its width ${shape[1]} is not a multiple of ${block_size}` });
    else quantized.push(name);
  }
  return { quantized, kept };
}

/** Every tensor of the new file, computed when it is written. */
function* tensorsOf(
  loaded: LoadedModel,
  quantized: ReadonlySet<string>,
  scheme: Scheme<SchemeConfig>,
  config: SchemeConfig,
  error: { squares: number; total: number },
): Generator<WritableTensor> {
  for (const { name, shape } of loaded.parameters) {
    const tensor = loaded.read(name);
    if (!quantized.has(name)) {
      yield { name, ...tensor };
      continue;
    }
    const [out, width] = [shape[0]!, shape[1]!];
    const weight = tensor.data as Float32Array;
    const result = scheme.quantize(weight, out, width, config);
    const restored = scheme.dequantize(result, out, width, config);
    for (let i = 0; i < weight.length; i++) {
      error.squares += (weight[i]! - restored[i]!) ** 2;
      error.total += weight[i]! ** 2;
    }
    yield { name, dtype: 'int8', shape, data: result.values };
    yield { name: `${name}_scale`, dtype: 'float32', shape: [out, width / config.block_size], data: result.scales };
  }
}

/** The model's generation_config.json: which tokens end an answer, and how it likes to be sampled. */
function generationOf(directory: string): Readonly<Record<string, unknown>> | undefined {
  const path = join(directory, 'generation_config.json');
  return existsSync(path) ? parse(z.record(z.string(), z.unknown()), readJson(path), path) : undefined;
}

function copied(directory: string, names: readonly string[]): Record<string, string> {
  const found = names.filter((name) => existsSync(join(directory, name)));
  return Object.fromEntries(found.map((name) => [name, readText(join(directory, name))]));
}

function cardOf(directory: string, { use, block_size }: SchemeConfig): string {
  const path = join(directory, 'README.md');
  const note = `\n## Quantization\n\nLinear layers of \`${basename(directory)}\` as ${use} with one scale per ${block_size} weights (compressed-tensors, int-quantized).\n`;
  return (existsSync(path) ? readText(path) : `# ${basename(directory)}\n`) + note;
}
