/** BPEDecoder: the end-of-word suffix becomes a space, in the last token nothing. */
import { defineDecoder, stringAt } from '../hf/component.ts';
import type { TokenSink } from '../types.ts';
import { replaceLiteral } from './steps.ts';

export const bpeDecoder = defineDecoder({
  name: 'bpe-decoder',
  type: 'BPEDecoder',
  read(json, place) {
    const suffix = stringAt(json, 'suffix', place, '</w>');
    const spaced = (token: string) => replaceLiteral(token, suffix, ' ');
    return {
      steps: [
        {
          open: (next) => open(next, suffix),
          inner: (token, joined) => (joined ? replaceLiteral(token, suffix, '') : spaced(token)),
        },
      ],
      toJSON: () => ({ type: 'BPEDecoder', suffix }),
    };
  },
});

/** A token waits from its first suffix on until another comes, or none. */
function open(next: TokenSink, suffix: string): TokenSink {
  let token = '';
  let waiting: string | undefined;
  const release = (replacement: string) => {
    if (waiting === undefined) return;
    next.write(replaceLiteral(waiting, suffix, replacement));
    next.end();
    waiting = undefined;
  };
  return {
    write(text) {
      token += text;
    },
    end() {
      release(' ');
      const at = token.indexOf(suffix);
      next.write(at < 0 ? token : token.slice(0, at));
      if (at < 0) next.end();
      else waiting = token.slice(at);
      token = '';
    },
    finish() {
      release('');
      token = '';
      next.finish();
    },
  };
}
