/** Strip decoder: takes up to `start` characters off the front of each token and up to `stop` off its end. */
import { badFile, countAt, defineDecoder, stringAt } from '../hf/component.ts';
import type { TokenSink } from '../types.ts';
import { mapStep } from './steps.ts';

export const strip = defineDecoder({
  name: 'strip',
  type: 'Strip',
  read(json, place) {
    const content = stringAt(json, 'content', place);
    if ([...content].length !== 1) throw badFile(`${place}.content`, 'expected one character', content);
    const start = countAt(json, 'start', place, 0);
    const stop = countAt(json, 'stop', place, 0);
    const map = (token: string) => {
      const from = countAtStart(token, content, start);
      return token.slice(from, Math.max(from, token.length - countAtEnd(token, content, stop)));
    };
    return {
      steps: [mapStep(map, { open: (next) => open(next, content, start, stop) })],
      toJSON: () => ({ type: 'Strip', content, start, stop }),
    };
  },
});

/** Code units at the start that are `content`, of at most `limit` of them. */
function countAtStart(text: string, content: string, limit: number): number {
  let at = 0;
  for (let i = 0; i < limit && text.startsWith(content, at); i++) at += content.length;
  return at;
}

function countAtEnd(text: string, content: string, limit: number): number {
  let at = text.length;
  for (let i = 0; i < limit && at > 0 && text.endsWith(content, at); i++) at -= content.length;
  return text.length - at;
}

/** Of a token of any length only what may be its end is held back. */
function open(next: TokenSink, content: string, start: number, stop: number): TokenSink {
  let toStrip = start;
  let held = '';
  return {
    write(text) {
      const cut = toStrip > 0 ? countAtStart(text, content, toStrip) : 0;
      // The first other character ends the front.
      toStrip = cut < text.length ? 0 : toStrip - cut / content.length;
      if (stop === 0) {
        next.write(text.slice(cut));
        return;
      }
      held += text.slice(cut);
      const tail = countAtEnd(held, content, stop);
      next.write(held.slice(0, held.length - tail));
      held = held.slice(held.length - tail);
    },
    end() {
      held = '';
      toStrip = start;
      next.end();
    },
    finish() {
      held = '';
      toStrip = start;
      next.finish();
    },
  };
}
