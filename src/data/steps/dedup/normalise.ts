/** What two texts are compared by: shared by the deduplication steps. */
import { z } from 'zod';

export const normaliseOption = z
  .enum(['none', 'whitespace', 'loose'])
  .default('loose')
  .describe(
    'What is compared: the text as it is; with white space unified; or letters and digits only, folded (NFKC, lower case)',
  );
export type Normalise = z.output<typeof normaliseOption>;

export function normaliser(how: Normalise): (text: string) => string {
  if (how === 'none') return (text) => text;
  if (how === 'whitespace') return (text) => text.replace(/\s+/gu, ' ').trim();
  return loose;
}

// Scripts written without spaces: there a space or a mark says nothing about the words.
const SPACELESS = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}]';
const BESIDE_SPACELESS = new RegExp(`(?<=${SPACELESS}) | (?=${SPACELESS})`, 'gu');

function loose(text: string): string {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
  return words.includes(' ') ? words.replace(BESIDE_SPACELESS, '') : words;
}
