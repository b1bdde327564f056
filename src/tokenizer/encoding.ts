/**
 * Encodings: joining, cutting and filling up, as Hugging Face does it (tokenizer/encoding.rs, utils/truncation.rs,
 * utils/padding.rs). Knows no vocabulary and no special tokens.
 */
import { AthanorError } from '../core/index.ts';
import type { Encoding, EncodingDraft, Padding, Truncation } from './types.ts';

export function emptyDraft(text = ''): EncodingDraft {
  return {
    text,
    ids: [],
    token_type_ids: [],
    tokens: [],
    offsets: [],
    word_ids: [],
    special_tokens_mask: [],
    attention_mask: [],
    overflowing: [],
    sequence_ranges: new Map(),
  };
}

/** Special tokens put in by a post-processor. */
export function specialDraft(ids: readonly number[], tokens: readonly string[], typeId: number): EncodingDraft {
  return {
    text: '',
    ids: [...ids],
    token_type_ids: ids.map(() => typeId),
    tokens: [...tokens],
    offsets: ids.map(() => [0, 0] as const),
    word_ids: ids.map(() => null),
    special_tokens_mask: ids.map(() => 1),
    attention_mask: ids.map(() => 1),
    overflowing: [],
    sequence_ranges: new Map(),
  };
}

export function setSequenceId(draft: EncodingDraft, id: number): void {
  draft.sequence_ranges.set(id, [0, draft.ids.length]);
}

export function setTypeIds(draft: EncodingDraft, typeId: number): void {
  draft.token_type_ids = draft.ids.map(() => typeId);
}

/** A copy of the tokens in [start, end), without sequences and overflow. */
function slice(draft: EncodingDraft, start: number, end: number): EncodingDraft {
  return {
    text: draft.text,
    ids: draft.ids.slice(start, end),
    token_type_ids: draft.token_type_ids.slice(start, end),
    tokens: draft.tokens.slice(start, end),
    offsets: draft.offsets.slice(start, end),
    word_ids: draft.word_ids.slice(start, end),
    special_tokens_mask: draft.special_tokens_mask.slice(start, end),
    attention_mask: draft.attention_mask.slice(start, end),
    overflowing: [],
    sequence_ranges: new Map(),
  };
}

/** A copy that shares nothing that changes. */
export function copyDraft(draft: EncodingDraft): EncodingDraft {
  const copy = slice(draft, 0, draft.ids.length);
  copy.overflowing = draft.overflowing.map(copyDraft);
  copy.sequence_ranges = new Map(draft.sequence_ranges);
  return copy;
}

/** HF's `Encoding::merge`: one after the other; each overflowing part of one with each part of the others. */
export function mergeDrafts(drafts: readonly EncodingDraft[]): EncodingDraft {
  const merged = emptyDraft();
  for (const draft of drafts) mergeInto(merged, draft);
  return merged;
}

function mergeInto(left: EncodingDraft, right: EncodingDraft): void {
  const overflowing: EncodingDraft[] = [];
  const joined = (a: EncodingDraft, b: EncodingDraft) => {
    const whole = copyDraft(a);
    mergeInto(whole, b);
    overflowing.push(whole);
  };
  for (const part of left.overflowing) {
    joined(part, right);
    for (const other of right.overflowing) joined(part, other);
  }
  for (const other of right.overflowing) joined(left, other);
  const shift = left.ids.length;
  for (const [id, [start, end]] of right.sequence_ranges) left.sequence_ranges.set(id, [start + shift, end + shift]);
  append(left.ids, right.ids);
  append(left.token_type_ids, right.token_type_ids);
  append(left.tokens, right.tokens);
  append(left.offsets, right.offsets);
  append(left.word_ids, right.word_ids);
  append(left.special_tokens_mask, right.special_tokens_mask);
  append(left.attention_mask, right.attention_mask);
  left.overflowing = overflowing;
}

/** Not `push(...more)`: a text of a million tokens would overflow the stack. */
function append<T>(list: T[], more: readonly T[]): void {
  for (let i = 0; i < more.length; i++) list.push(more[i]!);
}

/** The ranges [start, end) of the parts that a list of `length` tokens is cut into; the first is what is kept. */
function partRanges(length: number, max: number, stride: number, direction: 'left' | 'right'): [number, number][] {
  const ranges: [number, number][] = [];
  for (let done = 0; ; done += max - stride) {
    const start = direction === 'right' ? done : Math.max(0, length - done - max);
    const end = direction === 'right' ? Math.min(done + max, length) : length - done;
    ranges.push([start, end]);
    if (direction === 'right' ? end === length : start === 0) return ranges;
  }
}

function truncateDraft(draft: EncodingDraft, max: number, stride: number, direction: 'left' | 'right'): EncodingDraft {
  const length = draft.ids.length;
  if (max >= length) return draft;
  if (max === 0) return { ...emptyDraft(draft.text), overflowing: [draft] };
  if (stride >= max)
    throw badTruncation(`stride ${stride} must be less than the ${max} tokens that are left of a text when it is cut`);
  const [kept, ...rest] = partRanges(length, max, stride, direction).map(([start, end]) => slice(draft, start, end));
  return { ...kept!, overflowing: rest };
}

/**
 * Cuts one text or a pair so that together they have at most `max_length` tokens (HF's `truncate_encodings`).
 * @throws AthanorError('bad-input') where the strategy cannot do it, or the stride is as long as what is kept
 */
export function truncate(drafts: readonly EncodingDraft[], options: Truncation): EncodingDraft[] {
  const { max_length: limit, stride = 0, strategy = 'longest_first', direction = 'right' } = options;
  const cut = (draft: EncodingDraft, length: number) => truncateDraft(draft, length, stride, direction);
  if (limit < 0) throw badTruncation(`max_length is ${-limit} less than the special tokens that are put in`);
  if (limit === 0) return drafts.map((draft) => cut(draft, 0));
  const total = drafts.reduce((sum, draft) => sum + draft.ids.length, 0);
  if (total <= limit) return [...drafts];
  const [first, second] = drafts as [EncodingDraft, EncodingDraft?];
  if (strategy === 'longest_first') {
    if (!second) return [cut(first, limit)];
    const [a, b] = longestFirst(first.ids.length, second.ids.length, limit);
    return [cut(first, a), cut(second, b)];
  }
  const target = strategy === 'only_first' ? first : second;
  if (!target) throw badTruncation("strategy 'only_second' needs a pair of texts");
  const length = target.ids.length - (total - limit);
  if (length <= 0)
    throw badTruncation(
      `strategy '${strategy}' cannot bring ${total} tokens down to ${limit}: the other text is too long`,
    );
  return strategy === 'only_first' ? [cut(first, length), ...drafts.slice(1)] : [first, cut(target, length)];
}

/** What is left of two texts: the longer one gives first, then both are cut to halves. */
function longestFirst(first: number, second: number, limit: number): [number, number] {
  let short = Math.min(first, second);
  let long = short > limit ? short : Math.max(short, limit - short);
  if (short + long > limit) {
    short = Math.floor(limit / 2);
    long = short + (limit % 2);
  }
  return first > second ? [long, short] : [short, long];
}

function badTruncation(message: string): AthanorError {
  return new AthanorError('bad-input', `truncation: ${message}`, { place: 'truncation' });
}

/** Fills up each to the longest, or to a fixed length; none is cut. Changes the drafts. */
export function pad(drafts: readonly EncodingDraft[], options: Padding): void {
  const { length = 'longest', pad_to_multiple_of: multiple = 0 } = options;
  let target = length === 'longest' ? drafts.reduce((max, draft) => Math.max(max, draft.ids.length), 0) : length;
  if (multiple > 0 && target % multiple > 0) target += multiple - (target % multiple);
  for (const draft of drafts) padDraft(draft, target, options);
}

function padDraft(draft: EncodingDraft, target: number, options: Padding): void {
  const { direction = 'right', pad_id: id = 0, pad_type_id: typeId = 0, pad_token: token = '[PAD]' } = options;
  for (const part of draft.overflowing) padDraft(part, target, options);
  const count = target - draft.ids.length;
  if (count <= 0) return;
  const fill = <T>(list: T[], value: T): T[] => {
    const filling = new Array<T>(count).fill(value);
    return direction === 'left' ? filling.concat(list) : list.concat(filling);
  };
  draft.ids = fill(draft.ids, id);
  draft.token_type_ids = fill(draft.token_type_ids, typeId);
  draft.tokens = fill(draft.tokens, token);
  draft.offsets = fill(draft.offsets, [0, 0] as const);
  draft.word_ids = fill(draft.word_ids, null);
  draft.special_tokens_mask = fill(draft.special_tokens_mask, 1);
  draft.attention_mask = fill(draft.attention_mask, 0);
  if (direction === 'left') {
    for (const [key, [start, end]] of draft.sequence_ranges)
      draft.sequence_ranges.set(key, [start + count, end + count]);
  }
}

/** The finished encoding. */
export function finishDraft(draft: EncodingDraft): Encoding {
  const { sequence_ranges: _, text: __, overflowing, ...lists } = draft;
  return { ...lists, sequence_ids: sequenceIds(draft), overflowing: overflowing.map(finishDraft) };
}

/**
 * HF's `get_sequence_ids`: where no range is known the whole is sequence 0, filling included; ids count from 0 to the
 * number of ranges, and one of them that has no range covers everything.
 */
function sequenceIds(draft: EncodingDraft): (number | null)[] {
  const length = draft.ids.length;
  const ids = new Array<number | null>(length).fill(null);
  for (let id = 0; id < Math.max(1, draft.sequence_ranges.size); id++) {
    const [start, end] = draft.sequence_ranges.get(id) ?? [0, length];
    ids.fill(id, start, end);
  }
  return ids;
}
