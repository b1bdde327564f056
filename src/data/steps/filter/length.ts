/**
 * Drops documents that are too short or too long, in characters, words, sentences, lines, bytes or tokens.
 * Origin: the length rules of C4 (5 sentences), Gopher (50 to 100,000 words) and ChineseWebText (200 characters). Words
 * of Chinese are ideographs. No limit by default: set at least one. `min-length` is this step with characters only.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { countCharacters, fieldOf } from '../../document.ts';
import { defineStep } from '../../step.ts';
import { countLines } from '../../text/lines.ts';
import { countSentences } from '../../text/sentences.ts';
import { openTokenizer, plainText, tokenizerFiles } from '../../text/step-tokenizer.ts';
import { countWords } from '../../text/words.ts';

const units = ['characters', 'words', 'sentences', 'lines', 'bytes', 'tokens'] as const;

const config = z.strictObject({
  unit: z.enum(units).default('characters').describe('What is counted; blank lines do not count as lines'),
  min: z.int().min(0).optional().describe('Shortest length kept, in units'),
  max: z.int().min(0).optional().describe('Longest length kept, in units'),
  tokenizer: z.string().optional().describe('For `tokens`: directory, file or name of the tokenizer'),
  field: z.string().default('text').describe('What is measured: `text`, or a field of meta such as `title`'),
});

export const length = defineStep({
  name: 'length',
  kind: 'filter',
  version: 2,
  config,
  files: ({ unit, tokenizer }, baseDir) => (unit === 'tokens' ? tokenizerFiles(tokenizer, baseDir) : []),
  describe: ({ unit, min, max, field }) =>
    `${field} has ${min === undefined ? '' : `at least ${min}`}${min === undefined || max === undefined ? '' : ' and '}${max === undefined ? '' : `at most ${max}`} ${unit}`,
  async each(options, context) {
    if (options.min === undefined && options.max === undefined)
      throw new AthanorError('bad-input', 'length: expected min or max, found neither', {
        place: 'length',
        hint: 'Set the shortest (min) or the longest length (max) that is kept.',
      });
    const measure = await measureOf(options, context.baseDir);
    return (document) => {
      const value = fieldOf(document, options.field);
      const found = typeof value === 'string' ? measure(value) : 0;
      const { min = 0, max = Number.POSITIVE_INFINITY } = options;
      if (found >= min && found <= max) return document;
      const [reason, limit] = found < min ? (['too-short', `< ${min}`] as const) : (['too-long', `> ${max}`] as const);
      return context.drop(document, reason, `${options.field} has ${found} ${options.unit} ${limit}`);
    };
  },
});

async function measureOf(
  { unit, tokenizer }: z.output<typeof config>,
  baseDir: string,
): Promise<(text: string) => number> {
  if (unit === 'characters') return countCharacters;
  if (unit === 'words') return countWords;
  if (unit === 'sentences') return countSentences;
  if (unit === 'bytes') return (text) => Buffer.byteLength(text);
  if (unit === 'lines') return countLines;
  const opened = await openTokenizer(tokenizer, baseDir, 'length');
  return (text) => opened.count(text, plainText);
}
