/** ByteLevel decoder: every token is bytes; characters appear when their last byte has come. */
import { incompleteTail, tokenToBytes } from '../byte-level.ts';
import type { CompiledDecoder, Decoder, Json, TokenTable } from '../types.ts';

const encoder = new TextEncoder();
const empty = new Uint8Array(0);
/** A byte-order mark is text like any other; bytes that are not UTF-8 become U+FFFD. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export function readByteLevelDecoder(json: Json): Decoder {
  return { compile, toJSON: () => json };
}

function compile(table: TokenTable): CompiledDecoder {
  const cache: (Uint8Array | undefined)[] = [];
  const bytesOf = (id: number): Uint8Array => {
    const known = cache[id];
    if (known) return known;
    const token = table.token(id);
    let bytes: Uint8Array = empty;
    // Added tokens are written as they are; so is a model's token that is not in the byte alphabet.
    if (token) bytes = (token.added ? undefined : tokenToBytes(token.content)) ?? encoder.encode(token.content);
    cache[id] = bytes;
    return bytes;
  };
  return {
    byteLength: (id) => bytesOf(id).length,
    decode(ids) {
      let length = 0;
      for (const id of ids) length += bytesOf(id).length;
      const all = new Uint8Array(length);
      let at = 0;
      for (const id of ids) {
        const bytes = bytesOf(id);
        for (let i = 0; i < bytes.length; i++) all[at++] = bytes[i]!;
      }
      return utf8.decode(all);
    },
    stream() {
      let pending = new Uint8Array(64);
      let length = 0;
      const take = (count: number): string => {
        if (count === 0) return '';
        const text = utf8.decode(pending.subarray(0, count));
        pending.copyWithin(0, count, length);
        length -= count;
        return text;
      };
      return {
        push(id) {
          const bytes = bytesOf(id);
          if (length + bytes.length > pending.length) {
            const larger = new Uint8Array((length + bytes.length) * 2);
            larger.set(pending.subarray(0, length));
            pending = larger;
          }
          pending.set(bytes, length);
          length += bytes.length;
          return take(length - incompleteTail(pending, length));
        },
        flush: () => take(length),
      };
    },
  };
}
