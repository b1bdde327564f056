/**
 * Unicode 16.0's properties of code points by the names that regular expressions use (`L`, `Nd`, `White_Space`,
 * `Script=Han`), a page of 256 code points at a time. Both referees, Hugging Face's tokenizers 0.23 and tiktoken 0.14,
 * follow Unicode 16 (measured over all code points); JavaScript engines follow 15 to 17, and the same text must give
 * the same ids on all of them. So: the engine's tables, without what came after 16.
 */

/** Assigned in Unicode 17.0: first and last code points in turn. */
const newer: readonly number[] = [
  0x088f, 0x088f, 0x0c5c, 0x0c5c, 0x0cdc, 0x0cdc, 0x1acf, 0x1add, 0x1ae0, 0x1aeb, 0x20c1, 0x20c1, 0x2b96, 0x2b96,
  0xa7ce, 0xa7cf, 0xa7d2, 0xa7d2, 0xa7d4, 0xa7d4, 0xa7f1, 0xa7f1, 0xfbc3, 0xfbd2, 0xfd90, 0xfd91, 0xfdc8, 0xfdce,
  0x10940, 0x10959, 0x10ec5, 0x10ec7, 0x10ed0, 0x10ed8, 0x10efa, 0x10efb, 0x11b60, 0x11b67, 0x11db0, 0x11ddb, 0x11de0,
  0x11de9, 0x16ea0, 0x16eb8, 0x16ebb, 0x16ed3, 0x16ff2, 0x16ff6, 0x187f8, 0x187ff, 0x18d09, 0x18d1e, 0x18d80, 0x18df2,
  0x1ccfa, 0x1ccfc, 0x1ceba, 0x1ced0, 0x1cee0, 0x1cef0, 0x1e6c0, 0x1e6de, 0x1e6e0, 0x1e6f5, 0x1e6fe, 0x1e6ff, 0x1f6d8,
  0x1f6d8, 0x1f777, 0x1f77a, 0x1f8d0, 0x1f8d8, 0x1fa54, 0x1fa57, 0x1fa8a, 0x1fa8a, 0x1fa8e, 0x1fa8e, 0x1fac8, 0x1fac8,
  0x1facd, 0x1facd, 0x1faea, 0x1faea, 0x1faef, 0x1faef, 0x1fbfa, 0x1fbfa, 0x2b73a, 0x2b73f, 0x2cea2, 0x2cead, 0x323b0,
  0x33479,
];

/** The same as ranges: not assigned yet, so in no property but `Cn`. */
export const postdating: readonly (readonly [number, number])[] = Array.from({ length: newer.length / 2 }, (_, i) => [
  newer[2 * i]!,
  newer[2 * i + 1]!,
]);

/** What an unassigned code point is: in no other property. */
const unassigned = new Set(['C', 'Cn', 'Unassigned', 'Other', 'Any', 'gc=Cn', 'gc=C']);

/** Changed its category in Unicode 17: a small letter in 16 (ʕ). */
const pharyngeal = 0x0295;

const pages = new Map<string, (Uint8Array | undefined)[]>();
const expressions = new Map<string, RegExp>();

/** Whether `\p{name}` is a property here. */
export function isProperty(name: string): boolean {
  try {
    expressionOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Membership of the code points 256·page … 256·page + 255: 1 or 0. Shared: read only. */
export function propertyPage(name: string, page: number): Uint8Array {
  const known = pages.get(name) ?? [];
  pages.set(name, known);
  const cached = known[page];
  if (cached) return cached;
  const expression = expressionOf(name);
  const members = new Uint8Array(256);
  for (let i = 0; i < 256; i++) {
    const code = page * 256 + i;
    // Surrogates stand for nothing: texts are well-formed when they are cut.
    if (code < 0xd800 || code > 0xdfff) members[i] = expression.test(String.fromCodePoint(code)) ? 1 : 0;
  }
  for (let i = 0; i < newer.length; i += 2)
    for (let code = Math.max(newer[i]!, page * 256); code <= Math.min(newer[i + 1]!, page * 256 + 255); code++)
      members[code & 255] = unassigned.has(name) ? 1 : 0;
  if (pharyngeal >> 8 === page && (name === 'Ll' || name === 'Lo')) members[pharyngeal & 255] = name === 'Ll' ? 1 : 0;
  known[page] = members;
  return members;
}

function expressionOf(name: string): RegExp {
  const expression = expressions.get(name) ?? new RegExp(`^\\p{${name}}$`, 'u');
  expressions.set(name, expression);
  return expression;
}
