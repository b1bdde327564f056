/** What the post-processors share: special tokens around an encoding, and offsets without spaces. Knows no file. */
import type { EncodingDraft } from '../types.ts';

/** A special token as BertProcessing and RobertaProcessing have it. */
export interface SurroundingToken {
  readonly token: string;
  readonly id: number;
}

/**
 * The encoding with tokens before and after, its overflowing parts too. The sequence covers the text alone, as with
 * TemplateProcessing (HF processors/bert.rs).
 * @param sequence which text of the pair
 * @param typeId of the tokens that are put in
 */
export function surround(
  draft: EncodingDraft,
  before: readonly SurroundingToken[],
  after: readonly SurroundingToken[],
  sequence: number,
  typeId: number,
): EncodingDraft {
  const count = draft.ids.length;
  const around = <T>(list: readonly T[], left: readonly T[], right: readonly T[]): T[] => [...left].concat(list, right);
  const same = <T>(list: readonly T[], value: T): T[] =>
    around(
      list,
      before.map(() => value),
      after.map(() => value),
    );
  return {
    text: draft.text,
    ids: around(
      draft.ids,
      before.map(({ id }) => id),
      after.map(({ id }) => id),
    ),
    token_type_ids: same(draft.token_type_ids, typeId),
    tokens: around(
      draft.tokens,
      before.map(({ token }) => token),
      after.map(({ token }) => token),
    ),
    offsets: same(draft.offsets, [0, 0] as const),
    word_ids: same<number | null>(draft.word_ids, null),
    special_tokens_mask: same(new Array<number>(count).fill(0), 1),
    attention_mask: same(new Array<number>(count).fill(1), 1),
    overflowing: draft.overflowing.map((part) => surround(part, before, after, sequence, typeId)),
    sequence_ranges: new Map([[sequence, [before.length, before.length + count]]]),
  };
}

/** Ġ, which stands for a space, or white space. */
const leadingSpaces = /^[\u0120\p{White_Space}]+/u;

/** Characters of White_Space and Ġ at the end: all of one code unit. */
function trailingSpaces(token: string): number {
  let end = token.length;
  while (end > 0 && leadingSpaces.test(token[end - 1]!)) end--;
  return token.length - end;
}

function isPair(text: string, at: number): boolean {
  return text.codePointAt(at)! > 0xffff;
}

/** Characters before `end`, counted up to `limit`. */
function characters(text: string, end: number, limit: number): number {
  let count = 0;
  for (let at = 0; at < end && count < limit; count++) at += isPair(text, at) ? 2 : 1;
  return count;
}

/**
 * Takes the spaces at the ends of tokens out of their offsets (HF pre_tokenizers/byte_level.rs, `process_offsets`); its
 * overflowing parts too. Changes the draft.
 * @param addPrefixSpace a single space in front of the text is one that was put there and has no place in it
 */
export function trimOffsets(draft: EncodingDraft, addPrefixSpace: boolean): void {
  draft.offsets = draft.offsets.map((span, i) => {
    const token = draft.tokens[i]!;
    let [start, end] = span;
    let leading = leadingSpaces.exec(token)?.[0].length ?? 0;
    const trailing = trailingSpaces(token);
    if (leading === 0 && trailing === 0) return span;
    if (leading === 1 && addPrefixSpace && (i === 0 || start === 0)) leading = 0;
    // Spaces are one code unit each, but one that was put in shares the place of the character behind it.
    for (; leading > 0 && start < end; leading--) start += isPair(draft.text, start) ? 2 : 1;
    if (trailing <= characters(draft.text, end, trailing))
      for (let i = 0; i < trailing && end > start; i++) end -= end >= 2 && isPair(draft.text, end - 2) ? 2 : 1;
    return [start, end];
  });
  for (const part of draft.overflowing) trimOffsets(part, addPrefixSpace);
}
