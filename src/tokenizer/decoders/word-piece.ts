/** WordPiece decoder: a space before every token that does not continue a word; optionally none before punctuation. */
import { booleanAt, defineDecoder, stringAt } from '../hf/component.ts';
import { mapStep } from './steps.ts';

export const wordPieceDecoder = defineDecoder({
  name: 'word-piece',
  type: 'WordPiece',
  read(json, place) {
    const prefix = stringAt(json, 'prefix', place, '##');
    const clean = booleanAt(json, 'cleanup', place, true);
    const map = (token: string, first: boolean): string => {
      const spaced = first ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      return clean ? cleanUp(spaced) : spaced;
    };
    const joined = (token: string) => (clean ? cleanUp(token) : token);
    return { steps: [mapStep(map, { joined })], toJSON: () => ({ type: 'WordPiece', prefix, cleanup: clean }) };
  },
});

/** In this order (HF decoders/wordpiece.rs). */
const artifacts: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** Takes out the spaces that tokenization put into English. */
export function cleanUp(text: string): string {
  if (!text.includes(' ')) return text;
  return artifacts.reduce((current, [from, to]) => current.replaceAll(from, to), text);
}
