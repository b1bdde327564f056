/**
 * What an architecture is: config keys, cross-field rules, forward pass. One `defineModel` per `<arch>/index.ts`.
 * Knows nothing of training, caches or files: those come in through `ModelContext` (context.ts) and `node.ts`.
 */

import type { z } from 'zod';
import { AthanorError, parse } from '../core/index.ts';
import { type Tensor, withScope } from '../graph/index.ts';
import type { ModelContext } from './context.ts';

/** The sizes that caches, planners and counters need, whatever the architecture calls them. */
export interface ModelDims {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Longest sequence, tokens. */
  readonly maxLength: number;
}

/** An architecture with its numbers filled in: everything above `models/` works with this. */
export interface Model {
  /** `model_type` in config.json and `type` in recipes. */
  readonly type: string;
  /** Hugging Face class name, `architectures[0]` in config.json. */
  readonly architecture: string;
  /** Complete, with Hugging Face's keys. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly dims: ModelDims;
  /** Hidden states after the final norm, [N, D] with N = B·T. */
  forward(context: ModelContext): Tensor;
  /** Vocabulary logits [R, V] of hidden states [R, D]. */
  logits(context: ModelContext, hidden_RD: Tensor): Tensor;
  /** The tensor's name in this model for a name found in a file; undefined: not a weight, ignore it. */
  tensorName(fileName: string): string | undefined;
}

/** What `defineModel` returns: makes `Model`s from config values. */
export interface ModelArchitecture {
  readonly name: string;
  readonly architecture: string;
  readonly describe: string;
  /** Strict schema with Hugging Face's keys; keys with a derived default are optional here. */
  readonly config: z.ZodObject;
  /**
   * @param fields values for `config`
   * @param place where they come from, for messages (`config.json`, `recipe.yaml: stages[2].pretrain.model`)
   * @throws AthanorError('bad-input') naming the field
   */
  create(fields: unknown, place: string): Model;
}

interface Definition<Schema extends z.ZodObject, Config extends Record<string, unknown>> {
  readonly name: string;
  readonly architecture: string;
  readonly describe: string;
  readonly config: Schema;
  /** Fills derived defaults and checks fields against each other with `requireField`. */
  complete(fields: z.output<Schema>): Config;
  dims(config: Config): ModelDims;
  forward(context: ModelContext, config: Config): Tensor;
  logits(context: ModelContext, config: Config, hidden_RD: Tensor): Tensor;
  tensorName?(fileName: string, config: Config): string | undefined;
}

/** Defines an architecture; adding `<arch>/index.ts` registers it. */
export function defineModel<Schema extends z.ZodObject, Config extends Record<string, unknown>>(
  definition: Definition<Schema, Config>,
): ModelArchitecture {
  const { name, architecture, describe, config: schema } = definition;
  function create(fields: unknown, place: string): Model {
    const parsed = parse(schema as unknown as z.ZodType<z.output<Schema>>, fields, place);
    const config = inPlace(place, () => definition.complete(parsed));
    return {
      type: name,
      architecture,
      config,
      dims: definition.dims(config),
      forward: (context) => withScope(name, () => definition.forward(context, config)),
      logits: (context, hidden_RD) => withScope('lm_head', () => definition.logits(context, config, hidden_RD)),
      tensorName: (fileName) => (definition.tensorName ? definition.tensorName(fileName, config) : fileName),
    };
  }
  return { name, architecture, describe, config: schema, create };
}

/** Cross-field check of a config: `message` names the fields and their values. */
export function requireField(condition: boolean, field: string, message: string, hint?: string): asserts condition {
  if (!condition) throw new AthanorError('bad-input', `${field}: ${message}`, { hint, values: { path: [field] } });
}

/** Runs `complete` and puts the config's place on its errors. */
function inPlace<Result>(place: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof AthanorError) || error.place !== undefined) throw error;
    const { code, message, hint, values, cause } = error;
    throw new AthanorError(code, message, { place, hint, values, cause });
  }
}
