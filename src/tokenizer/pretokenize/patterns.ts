/**
 * Named pre-tokenization patterns for training, each written as standard `Split`/`ByteLevel` components, so that
 * every library that reads tokenizer.json cuts text in the same way.
 */
import { unknownName } from '../../core/index.ts';
import type { Json } from '../types.ts';

/** GPT-2 (Radford et al. 2019); what `ByteLevel` with `use_regex` means. */
export const gpt2Regex = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** GPT-4's cl100k_base: contractions in any case, numbers in groups of three, newlines apart. */
export const gpt4Regex =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * One Han character. Literal ranges (radicals, ideographs, compatibility, planes 2 and 3), because Oniguruma and
 * JavaScript write script properties differently.
 */
const hanRegex =
  '[\u2E80-\u2FDF\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\u{20000}-\u{3FFFD}]';

function isolate(regex: string): Json {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
}

function bytes(useRegex: boolean): Json {
  return { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: useRegex };
}

/** Pattern name → `pre_tokenizer` of tokenizer.json. */
export const patterns = {
  gpt2: bytes(true),
  gpt4: { type: 'Sequence', pretokenizers: [isolate(gpt4Regex), bytes(false)] },
  /** Each Han character alone, so that a Chinese character is never more than one token; the rest as gpt4. */
  'han-char': { type: 'Sequence', pretokenizers: [isolate(hanRegex), isolate(gpt4Regex), bytes(false)] },
} as const satisfies Record<string, Json>;

export type PatternName = keyof typeof patterns;
export const patternNames = Object.keys(patterns) as PatternName[];

/**
 * @param pattern a name, or the source of a regular expression (Oniguruma syntax) whose matches are the pieces
 * @throws AthanorError('bad-input') for a word that is no known name
 */
export function patternJson(pattern: PatternName | (string & {})): Json {
  const known = patternNames.find((name) => name === pattern);
  if (known) return patterns[known];
  if (/^[a-z0-9_-]*$/i.test(pattern)) throw unknownName('pre-tokenization pattern', pattern, patternNames);
  return { type: 'Sequence', pretokenizers: [isolate(pattern), bytes(false)] };
}
