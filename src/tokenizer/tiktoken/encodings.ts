/**
 * The encodings that tiktoken knows by name (tiktoken_ext/openai_public.py of PyPI's tiktoken 0.14): pattern and special
 * tokens. The ranks are files of their own; which one, `ranks` says.
 */
import { gpt2Regex, gpt4Regex, o200kRegex } from '../pre-tokenizers/patterns.ts';

export interface TiktokenEncoding {
  /** Name of the rank file: several encodings share one. */
  readonly ranks: string;
  /** In Oniguruma's syntax, cutting texts as tiktoken's own expression does. */
  readonly pattern: string;
  readonly specialTokens: Readonly<Record<string, number>>;
}

const endOfText = '<|endoftext|>';
const endOfPrompt = '<|endofprompt|>';
const fim = (first: number) => ({
  '<|fim_prefix|>': first,
  '<|fim_middle|>': first + 1,
  '<|fim_suffix|>': first + 2,
});

const harmony: readonly (readonly [string, number])[] = [
  ['<|startoftext|>', 199998],
  [endOfText, 199999],
  ['<|return|>', 200002],
  ['<|constrain|>', 200003],
  ['<|channel|>', 200005],
  ['<|start|>', 200006],
  ['<|end|>', 200007],
  ['<|message|>', 200008],
  ['<|call|>', 200012],
  [endOfPrompt, 200018],
];

/** Every other id from 200000 to 201087 is reserved. tiktoken has a second name for 200018, which no text uses. */
function harmonyTokens(): Record<string, number> {
  const named = new Set(harmony.map(([, id]) => id));
  const tokens: Record<string, number> = Object.fromEntries(harmony);
  for (let id = 200000; id < 201088; id++) if (!named.has(id)) tokens[`<|reserved_${id}|>`] = id;
  return tokens;
}

export const tiktokenEncodings = {
  gpt2: { ranks: 'r50k_base', pattern: gpt2Regex, specialTokens: { [endOfText]: 50256 } },
  r50k_base: { ranks: 'r50k_base', pattern: gpt2Regex, specialTokens: { [endOfText]: 50256 } },
  p50k_base: { ranks: 'p50k_base', pattern: gpt2Regex, specialTokens: { [endOfText]: 50256 } },
  p50k_edit: { ranks: 'p50k_base', pattern: gpt2Regex, specialTokens: { [endOfText]: 50256, ...fim(50281) } },
  cl100k_base: {
    ranks: 'cl100k_base',
    pattern: gpt4Regex,
    specialTokens: { [endOfText]: 100257, ...fim(100258), [endOfPrompt]: 100276 },
  },
  o200k_base: {
    ranks: 'o200k_base',
    pattern: o200kRegex,
    specialTokens: { [endOfText]: 199999, [endOfPrompt]: 200018 },
  },
  o200k_harmony: { ranks: 'o200k_base', pattern: o200kRegex, specialTokens: harmonyTokens() },
} as const satisfies Record<string, TiktokenEncoding>;

export type TiktokenName = keyof typeof tiktokenEncodings;
export const tiktokenNames = Object.keys(tiktokenEncodings) as TiktokenName[];
