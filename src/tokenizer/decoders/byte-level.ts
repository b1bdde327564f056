/** ByteLevel decoder: every token is bytes in GPT-2's alphabet; all of them are one text. */
import { tokenToBytes } from '../byte-level.ts';
import { booleanAt, defineDecoder } from '../hf/component.ts';
import type { DecoderStep, TokenSink } from '../types.ts';
import { utf8Stream } from './utf8-stream.ts';

export const byteLevelDecoder = defineDecoder({
  name: 'byte-level',
  type: 'ByteLevel',
  read(json, place) {
    // The settings are the pre-tokenizer's; they are kept so that a file is written as it was read.
    const settings = {
      add_prefix_space: booleanAt(json, 'add_prefix_space', place, true),
      trim_offsets: booleanAt(json, 'trim_offsets', place, true),
      use_regex: booleanAt(json, 'use_regex', place, true),
    };
    return { steps: [step], toJSON: () => ({ type: 'ByteLevel', ...settings }) };
  },
});

const encoder = new TextEncoder();

/** A token with any character outside the alphabet is written as it is: all of it, as in Hugging Face's. */
const bytesOf = (token: string): Uint8Array => tokenToBytes(token) ?? encoder.encode(token);

const step: DecoderStep = { open, bytes: bytesOf, inner: (token) => bytesOf(token).length, joins: true };

function open(next: TokenSink): TokenSink {
  const text = utf8Stream();
  let token = '';
  return {
    write(part) {
      token += part;
    },
    end() {
      next.write(text.push(bytesOf(token)));
      token = '';
    },
    finish() {
      next.write(text.flush());
      next.end();
      next.finish();
    },
  };
}
