import { describe, expect, it } from 'vitest';
import { emptyDraft, finishDraft, mergeDrafts, pad, setSequenceId, specialDraft, truncate } from './encoding.ts';
import type { EncodingDraft, Truncation } from './types.ts';

/** An encoding of `count` tokens with ids from `first` on. */
function draftOf(count: number, first = 0): EncodingDraft {
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  return {
    ...emptyDraft(),
    ids: numbers,
    token_type_ids: numbers.map(() => 0),
    tokens: numbers.map(String),
    offsets: numbers.map((at) => [at, at + 1] as const),
    word_ids: numbers,
    special_tokens_mask: numbers.map(() => 0),
    attention_mask: numbers.map(() => 1),
  };
}

const idsOf = (draft: EncodingDraft): unknown => [draft.ids, ...draft.overflowing.map((part) => part.ids)];
const cut = (counts: readonly number[], options: Truncation) =>
  truncate(
    counts.map((count, i) => draftOf(count, 100 * i)),
    options,
  );

describe('truncate', () => {
  it('keeps the beginning, or the end, and gives the rest in parts that overlap by the stride', () => {
    const [right] = cut([8], { max_length: 4, stride: 2 });
    expect(idsOf(right!)).toEqual([
      [0, 1, 2, 3],
      [2, 3, 4, 5],
      [4, 5, 6, 7],
    ]);
    const [left] = cut([7], { max_length: 4, stride: 1, direction: 'left' });
    expect(idsOf(left!)).toEqual([
      [3, 4, 5, 6],
      [0, 1, 2, 3],
    ]);
    expect(right!.offsets[3]).toEqual([3, 4]);
    expect(idsOf(cut([4], { max_length: 4 })[0]!)).toEqual([[0, 1, 2, 3]]);
    expect(idsOf(cut([2], { max_length: 0 })[0]!)).toEqual([[], [0, 1]]);
  });

  it.each<[number[], Truncation, number[]]>([
    [[3, 9], { max_length: 8 }, [3, 5]],
    [[9, 3], { max_length: 8 }, [5, 3]],
    [[9, 9], { max_length: 7 }, [3, 4]],
    [[10, 9], { max_length: 7 }, [4, 3]],
    [[9, 1], { max_length: 1 }, [1, 0]],
    [[9, 3], { max_length: 8, strategy: 'only_first' }, [5, 3]],
    [[3, 9], { max_length: 8, strategy: 'only_second' }, [3, 5]],
  ])('pair of %j with %j', (counts, options, expected) => {
    expect(cut(counts, options).map((draft) => draft.ids.length)).toEqual(expected);
  });

  it.each<[number[], Truncation, RegExp]>([
    [[9], { max_length: 3, stride: 3 }, /stride 3 must be less than the 3 tokens/],
    [[9], { max_length: 3, strategy: 'only_second' }, /needs a pair/],
    [[2, 9], { max_length: 5, strategy: 'only_first' }, /'only_first' cannot bring 11 tokens down to 5/],
    [[9], { max_length: -1 }, /1 less than the special tokens/],
  ])('refuses %j with %j', (counts, options, message) => {
    expect(() => cut(counts, options)).toThrow(expect.objectContaining({ code: 'bad-input', place: 'truncation' }));
    expect(() => cut(counts, options)).toThrow(message);
  });
});

describe('mergeDrafts', () => {
  it('joins every overflowing part with every part of the other', () => {
    const [first, second] = cut([4, 4], { max_length: 4 });
    const merged = mergeDrafts([first!, specialDraft([7], ['sep'], 0), second!]);
    expect(merged.ids).toEqual([0, 1, 7, 100, 101]);
    expect(merged.overflowing.map((part) => part.ids)).toEqual([
      [2, 3, 7, 100, 101],
      [2, 3, 7, 102, 103],
      [0, 1, 7, 102, 103],
    ]);
  });

  it('moves the sequences along; tokens that were put in belong to none', () => {
    const drafts = [draftOf(2), draftOf(1)];
    for (const [i, draft] of drafts.entries()) setSequenceId(draft, i);
    const sep = specialDraft([7], ['sep'], 0);
    const { sequence_ids, special_tokens_mask } = finishDraft(mergeDrafts([sep, drafts[0]!, sep, drafts[1]!]));
    expect(sequence_ids).toEqual([null, 0, 0, null, 1]);
    expect(special_tokens_mask).toEqual([1, 0, 0, 1, 0]);
    // Where nothing is known of sequences all is the first, as in Hugging Face's.
    expect(finishDraft(draftOf(2)).sequence_ids).toEqual([0, 0]);
  });
});

describe('pad', () => {
  it('fills up to the longest, a fixed length, a multiple; on either side; overflowing parts too', () => {
    const lengths = (options: Parameters<typeof pad>[1]) => {
      const drafts = [draftOf(3), draftOf(5)];
      pad(drafts, options);
      return drafts.map((draft) => draft.ids.length);
    };
    expect(lengths({})).toEqual([5, 5]);
    expect(lengths({ pad_to_multiple_of: 4 })).toEqual([8, 8]);
    expect(lengths({ length: 4 })).toEqual([4, 5]);
    const [draft] = cut([5], { max_length: 3 });
    setSequenceId(draft!, 0);
    pad([draft!], { length: 4, direction: 'left', pad_id: 9, pad_token: 'P', pad_type_id: 2 });
    const encoding = finishDraft(draft!);
    expect(encoding.ids).toEqual([9, 0, 1, 2]);
    expect(encoding.tokens[0]).toBe('P');
    expect(encoding.attention_mask).toEqual([0, 1, 1, 1]);
    expect(encoding.token_type_ids).toEqual([2, 0, 0, 0]);
    expect(encoding.sequence_ids).toEqual([null, 0, 0, 0]);
    expect(encoding.overflowing[0]!.ids).toEqual([9, 9, 3, 4]);
  });
});
