/** ByteLevel: GPT-2's pre-tokenizer: optional space in front, optional GPT-2 pattern; the model then sees bytes. */
import type { Json, PreTokenizer } from '../types.ts';
import { gpt2Regex } from './patterns.ts';
import { translateRegex } from './regex-syntax.ts';
import { cutter } from './split.ts';

export interface ByteLevelOptions {
  readonly addPrefixSpace: boolean;
  readonly useRegex: boolean;
  /** Concerns offsets only; kept so that a file is written as it was read. */
  readonly trimOffsets: boolean;
}

export function byteLevel(options: ByteLevelOptions): PreTokenizer {
  const cut = options.useRegex ? cutter(translateRegex(gpt2Regex, 'gpt2'), 'Isolated', false) : undefined;
  return {
    byteLevel: true,
    split: (pieces) => {
      const spaced = options.addPrefixSpace
        ? pieces.map((piece) => (piece.startsWith(' ') ? piece : ` ${piece}`))
        : pieces;
      if (!cut) return spaced;
      return spaced.length === 1 ? cut(spaced[0]!) : spaced.flatMap(cut);
    },
    toJSON: (): Json => ({
      type: 'ByteLevel',
      add_prefix_space: options.addPrefixSpace,
      trim_offsets: options.trimOffsets,
      use_regex: options.useRegex,
    }),
  };
}

/** The missing keys have Hugging Face's defaults. */
export function readByteLevel(json: Readonly<Record<string, unknown>>): PreTokenizer {
  return byteLevel({
    addPrefixSpace: json.add_prefix_space !== false,
    trimOffsets: json.trim_offsets !== false,
    useRegex: json.use_regex !== false,
  });
}
