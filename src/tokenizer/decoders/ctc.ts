/** CTC decoder, of speech models: repeated tokens are one, the padding is nothing, the word delimiter a space. */
import { booleanAt, defineDecoder, stringAt } from '../hf/component.ts';
import type { TokenSink } from '../types.ts';
import { replaceLiteral } from './steps.ts';
import { cleanUp } from './word-piece.ts';

export const ctc = defineDecoder({
  name: 'ctc',
  type: 'CTC',
  read(json, place) {
    const padToken = stringAt(json, 'pad_token', place, '<pad>');
    const delimiter = stringAt(json, 'word_delimiter_token', place, '|');
    const clean = booleanAt(json, 'cleanup', place, true);
    const inner = (token: string) => {
      const text = replaceLiteral(token, padToken, '');
      // Without cleanup the delimiter stays too (HF decoders/ctc.rs).
      return clean ? replaceLiteral(cleanUp(text), delimiter, ' ') : text;
    };
    return {
      steps: [{ open: (next) => open(next, inner), inner }],
      toJSON: () => ({ type: 'CTC', pad_token: padToken, word_delimiter_token: delimiter, cleanup: clean }),
    };
  },
});

function open(next: TokenSink, inner: (token: string) => string): TokenSink {
  let token = '';
  let previous: string | undefined;
  return {
    write(text) {
      token += text;
    },
    end() {
      const text = token === previous ? '' : inner(token);
      previous = token;
      token = '';
      if (text === '') return;
      next.write(text);
      next.end();
    },
    finish() {
      token = '';
      previous = undefined;
      next.finish();
    },
  };
}
