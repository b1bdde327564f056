/**
 * Lowercase: Rust's `char::to_lowercase` of each character (Unicode 17): no context, so no final sigma, and no locale.
 */
import { lazy } from '../characters/ranges.ts';
import { lateLowerPairs } from '../characters/tables.gen.ts';
import { defineNormalizer } from '../hf/component.ts';
import { characterNormalizer } from './characters.ts';

/** Capitals newer than Unicode 14, which an older engine leaves alone. */
const lateLower = lazy(() => {
  const read = (code: string) => String.fromCodePoint(Number.parseInt(code, 36));
  return new Map(lateLowerPairs.split(',').map((pair) => pair.split(':').map(read) as [string, string]));
});
const lateCapitals = lazy(() => new RegExp(`[${[...lateLower().keys()].join('')}]`, 'gu'));

/** JavaScript writes a sigma at the end of a word as ς; every Σ becomes σ here. */
export function lowerText(text: string): string {
  return text
    .replaceAll('Σ', 'σ')
    .replace(lateCapitals(), (capital) => lateLower().get(capital)!)
    .toLowerCase();
}

export function lowerCharacter(codePoint: number): string | undefined {
  if (codePoint < 0x80) return codePoint >= 0x41 && codePoint <= 0x5a ? String.fromCharCode(codePoint + 32) : undefined;
  const character = String.fromCodePoint(codePoint);
  const lower = lateLower().get(character) ?? character.toLowerCase();
  return lower === character ? undefined : lower;
}

export const lowercase = defineNormalizer({
  name: 'lowercase',
  type: 'Lowercase',
  read: () => characterNormalizer(lowerText, lowerCharacter, { type: 'Lowercase' }),
});
