/** Runs a decoder of tokenizer.json on a list of tokens: all at once and token by token. */
import { expect } from 'vitest';
import { compileDecoder } from '../../src/tokenizer/decoders/compile.ts';
import { readDecoder } from '../../src/tokenizer/decoders/read.ts';
import type { Json, StreamDecoder } from '../../src/tokenizer/types.ts';

/** @returns the text, what every push of a stream gave and then its flush, and the bytes of every token */
export function decoded(
  json: Json,
  tokens: readonly string[],
): { readonly text: string; readonly pushed: string[]; readonly bytes: number[] } {
  const decoder = compileDecoder(readDecoder(json), { idLimit: tokens.length, token: (id) => tokens[id] });
  const ids = tokens.map((_, id) => id);
  const stream = decoder.stream();
  const pushed = [...ids.map((id) => stream.push(id)), stream.flush()];
  return { text: decoder.decode(ids), pushed, bytes: ids.map((id) => decoder.byteLength(id)) };
}

/** What Llama 2's tokenizer.json has as decoder. */
export const llamaDecoder = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};

/** Asserts that a stream gives prefixes of the whole text, in whole characters, and all of it in the end. */
export function expectPrefixes(stream: StreamDecoder, ids: readonly number[], whole: string): void {
  let text = '';
  for (const id of ids) {
    text += stream.push(id);
    expect(whole.startsWith(text)).toBe(true);
    expect(/[\uD800-\uDBFF]$/.test(text)).toBe(false);
  }
  expect(text + stream.flush()).toBe(whole);
}
