/**
 * What is compared of an encoded text: four CRC-32s, of the ids, offsets, tokens and decoded text. The same record as
 * tests/interop/tokenizer_referee.py makes; offsets are converted to the code points that Python counts.
 */
import { crc32 } from 'node:zlib';
import type { Encoding, Tokenizer } from '../../../src/tokenizer/types.ts';

/** uint32 of a record: number of tokens, then the CRCs in the order of `fields`. */
export const recordSize = 5;
export const fields = ['ids', 'offsets', 'tokens', 'text'] as const;
export type Field = (typeof fields)[number];

/** The referee gets U+FFFD where a text holds half a surrogate pair: JSON in UTF-8 cannot carry it. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** For every code unit (and the end) how many code points lie before it; undefined where the two counts are the same. */
export function codePointIndex(text: string): Int32Array | undefined {
  let pairs = false;
  for (let i = 0; i < text.length && !pairs; i++) pairs = (text.charCodeAt(i) & 0xfc00) === 0xd800;
  if (!pairs) return undefined;
  const index = new Int32Array(text.length + 1);
  let points = 0;
  for (let i = 0; i < text.length; i++) {
    index[i] = points;
    if ((text.codePointAt(i) ?? 0) > 0xffff) index[++i] = points;
    points++;
  }
  index[text.length] = points;
  return index;
}

/** Offsets in code points, flat. */
export function pointOffsets(text: string, offsets: Encoding['offsets']): Uint32Array {
  const index = codePointIndex(text);
  const flat = new Uint32Array(2 * offsets.length);
  offsets.forEach(([start, end], i) => {
    flat[2 * i] = index ? index[start]! : start;
    flat[2 * i + 1] = index ? index[end]! : end;
  });
  return flat;
}

export function record(tokenizer: Tokenizer, text: string, encoding: Encoding): number[] {
  return [
    encoding.ids.length,
    crc32(bytesOf(Uint32Array.from(encoding.ids))),
    crc32(bytesOf(pointOffsets(wellFormed(text), encoding.offsets))),
    crc32(encoding.tokens.join('\0')),
    crc32(tokenizer.decode(encoding.ids)),
  ];
}

/** Ids only, for a referee that knows nothing else. */
export function idRecord(tokenizer: Tokenizer, ids: readonly number[]): number[] {
  return [ids.length, crc32(bytesOf(Uint32Array.from(ids))), 0, 0, crc32(tokenizer.decode(ids))];
}

function bytesOf(list: Uint32Array): Uint8Array {
  return new Uint8Array(list.buffer, list.byteOffset, list.byteLength);
}
