/** How much of a list of texts (lines, paragraphs) occurred in it before. */
import { countCharacters } from '../document.ts';

/** Parts that occurred before (the first of equal ones does not count), and their characters. */
export function measureDuplicates(parts: readonly string[]): { readonly parts: number; readonly characters: number } {
  const seen = new Set<string>();
  let count = 0;
  let characters = 0;
  for (const part of parts) {
    if (seen.size !== seen.add(part).size) continue;
    count++;
    characters += countCharacters(part);
  }
  return { parts: count, characters };
}
