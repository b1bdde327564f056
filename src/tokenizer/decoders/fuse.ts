/** Fuse: one token of all. */
import { defineDecoder } from '../hf/component.ts';
import type { DecoderStep } from '../types.ts';

export const fuse = defineDecoder({
  name: 'fuse',
  type: 'Fuse',
  read: () => ({ steps: [step], toJSON: () => ({ type: 'Fuse' }) }),
});

const step: DecoderStep = {
  open: (next) => ({
    write: (text) => next.write(text),
    end: () => undefined,
    finish() {
      next.end();
      next.finish();
    },
  }),
  inner: (token) => token,
  joins: true,
};
