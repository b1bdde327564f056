/** BertProcessing: `[CLS] text [SEP]`, and of a pair `[CLS] first [SEP] second [SEP]`. */
import { badFile, definePostProcessor } from '../hf/component.ts';
import { type SurroundingToken, surround } from './surround.ts';

export const bertProcessing = definePostProcessor({
  name: 'bert-processing',
  type: 'BertProcessing',
  read(json, place) {
    const cls = readSurroundingToken(json.cls, `${place}.cls`);
    const sep = readSurroundingToken(json.sep, `${place}.sep`);
    return {
      addedTokens: (isPair) => (isPair ? 3 : 2),
      process: (drafts, addSpecialTokens) =>
        addSpecialTokens
          ? drafts.map((draft, i) => (i === 0 ? surround(draft, [cls], [sep], 0, 0) : surround(draft, [], [sep], 1, 1)))
          : drafts,
      toJSON: () => ({ type: 'BertProcessing', sep: [sep.token, sep.id], cls: [cls.token, cls.id] }),
    };
  },
});

/** `["[CLS]", 101]`. @throws AthanorError('bad-file') */
export function readSurroundingToken(json: unknown, place: string): SurroundingToken {
  const [token, id] = Array.isArray(json) && json.length === 2 ? (json as unknown[]) : [];
  if (typeof token !== 'string' || !Number.isSafeInteger(id) || (id as number) < 0)
    throw badFile(place, 'expected ["token", id]', json);
  return { token, id: id as number };
}
