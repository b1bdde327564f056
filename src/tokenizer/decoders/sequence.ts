/** Sequence: several decoders, one after the other. */
import { componentList, defineDecoder } from '../hf/component.ts';

export const sequence = defineDecoder({
  name: 'sequence',
  type: 'Sequence',
  read(json, place, build) {
    const parts = componentList(json, 'decoders', place).map((item, i) => build(item, `${place}.decoders[${i}]`));
    return {
      steps: parts.flatMap((part) => part.steps),
      toJSON: () => ({ type: 'Sequence', decoders: parts.map((part) => part.toJSON()) }),
    };
  },
});
