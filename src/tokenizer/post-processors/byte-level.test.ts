import { describe, expect, it } from 'vitest';
import { draftOf, processed } from '../../../tests/helpers/processed.ts';
import { trimOffsets } from './surround.ts';

const json = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

describe('ByteLevel post-processor', () => {
  it('adds nothing and takes spaces out of the offsets', () => {
    const { encoding, added, around } = processed(json, ['ĠaĠĠb', 'c']);
    expect(added).toBe(0);
    expect(around).toEqual([[], []]);
    expect(encoding.ids).toEqual([97, 98, 99]);
    expect(encoding.sequence_ids).toEqual([0, 0, 1]);
    expect(encoding.offsets).toEqual([
      [1, 2],
      [4, 5],
      [0, 1],
    ]);
    expect(processed({ ...json, trim_offsets: false }, ['Ġa']).encoding.offsets).toEqual([[0, 2]]);
  });

  it('leaves one space in front of the text where one was put there', () => {
    const first = (text: string) => processed({ ...json, add_prefix_space: true }, [text]).encoding.offsets[0];
    expect(first('Ġa')).toEqual([0, 2]);
    expect(first('ĠĠa')).toEqual([2, 3]);
  });

  it('takes for the front of the text whatever begins there, and never goes before it', () => {
    const spaced = {
      ...draftOf('xĠ'),
      tokens: ['x', 'Ġ', 'ĠĠĠ'],
      offsets: [[0, 1] as const, [0, 1] as const, [0, 2] as const],
    };
    trimOffsets(spaced, true);
    // The last has more spaces than there is text before its end: only the front is trimmed (HF `process_offsets`).
    expect(spaced.offsets).toEqual([
      [0, 1],
      [0, 0],
      [2, 2],
    ]);
    const late = { ...draftOf('xy'), tokens: ['aĠĠĠ'], offsets: [[0, 2] as const] };
    trimOffsets(late, false);
    expect(late.offsets).toEqual([[0, 2]]);
  });

  it('never ends inside a character that the space shares its place with', () => {
    const draft = { ...draftOf('Ġ'), text: '😀', tokens: ['Ġ'], offsets: [[0, 2] as const] };
    trimOffsets(draft, true);
    expect(draft.offsets).toEqual([[0, 0]]);
    const other = { ...draft, offsets: [[0, 2] as const] };
    trimOffsets(other, false);
    expect(other.offsets).toEqual([[2, 2]]);
  });
});
