/** `--set key=value` of commands that train small models: values of the trainer's own schema. */
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { AthanorError, parse } from '../core/index.ts';

/** @param given values that flags of their own have set @throws AthanorError('bad-input') naming the key */
export function settingsOf<Output>(
  schema: z.ZodType<Output>,
  sets: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Output {
  const value: Record<string, unknown> = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
  for (const set of sets) {
    const equals = set.indexOf('=');
    if (equals <= 0)
      throw new AthanorError('bad-input', `--set ${set}: expected key=value`, {
        place: '--set',
        hint: 'For example --set epochs=20, or --set features.words=3.',
      });
    const path = set.slice(0, equals).trim().split('.');
    let at = value;
    for (const key of path.slice(0, -1)) {
      if (typeof at[key] !== 'object' || at[key] === null) at[key] = {};
      at = at[key] as Record<string, unknown>;
    }
    at[path[path.length - 1]!] = scalar(set.slice(equals + 1));
  }
  return parse(schema, value, '--set');
}

function scalar(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return text;
  }
}
