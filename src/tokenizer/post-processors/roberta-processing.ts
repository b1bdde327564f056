/** RobertaProcessing: `<s> text </s>`, and of a pair `<s> first </s></s> second </s>`; every type id is 0. */
import { setTypeIds } from '../encoding.ts';
import { booleanAt, definePostProcessor } from '../hf/component.ts';
import { readSurroundingToken } from './bert-processing.ts';
import { surround, trimOffsets } from './surround.ts';

export const robertaProcessing = definePostProcessor({
  name: 'roberta-processing',
  type: 'RobertaProcessing',
  read(json, place) {
    const cls = readSurroundingToken(json.cls, `${place}.cls`);
    const sep = readSurroundingToken(json.sep, `${place}.sep`);
    const trim = booleanAt(json, 'trim_offsets', place, true);
    const addPrefixSpace = booleanAt(json, 'add_prefix_space', place, true);
    return {
      addedTokens: (isPair) => (isPair ? 4 : 2),
      process(drafts, addSpecialTokens) {
        for (const draft of drafts) {
          if (trim) trimOffsets(draft, addPrefixSpace);
          setTypeIds(draft, 0);
        }
        if (!addSpecialTokens) return drafts;
        // With special tokens the overflowing parts are of type 0 too; without them Hugging Face leaves those alone.
        for (const draft of drafts) for (const part of draft.overflowing) setTypeIds(part, 0);
        return drafts.map((draft, i) => surround(draft, [i === 0 ? cls : sep], [sep], i === 0 ? 0 : 1, 0));
      },
      toJSON: () => ({
        type: 'RobertaProcessing',
        sep: [sep.token, sep.id],
        cls: [cls.token, cls.id],
        trim_offsets: trim,
        add_prefix_space: addPrefixSpace,
      }),
    };
  },
});
