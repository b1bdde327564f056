/**
 * Sets of code points as a regular expression writes them: ranges, Unicode properties, unions, complements. Evaluated a
 * page of 256 code points at a time, so that a pattern costs only the parts of Unicode that its texts use.
 */
import { propertyPage } from '../unicode/properties.ts';

export type CharSet =
  | { readonly kind: 'ranges'; readonly ranges: readonly (readonly [from: number, to: number])[] }
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'not'; readonly of: CharSet }
  | { readonly kind: 'any-of'; readonly sets: readonly CharSet[] }
  | { readonly kind: 'all-of'; readonly sets: readonly CharSet[] };

export const anyChar: CharSet = { kind: 'ranges', ranges: [[0, 0x10ffff]] };

export function ranges(...pairs: (readonly [number, number])[]): CharSet {
  return { kind: 'ranges', ranges: pairs };
}

export function property(name: string): CharSet {
  return { kind: 'property', name };
}

export function not(of: CharSet): CharSet {
  return of.kind === 'not' ? of.of : { kind: 'not', of };
}

export function anyOf(sets: readonly CharSet[]): CharSet {
  return sets.length === 1 ? sets[0]! : { kind: 'any-of', sets };
}

export function allOf(sets: readonly CharSet[]): CharSet {
  return sets.length === 1 ? sets[0]! : { kind: 'all-of', sets };
}

/** Equal sets written alike have equal keys. */
export function keyOf(set: CharSet): string {
  switch (set.kind) {
    case 'ranges':
      return set.ranges.map(([from, to]) => `${from}-${to}`).join(',');
    case 'property':
      return `\\p{${set.name}}`;
    case 'not':
      return `^(${keyOf(set.of)})`;
    case 'any-of':
      return `(${set.sets.map(keyOf).join('|')})`;
    case 'all-of':
      return `(${set.sets.map(keyOf).join('&')})`;
  }
}

/** Membership of the code points 256·page … 256·page + 255: 1 or 0. The result may be shared: read only. */
export function pageOf(set: CharSet, page: number): Uint8Array {
  if (set.kind === 'property') return propertyPage(set.name, page);
  const out = new Uint8Array(256);
  const first = page * 256;
  if (set.kind === 'ranges') {
    for (const [from, to] of set.ranges)
      if (from < first + 256 && to >= first) out.fill(1, Math.max(0, from - first), Math.min(256, to - first + 1));
  } else if (set.kind === 'not') {
    const of = pageOf(set.of, page);
    for (let i = 0; i < 256; i++) out[i] = 1 - of[i]!;
  } else {
    const pages = set.sets.map((part) => pageOf(part, page));
    const all = set.kind === 'all-of';
    for (let i = 0; i < 256; i++) out[i] = (all ? pages.every((one) => one[i]) : pages.some((one) => one[i])) ? 1 : 0;
  }
  return out;
}
