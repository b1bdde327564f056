/** `crawl.json`: the rules that a crawl was begun under, and its round. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { hashValue, readJson, writeJson } from '../../core/node.ts';
import { type CrawlOptions, rulesOf } from './options.ts';

const schema = z.strictObject({
  format: z.literal('athanor-crawl'),
  schema: z.literal(1),
  name: z.string(),
  round: z.int().positive(),
  rules: z.record(z.string(), z.unknown()),
});
export type CrawlState = z.output<typeof schema>;

const pathIn = (directory: string): string => join(directory, 'crawl.json');

/**
 * The state of the crawl that lies here, or of a new one.
 * @throws AthanorError('bad-input') where it was begun under other rules
 */
export function openState(directory: string, options: CrawlOptions): CrawlState {
  const path = pathIn(directory);
  const rules = rulesOf(options);
  const fresh: CrawlState = { format: 'athanor-crawl', schema: 1, name: options.name, round: 1, rules };
  if (!existsSync(path)) {
    writeJson(path, fresh);
    return fresh;
  }
  const parsed = schema.safeParse(readJson(path));
  if (!parsed.success)
    throw new AthanorError('bad-file', `${path} is not the state of a crawl`, {
      place: path,
      hint: 'Choose another name.',
    });
  const state = parsed.data;
  const changed = Object.keys(rules).filter((key) => hashValue(state.rules[key]) !== hashValue(rules[key]));
  if (changed.length > 0) {
    throw new AthanorError(
      'bad-input',
      `crawl '${options.name}' was begun under other rules: ${changed.join(', ')} differ`,
      {
        place: path,
        hint: 'Choose another name, or put the old values back; limits, pauses and seeds may change.',
        values: { changed, before: Object.fromEntries(changed.map((key) => [key, state.rules[key]])) },
      },
    );
  }
  return state;
}

export function saveState(directory: string, state: CrawlState): void {
  writeJson(pathIn(directory), state);
}
