/** Vocabularies that are written as `{ token: id }`. Knows no model. */
import { wellFormed } from '../byte-level.ts';
import { asObject, badFile } from '../hf/component.ts';

export interface Vocab {
  readonly ids: ReadonlyMap<string, number>;
  /** By id; undefined where an id has no token. */
  readonly tokens: readonly (string | undefined)[];
}

/** @throws AthanorError('bad-file') naming the entry: an id that is none, or that another token has already */
export function readVocab(json: unknown, place: string): Vocab {
  const entries = Object.entries(asObject(json, place));
  const limit = entries.length * 4 + 100_000; // a gap this wide is no vocabulary, and would only cost memory
  const ids = new Map<string, number>();
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of entries) {
    const at = `${place}[${JSON.stringify(token)}]`;
    if (wellFormed(token) !== token) throw badFile(at, 'expected a token without lone surrogates', token);
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > limit)
      throw badFile(at, `expected an id from 0 to ${limit}`, id);
    const owner = tokens[id as number];
    if (owner !== undefined)
      throw badFile(at, `expected an id of its own, as ${JSON.stringify(owner)} has it already`, id);
    tokens[id as number] = token;
    ids.set(token, id as number);
  }
  return { ids, tokens };
}

/** The tokens of a list, in their places. */
export function listVocab(tokens: readonly string[]): Vocab {
  return { ids: new Map(tokens.map((token, id) => [token, id])), tokens };
}

/** `{ token: id }` in the order of the ids, as Hugging Face writes it. */
export function vocabJson({ tokens }: Vocab): Record<string, number> {
  // Not by assignment: a token may be called __proto__.
  return Object.fromEntries(tokens.flatMap((token, id) => (token === undefined ? [] : [[token, id]])));
}
