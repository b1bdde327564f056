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

/** Llama 3's: the same expression as cl100k_base. */
export const llama3Regex = gpt4Regex;

/** GPT-4o's o200k_base: words end where small letters end, contractions stay with their word, `/` with line ends. */
export const o200kRegex =
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Qwen 2, 2.5 and 3: as cl100k_base, but every digit alone. */
export const qwen2Regex =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** DeepSeek-V3's three cuts: numbers in groups of three, runs of Chinese characters and kana, then the rest. */
export const deepseekV3Regexes = [
  '\\p{N}{1,3}',
  '[一-龥\u3040-ゟ゠-ヿ]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
] as const;

/**
 * One Han character. Literal ranges (radicals, ideographs, compatibility, planes 2 and 3), because Oniguruma and
 * JavaScript write script properties differently.
 */
const hanRegex =
  '[\u2E80-\u2FDF\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\u{20000}-\u{3FFFD}]';

function isolate(regex: string) {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
}

function bytes(useRegex: boolean) {
  return { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: useRegex };
}

const sequence = (...regexes: readonly string[]) =>
  ({ type: 'Sequence', pretokenizers: [...regexes.map(isolate), bytes(false)] }) as const;

/** Pattern name → `pre_tokenizer` of tokenizer.json. */
export const patterns = {
  gpt2: bytes(true),
  gpt4: sequence(gpt4Regex),
  o200k: sequence(o200kRegex),
  llama3: sequence(llama3Regex),
  qwen2: sequence(qwen2Regex),
  'deepseek-v3': sequence(...deepseekV3Regexes),
  /** Each Han character alone, so that a Chinese character is never more than one token; the rest as gpt4. */
  'han-char': sequence(hanRegex, gpt4Regex),
} as const satisfies Record<string, Json>;

export type PatternName = keyof typeof patterns;
export const patternNames = Object.keys(patterns) as PatternName[];

export interface PatternOptions {
  /** Every digit becomes a piece of its own, before the pattern is asked. Default false. */
  readonly splitDigits?: boolean;
}

/**
 * @param pattern a name, or the source of a regular expression (Oniguruma syntax) whose matches are the pieces
 * @returns `pre_tokenizer` of tokenizer.json
 * @throws AthanorError('bad-input') for a word that is no known name
 */
export function patternJson(pattern: PatternName | (string & {}), { splitDigits = false }: PatternOptions = {}): Json {
  const known = patternNames.find((name) => name === pattern);
  if (!known && /^[a-z0-9_-]*$/i.test(pattern)) throw unknownName('pre-tokenization pattern', pattern, patternNames);
  const json: Readonly<Record<string, unknown>> = known ? patterns[known] : sequence(pattern);
  if (!splitDigits) return json;
  const rest = json.type === 'Sequence' ? (json.pretokenizers as readonly Json[]) : [json];
  return { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, ...rest] };
}
