/** UTF-8 that comes in pieces. Knows no vocabulary. */
import { incompleteTail } from '../byte-level.ts';

/** A byte-order mark is text like any other; bytes that are not UTF-8 become U+FFFD. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Bytes → text: a character appears when its last byte has come. */
export interface Utf8Stream {
  /** Nothing is held back. */
  readonly isEmpty: boolean;
  push(bytes: Uint8Array): string;
  /** What was held back (an unfinished character becomes U+FFFD); starts afresh. */
  flush(): string;
}

export function utf8Stream(): Utf8Stream {
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
    get isEmpty() {
      return length === 0;
    },
    push(bytes) {
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
}

/** All bytes at once: the same text as a stream's. */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** The text of bytes that are UTF-8 by themselves; else null. */
export function decodeWhole(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
