/** Runs a decoder of tokenizer.json on a list of tokens: all at once and token by token. */
import { compileDecoder } from '../../src/tokenizer/decoders/compile.ts';
import { readDecoder } from '../../src/tokenizer/decoders/read.ts';
import type { Json } from '../../src/tokenizer/types.ts';

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
