/**
 * ByteLevel: GPT-2's pre-tokenizer: an optional space in front of every piece, an optional cut by GPT-2's pattern, then
 * every UTF-8 byte as a character of the byte alphabet, which is what the model sees.
 */
import { lazy } from '../characters/ranges.ts';
import { booleanAt, definePreTokenizer } from '../hf/component.ts';
import { bytesOfText, bytesOrItself } from '../normalizers/byte-level.ts';
import { compileRegex } from '../regex/matcher.ts';
import type { PreTokenizerStep } from '../types.ts';
import { gpt2Regex } from './patterns.ts';
import { splitSpans } from './spans.ts';

/** Both steps of a ByteLevel carry its options: `cut` puts the space in front and cuts, `map` writes bytes. */
export interface ByteLevelStep extends PreTokenizerStep {
  readonly byteLevel: { readonly addPrefixSpace: boolean; readonly useRegex: boolean };
  readonly part: 'cut' | 'map';
}

export function isByteLevelStep(step: PreTokenizerStep): step is ByteLevelStep {
  return 'byteLevel' in step;
}

const gpt2 = lazy(() => compileRegex(gpt2Regex, 'gpt2'));

export const byteLevel = definePreTokenizer({
  name: 'byte-level',
  type: 'ByteLevel',
  read(json, place) {
    const addPrefixSpace = booleanAt(json, 'add_prefix_space', place, true);
    // Concerns the post-processor of the same name; kept so that a file is written as it was read.
    const trimOffsets = booleanAt(json, 'trim_offsets', place, true);
    const useRegex = booleanAt(json, 'use_regex', place, true);
    const options = { addPrefixSpace, useRegex };
    const map: ByteLevelStep = {
      byteLevel: options,
      part: 'map',
      rewrite: bytesOfText,
      align: (text) => text.mapCharacters(bytesOrItself),
    };
    const cut: ByteLevelStep = {
      byteLevel: options,
      part: 'cut',
      ...(addPrefixSpace && {
        rewrite: (text: string) => (text.startsWith(' ') ? text : ` ${text}`),
        align: (text) => (text.text.startsWith(' ') ? text : text.prepend(' ')),
      }),
      ...(useRegex && { cut: (text: string) => splitSpans(text.length, gpt2().matches(text), 'Isolated') }),
    };
    return {
      steps: addPrefixSpace || useRegex ? [cut, map] : [map],
      toJSON: () => ({
        type: 'ByteLevel',
        add_prefix_space: addPrefixSpace,
        trim_offsets: trimOffsets,
        use_regex: useRegex,
      }),
    };
  },
});
