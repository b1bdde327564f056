/** Reads `model` of tokenizer.json. One row per supported type. */
import { AthanorError } from '../../core/index.ts';
import { bpe } from '../bpe/encode.ts';
import type { Json, Model } from '../types.ts';
import { asObject, badFile, buildComponent, type ComponentTable } from './component.ts';

export interface ModelContext {
  /** The pre-tokenizer ends in ByteLevel. */
  readonly byteLevel: boolean;
}

/** @throws AthanorError('bad-file') naming the JSON path; ('unsupported') for a model or setting not known here */
export function readModel(json: Json, context: ModelContext): Model {
  const table: ComponentTable<Model> = { BPE: (model, place) => readBpe(model, place, context) };
  const object = asObject(json, 'model');
  // Files written before 2020 have no type; BPE is the model that has merges.
  return buildComponent(
    'model',
    table,
    object.type === undefined && 'merges' in object ? { ...object, type: 'BPE' } : object,
    'model',
  );
}

function readBpe(json: Readonly<Record<string, unknown>>, place: string, context: ModelContext): Model {
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix', 'dropout', 'byte_fallback']) {
    if (json[key]) throw unsupported(`${place}.${key}`, json[key]);
  }
  if (json.unk_token !== undefined && json.unk_token !== null && typeof json.unk_token !== 'string') {
    throw badFile(`${place}.unk_token`, 'expected a string or null', json.unk_token);
  }
  return bpe(
    {
      vocab: readVocab(json.vocab, `${place}.vocab`),
      merges: readMerges(json.merges, `${place}.merges`),
      unkToken: json.unk_token ?? undefined,
      fuseUnk: json.fuse_unk === true,
      ignoreMerges: json.ignore_merges === true,
      byteLevel: context.byteLevel,
    },
    place,
  );
}

function unsupported(place: string, value: unknown): AthanorError {
  return new AthanorError('unsupported', `tokenizer.json: ${place}: ${JSON.stringify(value)} is not supported yet`, {
    place,
    hint: 'Supported: BPE without prefixes, suffixes, dropout and byte fallback (byte-level BPE and character tokenizers).',
  });
}

/** `{ token: id }` with distinct ids. */
function readVocab(json: unknown, place: string): Map<string, number> {
  const vocab = new Map<string, number>();
  const entries = Object.entries(asObject(json, place));
  const limit = entries.length * 4 + 100_000; // a gap this wide is no vocabulary, and would only cost memory
  const owners: (string | undefined)[] = [];
  for (const [token, id] of entries) {
    const at = `${place}[${JSON.stringify(token)}]`;
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > limit)
      throw badFile(at, `expected an id from 0 to ${limit}`, id);
    const owner = owners[id as number];
    if (owner !== undefined)
      throw badFile(at, `expected an id of its own, as ${JSON.stringify(owner)} has it already`, id);
    owners[id as number] = token;
    vocab.set(token, id as number);
  }
  return vocab;
}

/** `["a", "b"]` pairs (since tokenizers 0.20) or `"a b"` lines. */
function readMerges(json: unknown, place: string): [string, string][] {
  if (!Array.isArray(json)) throw badFile(place, 'expected a list', json);
  return json.map((item: unknown, i) => {
    const pair = typeof item === 'string' ? item.split(' ') : item;
    const isPair = Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
    if (!isPair) throw badFile(`${place}[${i}]`, 'expected ["left", "right"] or "left right"', item);
    return pair as [string, string];
  });
}
