/** Normalizers: what is done to the text before it is cut. One row per supported type. */
import { buildComponent, type ComponentTable, componentList } from './hf/component.ts';
import type { Json, Normalizer } from './types.ts';

const form = (name: 'NFC' | 'NFD' | 'NFKC' | 'NFKD') => (): Normalizer => ({
  normalize: (text) => text.normalize(name),
  toJSON: () => ({ type: name }),
});

const table: ComponentTable<Normalizer> = {
  NFC: form('NFC'),
  NFD: form('NFD'),
  NFKC: form('NFKC'),
  NFKD: form('NFKD'),
  Sequence: (json, place) => {
    const parts = componentList(json, 'normalizers', place).map((item, i) =>
      buildComponent('normalizer', table, item, `${place}.normalizers[${i}]`),
    );
    return {
      normalize: (text) => parts.reduce((current, part) => part.normalize(current), text),
      toJSON: () => ({ type: 'Sequence', normalizers: parts.map((part) => part.toJSON()) }),
    };
  },
};

/** null: no normalizer. */
export function readNormalizer(json: Json, place = 'normalizer'): Normalizer | undefined {
  return json === null ? undefined : buildComponent('normalizer', table, json, place);
}
