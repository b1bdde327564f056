/** `{ token: id }` of a model in tokenizer.json. */
import { asObject, badFile } from './component.ts';

/** @throws AthanorError('bad-file') naming the JSON path of an id that is no id, or is given twice */
export function readVocabulary(json: unknown, place: string): Map<string, number> {
  const vocab = new Map<string, number>();
  const entries = asObject(json, place);
  const limit = Object.keys(entries).length * 4 + 100_000; // a gap this wide is no vocabulary, and only costs memory
  const owners: (string | undefined)[] = [];
  for (const token in entries) {
    const id = entries[token];
    const at = () => `${place}[${JSON.stringify(token)}]`;
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > limit)
      throw badFile(at(), `expected an id from 0 to ${limit}`, id);
    const owner = owners[id as number];
    if (owner !== undefined)
      throw badFile(at(), `expected an id of its own, as ${JSON.stringify(owner)} has it already`, id);
    owners[id as number] = token;
    vocab.set(token, id as number);
  }
  return vocab;
}
