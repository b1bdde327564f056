/** Prepend: a text in front of what is not empty (Llama 2's ▁). */
import { defineNormalizer, stringAt } from '../hf/component.ts';

export const prepend = defineNormalizer({
  name: 'prepend',
  type: 'Prepend',
  read(json, place) {
    const content = stringAt(json, 'prepend', place);
    return {
      normalize: (text) => (text === '' ? '' : content + text),
      align: (text) => text.prepend(content),
      toJSON: () => ({ type: 'Prepend', prepend: content }),
    };
  },
});
