/** Builds a pre-tokenizer from its JSON. One row per supported type. */
import { buildComponent, type ComponentTable, componentList } from '../hf/component.ts';
import type { Json, PreTokenizer } from '../types.ts';
import { readByteLevel } from './byte-level.ts';
import { readSplit } from './split.ts';

const table: ComponentTable<PreTokenizer> = {
  ByteLevel: readByteLevel,
  Split: readSplit,
  Sequence: (json, place) =>
    sequence(
      componentList(json, 'pretokenizers', place).map((item, i) =>
        readPreTokenizer(item, `${place}.pretokenizers[${i}]`),
      ),
    ),
};

/** null: the whole text is one piece. */
export function readPreTokenizer(json: Json, place = 'pre_tokenizer'): PreTokenizer {
  return json === null ? whole : buildComponent('pre-tokenizer', table, json, place);
}

const whole: PreTokenizer = { byteLevel: false, split: (pieces) => pieces, toJSON: () => null };

function sequence(parts: readonly PreTokenizer[]): PreTokenizer {
  return {
    byteLevel: parts.some((part) => part.byteLevel),
    split: (pieces) => parts.reduce((current, part) => part.split(current), pieces),
    toJSON: () => ({ type: 'Sequence', pretokenizers: parts.map((part) => part.toJSON()) }),
  };
}
