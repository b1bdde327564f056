/** The Unigram model of tokenizer.json: `{ type: 'Unigram', unk_id, vocab: [[token, score], …], byte_fallback }`. */
import { wellFormed } from '../byte-level.ts';
import { badFile, booleanAt, countAt, defineModel } from '../hf/component.ts';
import { type UnigramOptions, unigramModel } from '../unigram/model.ts';

export const unigram = defineModel({
  name: 'unigram',
  type: 'Unigram',
  read(json, place) {
    const vocab = readScoredVocab(json.vocab, `${place}.vocab`);
    const unkId = json.unk_id === undefined || json.unk_id === null ? undefined : countAt(json, 'unk_id', place);
    if (unkId !== undefined && unkId >= vocab.length)
      throw badFile(`${place}.unk_id`, `expected an id of the vocabulary (0 to ${vocab.length - 1})`, unkId);
    return unigramModel({ vocab, unkId, byteFallback: booleanAt(json, 'byte_fallback', place, false) });
  },
});

/** `[[token, score], …]`; the place in the list is the id. */
function readScoredVocab(json: unknown, place: string): UnigramOptions['vocab'] {
  if (!Array.isArray(json)) throw badFile(place, 'expected a list of [token, score]', json);
  const owners = new Map<string, number>();
  return json.map((item: unknown, id) => {
    const at = `${place}[${id}]`;
    if (!Array.isArray(item) || item.length !== 2) throw badFile(at, 'expected [token, score]', item);
    const [token, score] = item as [unknown, unknown];
    if (typeof token !== 'string' || wellFormed(token) !== token)
      throw badFile(`${at}[0]`, 'expected a string without lone surrogates', token);
    if (typeof score !== 'number' || !Number.isFinite(score)) throw badFile(`${at}[1]`, 'expected a number', score);
    const owner = owners.get(token);
    if (owner !== undefined) throw badFile(`${at}[0]`, `expected a token that is not yet there as [${owner}]`, token);
    owners.set(token, id);
    return [token, score] as const;
  });
}
