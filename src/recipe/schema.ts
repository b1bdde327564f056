/** Composes the stage owners' schemas into the recipe's; knows no field of any stage but `name`. */
import { z } from 'zod';
import { AthanorError, formatPath, parse, schemaError, unknownName } from '../core/index.ts';
import type { StageConfig, StageDefinition } from './define.ts';
import { stages } from './stages/registry.gen.ts';

export type StageKind = keyof typeof stages;
export const stageKinds = Object.keys(stages) as readonly StageKind[];
export const stageOf = (kind: StageKind): StageDefinition => stages[kind];

/** A recipe as the user writes it, before references are resolved. */
export interface Recipe {
  readonly name: string;
  readonly seed: number;
  readonly plugins: readonly string[];
  readonly stages: readonly ParsedStage[];
}

export interface ParsedStage {
  readonly kind: StageKind;
  readonly config: StageConfig;
}

const nameSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u, 'expected a name: letters, digits, dot, dash and underscore');

const headShape = {
  name: nameSchema.describe('Name of the recipe; runs are named after it.'),
  seed: z.int().nonnegative().default(0).describe('Seed of everything random in every stage.'),
  plugins: z.array(z.string()).default([]).describe('Files with definitions of your own (not yet supported).'),
};

/** The whole recipe as one schema: for documentation, JSON Schema and editors. Parsing is `parseRecipe`. */
export const recipeSchema = z.strictObject({
  ...headShape,
  stages: z
    .array(z.union(stageKinds.map((kind) => z.strictObject({ [kind]: stageOf(kind).schema }))))
    .min(1)
    .describe('The stages in order; each item has one key, the stage’s kind.'),
});

const outlineSchema = z.strictObject({
  ...headShape,
  stages: z.array(z.record(z.string(), z.unknown())).min(1, 'expected at least one stage'),
});

/**
 * Checks a recipe value, stage by stage, so that an error names the stage's own field.
 * @param place the file, or what else the value is
 * @throws AthanorError('bad-input'); `values.path` is the path of the offending value
 */
export function parseRecipe(value: unknown, place: string): Recipe {
  const outline = parse(outlineSchema, value, place);
  if (outline.plugins.length > 0)
    throw new AthanorError('unsupported', 'plugins: definitions from outside are not supported yet', {
      place,
      hint: 'Remove the key `plugins`.',
      values: { path: ['plugins'] },
    });
  return { ...outline, stages: outline.stages.map((item, index) => parseStage(item, index, place)) };
}

function parseStage(item: Record<string, unknown>, index: number, place: string): ParsedStage {
  const kinds = Object.keys(item);
  if (kinds.length !== 1)
    throw new AthanorError('bad-input', `stages[${index}]: expected one key, the stage's kind, found ${kinds.length}`, {
      place,
      hint: `Write one list item per stage, for example \`- ${stageKinds[0]}: { … }\`. Kinds: ${stageKinds.join(', ')}.`,
      values: { path: ['stages', index] },
    });
  const kind = kinds[0]!;
  if (!(kind in stages)) {
    const error = unknownName('stage kind', kind, stageKinds);
    const values = { ...error.values, path: ['stages', index], key: kind };
    throw new AthanorError('bad-input', `stages[${index}]: ${error.message}`, { place, hint: error.hint, values });
  }
  const given = item[kind] ?? {};
  const path = ['stages', index, kind];
  if (typeof given !== 'object' || Array.isArray(given))
    throw new AthanorError('bad-input', `${formatPath(path)}: expected an object with the stage's fields`, {
      place,
      values: { path },
    });
  const named = { name: kind, ...given };
  const schema = stageOf(kind as StageKind).schema;
  const result = schema.safeParse(named);
  if (!result.success) throw prefixed(schemaError(result.error, schema, place, named), path);
  const name = nameSchema.safeParse(result.data.name);
  if (!name.success) throw prefixed(schemaError(name.error, nameSchema, place), [...path, 'name']);
  return { kind: kind as StageKind, config: result.data };
}

/** The same error with `path` put before the path in its message and values. */
function prefixed(error: AthanorError, path: readonly PropertyKey[]): AthanorError {
  const inner = (error.values.path ?? []) as readonly PropertyKey[];
  const innerText = formatPath(inner);
  const rest =
    innerText && error.message.startsWith(`${innerText}: `) ? error.message.slice(innerText.length + 2) : error.message;
  return new AthanorError(error.code, `${formatPath([...path, ...inner])}: ${rest}`, {
    place: error.place,
    hint: error.hint,
    values: { ...error.values, path: [...path, ...inner] },
  });
}

/** Types a recipe that is written in JavaScript or TypeScript: `export default defineRecipe({ … })`. */
export function defineRecipe(recipe: z.input<typeof recipeSchema>): z.input<typeof recipeSchema> {
  return recipe;
}
