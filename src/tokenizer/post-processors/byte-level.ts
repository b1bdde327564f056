/** ByteLevel as post-processor: adds nothing, takes spaces out of the offsets. */
import { setSequenceId } from '../encoding.ts';
import { booleanAt, definePostProcessor } from '../hf/component.ts';
import { trimOffsets } from './surround.ts';

export const byteLevelProcessor = definePostProcessor({
  name: 'byte-level',
  type: 'ByteLevel',
  read(json, place) {
    const trim = booleanAt(json, 'trim_offsets', place, true);
    const addPrefixSpace = booleanAt(json, 'add_prefix_space', place, true);
    const useRegex = booleanAt(json, 'use_regex', place, true);
    return {
      addedTokens: () => 0,
      process(drafts) {
        for (const [i, draft] of drafts.entries()) {
          if (trim) trimOffsets(draft, addPrefixSpace);
          setSequenceId(draft, i);
        }
        return drafts;
      },
      toJSON: () => ({
        type: 'ByteLevel',
        add_prefix_space: addPrefixSpace,
        trim_offsets: trim,
        use_regex: useRegex,
      }),
    };
  },
});
