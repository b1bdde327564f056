/** Metaspace decoder: the mark becomes a space, in the first token nothing where one was put in front of the text. */
import { badFile, booleanAt, defineDecoder, stringAt } from '../hf/component.ts';
import type { TokenSink } from '../types.ts';
import { mapStep } from './steps.ts';

const schemes = ['first', 'never', 'always'] as const;

export const metaspaceDecoder = defineDecoder({
  name: 'metaspace',
  type: 'Metaspace',
  read(json, place) {
    const mark = stringAt(json, 'replacement', place, '▁');
    if ([...mark].length !== 1) throw badFile(`${place}.replacement`, 'expected one character', mark);
    const scheme = readScheme(json, place);
    const split = booleanAt(json, 'split', place, true);
    const dropped = scheme !== 'never';
    const map = (token: string, first: boolean) => token.replaceAll(mark, first && dropped ? '' : ' ');
    const open = (next: TokenSink): TokenSink => {
      let first = true;
      return {
        // The mark is one character, so pieces of a token can be changed by themselves.
        write: (text) => next.write(map(text, first)),
        end() {
          first = false;
          next.end();
        },
        finish() {
          first = true;
          next.finish();
        },
      };
    };
    return {
      steps: [mapStep(map, { open, joined: (token) => map(token, true) })],
      toJSON: () => ({ type: 'Metaspace', replacement: mark, prepend_scheme: scheme, split }),
    };
  },
});

/** Files before tokenizers 0.15 have `add_prefix_space` instead; false with another scheme is a contradiction there. */
function readScheme(json: Readonly<Record<string, unknown>>, place: string): (typeof schemes)[number] {
  const name = json.prepend_scheme ?? 'always';
  const scheme = schemes.find((known) => known === name);
  if (!scheme) throw badFile(`${place}.prepend_scheme`, 'expected "first", "never" or "always"', name);
  if (booleanAt(json, 'add_prefix_space', place, true) || scheme === 'never') return scheme;
  if (json.prepend_scheme === undefined) return 'never';
  throw badFile(`${place}.add_prefix_space`, `expected true with prepend_scheme "${scheme}"`, false);
}
