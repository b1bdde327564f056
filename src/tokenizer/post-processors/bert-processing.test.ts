import { describe, expect, it } from 'vitest';
import { draftOf, processed } from '../../../tests/helpers/processed.ts';
import { bertProcessing } from './bert-processing.ts';

const json = { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] };

describe('BertProcessing', () => {
  it('puts [CLS] and [SEP] around one text, and [SEP] behind the second', () => {
    expect(processed(json, ['aĠb']).around).toEqual([[1], [2]]);
    const { encoding, added } = processed(json, ['aĠb', 'c']);
    expect(added).toBe(3);
    expect(encoding.ids).toEqual([1, 97, 98, 2, 99, 2]);
    expect(encoding.token_type_ids).toEqual([0, 0, 0, 0, 1, 1]);
    expect(encoding.sequence_ids).toEqual([null, 0, 0, null, 1, null]);
    expect(encoding.special_tokens_mask).toEqual([1, 0, 0, 1, 0, 1]);
    expect(encoding.word_ids).toEqual([null, 0, 1, null, 0, null]);
    expect(encoding.offsets[0]).toEqual([0, 0]);
  });

  it('does the same to overflowing parts', () => {
    const processor = bertProcessing.read(json, 'post_processor', () => expect.unreachable());
    const [draft] = processor.process([{ ...draftOf('a'), overflowing: [draftOf('b')] }], true);
    expect(draft!.overflowing[0]!.ids).toEqual([1, 98, 2]);
  });

  it('names what is wrong in a file', () => {
    expect(() => processed({ ...json, sep: ['[SEP]', -1] }, [])).toThrow(
      /post_processor\.sep: expected \["token", id\]/,
    );
    expect(() => processed({ ...json, cls: '[CLS]' }, [])).toThrow(/post_processor\.cls/);
  });
});
