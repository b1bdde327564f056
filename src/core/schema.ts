/** Validation of outside values with zod, reported as `AthanorError` with the path and a did-you-mean. */
import type { z } from 'zod';
import { AthanorError, nearest } from './errors.ts';

/**
 * Parses `value` with `schema`.
 * @param place what the value is, put before the path of the offending field (e.g. `recipe.yaml`)
 * @throws AthanorError('bad-input') naming the first offending field, what was expected, and a suggestion
 */
export function parse<Output>(schema: z.ZodType<Output>, value: unknown, place: string): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw schemaError(result.error, schema, place, value);
}

/**
 * Turns a zod error into ours; one issue is the message (`path`, unknown `key`, `expected` type in `values`), all are in
 * `values.issues`.
 * @param value what was parsed: tells which branch of a union is meant when keys are suggested
 */
export function schemaError(error: z.ZodError, schema: z.ZodType, place: string, value?: unknown): AthanorError {
  // A mistyped key is also a missing one: the unknown key is the better message.
  const issues = error.issues.map(deepest);
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  const path = formatPath(issue.path);
  let message = issue.message;
  let hint: string | undefined;
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path, value);
    const near = nearest(issue.keys[0]!, known);
    message = `unknown key '${issue.keys[0]}'`;
    hint = `${near ? `Did you mean '${near}'? ` : ''}${known.length > 0 ? `Known keys: ${known.join(', ')}.` : ''}`;
  }
  return new AthanorError('bad-input', `${path ? `${path}: ` : ''}${message}`, {
    place,
    hint,
    values: {
      path: issue.path,
      key: issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined,
      expected: issue.code === 'invalid_type' ? issue.expected : undefined,
      issues: error.issues,
    },
  });
}

/** A union reports one nested issue list per branch: follow the branch that got furthest. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const branches = issue.errors.filter((branch) => branch.length > 0).map((branch) => deepest(branch[0]!));
  const best = branches.sort((a, b) => b.path.length - a.path.length)[0];
  if (!best || best.path.length === 0) return issue;
  return { ...best, path: [...issue.path, ...best.path] } as z.core.$ZodIssue;
}

/** `stages[2].pretrain.lr` from `['stages', 2, 'pretrain', 'lr']`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) text += typeof key === 'number' ? `[${key}]` : `${text ? '.' : ''}${String(key)}`;
  return text;
}

/** The keys of the object schema at `path`, where it can be found; of a union, of the branches that `value` may mean. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  let current = branches(schema, value);
  let inner = value;
  for (const key of path) {
    inner = isRecord(inner) ? inner[key] : undefined;
    current = current.flatMap((one) => {
      const next = childOf(one, String(key));
      return next === undefined ? [] : branches(next, inner);
    });
  }
  return [...new Set(current.flatMap((one) => (one.type === 'object' ? Object.keys(one.shape) : [])))];
}

/** What a schema is made of. Read instead of asking `instanceof`, so that an error's path alone does not load zod. */
type Definition = z.core.$ZodTypes['_zod']['def'];

const definitionOf = (schema: z.core.$ZodType): Definition => (schema as z.core.$ZodTypes)._zod.def;

/** The schema of one field or entry. */
function childOf(definition: Definition, key: string): z.core.$ZodType | undefined {
  if (definition.type === 'object') return definition.shape[key];
  if (definition.type === 'array') return definition.element;
  return definition.type === 'record' ? definition.valueType : undefined;
}

/** A schema without its wrappers; of a union, the options whose constants (`use: …`) do not contradict the value. */
function branches(schema: z.core.$ZodType, value: unknown): Definition[] {
  const inner = unwrap(schema);
  if (inner.type !== 'union') return [inner];
  const options = inner.options.flatMap((option) => branches(option, value));
  const fitting = options.filter((option) => !contradicts(option, value));
  return fitting.length > 0 ? fitting : options;
}

function contradicts(option: Definition, value: unknown): boolean {
  if (option.type !== 'object' || !isRecord(value)) return false;
  return Object.entries(option.shape).some(([key, field]) => {
    const constant = unwrap(field);
    return constant.type === 'literal' && value[key] !== undefined && !constant.values.includes(value[key] as never);
  });
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

function unwrap(schema: z.core.$ZodType): Definition {
  let current = definitionOf(schema);
  while (
    current.type === 'optional' ||
    current.type === 'default' ||
    current.type === 'nullable' ||
    current.type === 'prefault'
  )
    current = definitionOf(current.innerType);
  return current;
}
