/**
 * `--set key=value`: changes one value of a recipe before it is checked, so that the same schema types it.
 * Keys: `seed`, `stages.2.data.name`, `stages.pretrain.lr`, `pretrain.lr`, `base.lr` (a stage by its name),
 * `data.steps.near-dedup.threshold` (an item of a list by index, or by its `use`, `name` or `type`).
 */
import { parse as parseYaml } from 'yaml';
import { AthanorError, unknownName } from '../core/index.ts';

export interface Override {
  readonly key: string;
  readonly text: string;
  /** Where the value went: `['stages', 2, 'pretrain', 'lr']`. */
  readonly path: readonly (string | number)[];
  /** Replaces the value. */
  readonly write: (value: unknown) => void;
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Applies the pairs to a copy of `value`; what was set is added to `applied`. */
export function applyOverrides(value: unknown, sets: readonly string[], applied: Override[]): unknown {
  const copy = structuredClone(value);
  for (const set of sets) {
    const equals = set.indexOf('=');
    if (equals <= 0)
      throw new AthanorError('bad-input', `--set ${set}: expected key=value`, {
        place: `--set ${set}`,
        hint: 'For example --set pretrain.max_steps=100.',
      });
    const key = set.slice(0, equals).trim();
    const text = set.slice(equals + 1);
    const path = findPath(copy, key, set);
    const write = (next: unknown) => writeAt(copy, path, next, set);
    write(scalar(text));
    applied.push({ key, text, path, write });
  }
  return copy;
}

/** `64` → number, `true` → boolean, `[1, 2]` → list, `{ use: int8 }` → object, anything else → the text. */
function scalar(text: string): unknown {
  try {
    return parseYaml(text) ?? (text.trim() === '' ? '' : null);
  } catch {
    return text;
  }
}

function findPath(recipe: unknown, key: string, set: string): (string | number)[] {
  const parts = key.replace(/\[(\d+)\]/g, '.$1').split('.');
  const head = parts[0]!;
  if (parts.length === 1 && ['name', 'seed', 'plugins'].includes(head)) return [head];
  const rest = head === 'stages' ? parts.slice(1) : parts;
  const stages = isObject(recipe) && Array.isArray(recipe.stages) ? (recipe.stages as unknown[]) : [];
  const [wanted, ...inner] = rest;
  if (wanted === undefined || wanted === '')
    throw new AthanorError('bad-input', `--set ${set}: the key names no stage`, { place: `--set ${set}` });
  const index = findStage(stages, wanted, set);
  const item = stages[index];
  const kind = isObject(item) ? Object.keys(item)[0] : undefined;
  if (kind === undefined) return ['stages', index, ...inner];
  // After an index, the kind may be spelled out: stages.2.pretrain.lr.
  const within = /^\d+$/.test(wanted) && inner[0] === kind ? inner.slice(1) : inner;
  if (within.length === 0)
    throw new AthanorError('bad-input', `--set ${set}: the key names a stage but no field of it`, {
      place: `--set ${set}`,
      hint: `For example ${key}.name=…`,
    });
  return ['stages', index, kind, ...resolveLists((item as Json)[kind], within)];
}

/** A stage by index, by name, or by a kind that occurs once. */
function findStage(stages: readonly unknown[], wanted: string, set: string): number {
  const entries = stages.map((item) => (isObject(item) ? (Object.entries(item)[0] ?? ['', {}]) : ['', {}]));
  const kinds = entries.map(([kind]) => kind as string);
  const names = entries.map(([kind, config]) =>
    isObject(config) && typeof config.name === 'string' ? config.name : (kind as string),
  );
  if (/^\d+$/.test(wanted) && Number(wanted) < stages.length) return Number(wanted);
  const byName = names.flatMap((name, index) => (name === wanted ? [index] : []));
  if (byName.length === 1) return byName[0]!;
  const byKind = kinds.flatMap((kind, index) => (kind === wanted ? [index] : []));
  if (byKind.length === 1) return byKind[0]!;
  if (byName.length + byKind.length > 1)
    throw new AthanorError('bad-input', `--set ${set}: '${wanted}' fits several stages`, {
      place: `--set ${set}`,
      hint: `Use a stage's own name (${names.join(', ')}) or its index.`,
    });
  throw unknownName('stage', wanted, [...new Set([...names, ...kinds])], { place: `--set ${set}` });
}

/** Turns the parts that stand for list items into indices. */
function resolveLists(config: unknown, parts: readonly string[]): (string | number)[] {
  const path: (string | number)[] = [];
  let current = config;
  for (const part of parts) {
    let key: string | number = part;
    if (Array.isArray(current)) {
      const found = current.findIndex((item) => isObject(item) && [item.use, item.name, item.type].includes(part));
      key = /^\d+$/.test(part) ? Number(part) : found >= 0 ? found : part;
    }
    path.push(key);
    current = (current as Json | undefined)?.[key as string];
  }
  return path;
}

function writeAt(recipe: unknown, path: readonly (string | number)[], value: unknown, set: string): void {
  let current = recipe as Json;
  const checkItem = (part: string | number) => {
    if (!Array.isArray(current) || typeof part === 'number') return;
    throw new AthanorError('bad-input', `--set ${set}: '${part}' is not an item of this list`, {
      place: `--set ${set}`,
      hint: 'Name an item by its index, or by its `use` or `name`.',
    });
  };
  for (const [i, part] of path.slice(0, -1).entries()) {
    checkItem(part);
    const next = current[part];
    if (next === undefined || next === null) current[part] = {};
    else if (typeof next !== 'object')
      throw new AthanorError(
        'bad-input',
        `--set ${set}: '${path.slice(0, i + 1).join('.')}' is a value, not an object`,
        {
          place: `--set ${set}`,
        },
      );
    current = current[part] as Json;
  }
  checkItem(path.at(-1)!);
  current[path.at(-1)!] = value;
}
