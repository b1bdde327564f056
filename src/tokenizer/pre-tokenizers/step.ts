/** A pre-tokenizer of one step that cuts and changes nothing. */
import type { Json, PreTokenizer, PreTokenizerStep } from '../types.ts';

export function cuttingPreTokenizer(cut: NonNullable<PreTokenizerStep['cut']>, json: Json): PreTokenizer {
  return { steps: [{ cut }], toJSON: () => json };
}
