/** Sequence: the steps of several pre-tokenizers, one after the other. */
import { componentList, definePreTokenizer } from '../hf/component.ts';

export const sequence = definePreTokenizer({
  name: 'sequence',
  type: 'Sequence',
  read(json, place, build) {
    const parts = componentList(json, 'pretokenizers', place).map((part, i) =>
      build(part, `${place}.pretokenizers[${i}]`),
    );
    return {
      steps: parts.flatMap((part) => part.steps),
      toJSON: () => ({ type: 'Sequence', pretokenizers: parts.map((part) => part.toJSON()) }),
    };
  },
});
