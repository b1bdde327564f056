/** Sets of code points as compact strings (tables.gen.ts): how they are read and asked. Knows no particular set. */

/** Called with first and last code point and the value of each range. */
type EachRange = (first: number, last: number, value: number) => void;

/** Ranges are `gap[-length][:value]` in base 36, see make_tables.py. */
function eachRange(encoded: string, each: EachRange): void {
  let next = 0;
  for (const part of encoded.split(',')) {
    const [, gap, length = '0', value = '1'] = /^(\w+)(?:-(\w+))?(?::(\w+))?$/.exec(part)!;
    const first = next + Number.parseInt(gap!, 36);
    const last = first + Number.parseInt(length, 36);
    each(first, last, Number.parseInt(value, 36));
    next = last + 1;
  }
}

/**
 * The value of a code point in a table, 0 outside. Pages of 256 code points are filled at the first question; pages
 * without a range share one.
 */
export function codePointTable(encoded: string): (codePoint: number) => number {
  let pages: Uint8Array[] | undefined;
  return (codePoint) => {
    pages ??= fillPages(encoded);
    return pages[codePoint >> 8]![codePoint & 255]!;
  };
}

function fillPages(encoded: string): Uint8Array[] {
  const empty = new Uint8Array(256);
  const pages = new Array<Uint8Array>(0x1100).fill(empty);
  eachRange(encoded, (first, last, value) => {
    for (let codePoint = first; codePoint <= last; codePoint++) {
      if (pages[codePoint >> 8] === empty) pages[codePoint >> 8] = new Uint8Array(256);
      pages[codePoint >> 8]![codePoint & 255] = value;
    }
  });
  return pages;
}

/** Membership in a set. */
export function codePointSet(encoded: string): (codePoint: number) => boolean {
  const table = codePointTable(encoded);
  return (codePoint) => table(codePoint) !== 0;
}

/** The inside of a character class `[…]` (flag `u`) with the members of a set. */
export function classOf(encoded: string): string {
  const hex = (codePoint: number) => `\\u{${codePoint.toString(16)}}`;
  let inside = '';
  eachRange(encoded, (first, last) => {
    inside += first === last ? hex(first) : `${hex(first)}-${hex(last)}`;
  });
  return inside;
}

/** A value that is made at its first use: tables cost nothing to those who do not need them. */
export function lazy<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
