import { describe, expect, it } from 'vitest';
import { processed } from '../../../tests/helpers/processed.ts';

const json = {
  type: 'RobertaProcessing',
  sep: ['</s>', 2],
  cls: ['<s>', 1],
  trim_offsets: true,
  add_prefix_space: false,
};

describe('RobertaProcessing', () => {
  it('puts two </s> between the texts of a pair; all types are 0', () => {
    const { encoding, added } = processed(json, ['a', 'bĠc']);
    expect(added).toBe(4);
    expect(encoding.ids).toEqual([1, 97, 2, 2, 98, 99, 2]);
    expect(encoding.token_type_ids).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(encoding.sequence_ids).toEqual([null, 0, null, null, 1, 1, null]);
  });

  it('takes spaces out of the offsets unless told otherwise, without special tokens too', () => {
    expect(processed(json, ['aĠb'], false).encoding.offsets).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(processed({ ...json, trim_offsets: false }, ['aĠb'], false).encoding.offsets[1]).toEqual([1, 3]);
  });
});
