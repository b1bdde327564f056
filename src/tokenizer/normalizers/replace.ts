/** Replace: every match of a string or an expression becomes a text, taken literally. */
import { defineNormalizer, stringAt } from '../hf/component.ts';
import { readPattern } from '../pattern.ts';

export const replace = defineNormalizer({
  name: 'replace',
  type: 'Replace',
  read(json, place) {
    const pattern = readPattern(json.pattern, `${place}.pattern`);
    const content = stringAt(json, 'content', place);
    const { literal } = pattern;
    const join = (text: string) => {
      const matches = pattern.matches(text);
      if (matches.length === 0) return text;
      let out = '';
      let end = 0;
      for (let i = 0; i < matches.length; i += 2) {
        out += text.slice(end, matches[i]!) + content;
        end = matches[i + 1]!;
      }
      return out + text.slice(end);
    };
    return {
      normalize: literal === undefined || literal === '' ? join : (text) => text.replaceAll(literal, () => content),
      align: (text) => text.replace(pattern.matches(text.text), content),
      toJSON: () => ({ type: 'Replace', pattern: pattern.json, content }),
    };
  },
});
