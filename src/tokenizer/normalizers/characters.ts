/** What normalizers share that look at one character at a time: both tiers out of one mapping. */
import type { Json, Normalizer } from '../types.ts';

/**
 * @param normalize the mapping over a whole text, with native functions
 * @param map the same for one code point: '' drops it, undefined leaves it
 */
export function characterNormalizer(
  normalize: (text: string) => string,
  map: (codePoint: number) => string | undefined,
  json: Json,
): Normalizer {
  return { normalize, align: (text) => text.mapCharacters(map), toJSON: () => json };
}
