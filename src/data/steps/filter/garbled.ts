/**
 * Drops documents that are not text: lost or unassigned characters, symbols, encoded data, words of mixed scripts, rare
 * Han characters (Chinese in the wrong encoding), one character again and again.
 * Origin: the sign of each is known from broken conversions (Unicode FAQ on UTF-8; ftfy's notes): the limits are ours, measured on clean text in 32 languages (docs/data/cleaning.md). Run
 * `fix-mojibake` before, which repairs what can be repaired.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { measureGarbling } from '../../text/garbling.ts';

const share = z.number().min(0).max(1).nullable();

const config = z.strictObject({
  max_replacement: share
    .default(0.005)
    .describe('Largest share of U+FFFD, the mark of lost characters; null: no limit, here and below'),
  max_nontext: share
    .default(0.005)
    .describe('Largest share of private-use, unassigned, control characters and halves of pairs'),
  max_symbols: share.default(0.35).describe('Largest share of punctuation and symbols'),
  max_mixed_words: share.default(0.1).describe('Largest share of words that mix Cyrillic with Latin or Greek letters'),
  max_improbable_words: share
    .default(0.3)
    .describe(
      'Largest share of Latin words of 6 letters and more without vowels, with 6 consonants in a row, or with capitals inside that change often',
    ),
  max_long_words: share
    .default(0.3)
    .describe('Largest share of characters in runs of 100 and more without space or ideograph (encoded data)'),
  max_rare_han: share
    .default(0.15)
    .describe('Largest share of Han characters that are neither in GB 2312 nor in level 1 of Big5, from 20 on'),
  min_entropy: z
    .number()
    .min(0)
    .nullable()
    .default(1.5)
    .describe('Smallest entropy of characters, in bits, for texts of 100 characters and more'),
});

export const garbled = defineStep({
  name: 'garbled',
  kind: 'filter',
  version: 1,
  config,
  describe: () => 'Documents of lost, unassigned or improbable characters dropped',
  each: (options, context) => (document) => {
    const found = measureGarbling(document.text);
    const rules: readonly (readonly [string, number, number | null])[] = [
      ['replacement-characters', found.replacement, options.max_replacement],
      ['nontext-characters', found.nontext, options.max_nontext],
      ['symbols', found.symbols, options.max_symbols],
      ['mixed-scripts', found.mixedWords, options.max_mixed_words],
      ['improbable-words', found.improbableWords, options.max_improbable_words],
      ['encoded-data', found.longWords, options.max_long_words],
      ['rare-ideographs', found.rareHan, options.max_rare_han],
    ];
    for (const [reason, value, most] of rules)
      if (most !== null && value > most) return context.drop(document, reason, `${value.toFixed(4)} > ${most}`);
    if (options.min_entropy !== null && found.entropy < options.min_entropy)
      return context.drop(document, 'low-entropy', `${found.entropy.toFixed(2)} bits < ${options.min_entropy}`);
    return document;
  },
});
