/** Sequence: normalizers one after the other. */
import { componentList, defineNormalizer } from '../hf/component.ts';

export const sequence = defineNormalizer({
  name: 'sequence',
  type: 'Sequence',
  read(json, place, build) {
    const parts = componentList(json, 'normalizers', place).map((part, i) => build(part, `${place}.normalizers[${i}]`));
    return {
      normalize: (text) => parts.reduce((current, part) => part.normalize(current), text),
      align: (text) => parts.reduce((current, part) => part.align(current), text),
      toJSON: () => ({ type: 'Sequence', normalizers: parts.map((part) => part.toJSON()) }),
    };
  },
});
