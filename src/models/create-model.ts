/** Models from recipes and from Hugging Face's config.json. Knows the registry; no files. */
import { z } from 'zod';
import { AthanorError, unknownName } from '../core/index.ts';
import type { Model, ModelArchitecture } from './define-model.ts';
import { models } from './registry.gen.ts';

export type ModelType = keyof typeof models;
export const modelTypes = Object.keys(models) as ModelType[];

/** The architecture of that name. @throws AthanorError('bad-input') with a suggestion */
function architectureOf(type: string, place: string): ModelArchitecture {
  const found = (models as Readonly<Record<string, ModelArchitecture>>)[type];
  if (!found) throw unknownName('model type', type, modelTypes, { place });
  return found;
}

/** A model as a recipe describes it: `type` and config keys; the vocabulary's size comes from the tokenizer. */
export type ModelSpec = { readonly type: ModelType } & Readonly<Record<string, unknown>>;

/** `model:` of a recipe: strict, `vocab_size` optional. Derived defaults are filled in by `createModel`. */
export const modelSpecSchema: z.ZodType<ModelSpec> = z
  .discriminatedUnion(
    'type',
    Object.values(models as Readonly<Record<string, ModelArchitecture>>).map((architecture) =>
      architecture.config
        .partial({ vocab_size: true })
        .extend({ type: z.literal(architecture.name).describe(architecture.describe) }),
    ) as unknown as [z.ZodObject, ...z.ZodObject[]],
  )
  .describe(
    'The architecture and its sizes, with the keys of Hugging Face configs.',
  ) as unknown as z.ZodType<ModelSpec>;

/**
 * A model from a recipe's `model:` value.
 * @throws AthanorError('bad-input') naming the field
 */
export function createModel(spec: Readonly<Record<string, unknown>>, place = 'model'): Model {
  const { type, ...fields } = spec;
  return architectureOf(String(type), place).create(fields, place);
}

/** Keys of config.json that change the computation in a way we do not have: refused unless they hold the neutral value. */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
  pretraining_tp: [1],
  num_experts: [0],
  num_local_experts: [0],
  sliding_window: [],
  scale_attn_weights: [true],
  scale_attn_by_inverse_layer_idx: [false],
  reorder_and_upcast_attn: [false, true],
  add_cross_attention: [false],
  partial_rotary_factor: [1],
};

/**
 * A model from the content of Hugging Face's config.json; unknown keys are left to `extra`.
 * @param place the file's path
 */
export function modelFromConfig(json: unknown, place: string): { model: Model; extra: Record<string, unknown> } {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new AthanorError('bad-file', `${place} is not a JSON object`, { place });
  const config: Record<string, unknown> = { ...json };
  if (typeof config.model_type !== 'string')
    throw new AthanorError('bad-file', `${place} has no model_type`, {
      place,
      hint: `Known: ${modelTypes.join(', ')}.`,
    });
  const architecture = architectureOf(config.model_type, place);
  unifyRope(config);
  for (const [key, allowed] of Object.entries(neutral)) {
    const value = config[key];
    if (value !== undefined && value !== null && !allowed.includes(value))
      throw new AthanorError('unsupported', `${key} = ${JSON.stringify(value)} is not supported`, { place });
  }
  const fields: Record<string, unknown> = {};
  const extra: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    if (key in architecture.config.shape) {
      if (value !== null) fields[key] = value;
    } else extra[key] = value;
  }
  return { model: architecture.create(fields, place), extra };
}

/** Newer configs keep the rotary settings in `rope_parameters`. */
function unifyRope(config: Record<string, unknown>): void {
  const nested = config.rope_parameters;
  if (nested === null || typeof nested !== 'object') return;
  const { rope_theta, ...scaling } = nested as Record<string, unknown>;
  config.rope_theta ??= rope_theta;
  if (scaling.rope_type !== undefined && scaling.rope_type !== 'default') config.rope_scaling ??= scaling;
  delete config.rope_parameters;
}

/** The content of config.json for a model: keys of Hugging Face, `extra` (token ids, …) first. */
export function modelToConfig(model: Model, extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ...extra,
    architectures: [model.architecture],
    model_type: model.type,
    torch_dtype: extra.torch_dtype ?? 'float32',
    ...model.config,
  };
}
