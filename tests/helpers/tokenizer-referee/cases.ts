/**
 * Batches with settings: pairs, truncation with stride, padding, with and without special tokens. Seeded; each case says
 * the same to our side and to tokenizer_referee.py.
 */
import { Rng } from '../../../src/core/index.ts';
import type { EncodeFullOptions, Encoding, Tokenizer } from '../../../src/tokenizer/types.ts';
import { codePointIndex, wellFormed } from './records.ts';

export interface SettingsCase {
  readonly texts: readonly (string | readonly [string, string])[];
  readonly addSpecialTokens: boolean;
  /** HF's `encode_special_tokens`: special tokens written in a text are text. */
  readonly plainSpecial: boolean;
  readonly truncation?: EncodeFullOptions['truncation'];
  readonly padding?: EncodeFullOptions['padding'];
}

export function settingsCases(seed: number, count: number, texts: readonly string[]): SettingsCase[] {
  const rng = new Rng(seed);
  const pick = <Item>(list: readonly Item[]): Item => list[rng.int(list.length)]!;
  const maybe = <Value>(make: () => Value): Value | undefined => (rng.int(2) === 0 ? make() : undefined);
  return Array.from({ length: count }, () => {
    const pairs = rng.int(2) === 0;
    // Where nothing says which text of a pair a token is from (overflow without a post-processor), offsets can only be
    // compared if UTF-16 units are code points: pairs are of the basic plane.
    const text = () => {
      const cut = wellFormed(pick(texts).slice(0, 200));
      return pairs ? cut.replace(/[\u{10000}-\u{10ffff}]/gu, '龍') : cut;
    };
    // Room for the special tokens of a pair and a stride below the rest: HF refuses others when they are set (Python), or
    // does not cut at all (its subtraction wraps around); ours is an error when such a text is encoded.
    const room = rng.int(60);
    const truncation = maybe(() => ({
      max_length: 4 + room,
      stride: rng.int(2) === 0 ? rng.int(Math.min(room, 12) + 1) : 0,
      strategy: pick(['longest_first', 'only_first', 'only_second'] as const),
      direction: pick(['right', 'left'] as const),
    }));
    const padding = maybe(() => ({
      direction: pick(['right', 'left'] as const),
      pad_id: rng.int(50),
      pad_type_id: rng.int(3),
      pad_token: pick(['[PAD]', '<pad>', '!']),
      ...(rng.int(2) === 0 ? { length: rng.int(80) } : {}),
      ...(rng.int(3) === 0 ? { pad_to_multiple_of: 1 + rng.int(16) } : {}),
    }));
    return {
      texts: Array.from({ length: 1 + rng.int(4) }, () => (pairs ? ([text(), text()] as const) : text())),
      addSpecialTokens: rng.int(4) !== 0,
      plainSpecial: rng.int(4) === 0,
      ...(truncation ? { truncation } : {}),
      ...(padding ? { padding } : {}),
    };
  });
}

/** What we make of a case, in the shape of the referee's answer; an error is only told to be one. */
export function answerCase(tokenizer: Tokenizer, one: SettingsCase): unknown {
  let encodings: Encoding[];
  try {
    encodings = tokenizer.encodeBatch(one.texts, {
      addSpecialTokens: one.addSpecialTokens,
      allowedSpecial: one.plainSpecial ? 'none' : 'all',
      truncation: one.truncation ?? null,
      padding: one.padding ?? null,
    });
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  return {
    encodings: encodings.map((encoding, i) => {
      const item = one.texts[i]!;
      const indexes = (typeof item === 'string' ? [item] : item).map(codePointIndex);
      return fieldsOf(tokenizer, encoding, indexes);
    }),
  };
}

type Indexes = readonly (Int32Array | undefined)[];

function fieldsOf(tokenizer: Tokenizer, encoding: Encoding, indexes: Indexes): Record<string, unknown> {
  const offsets = encoding.offsets.map(([start, end], at) => {
    const index = indexes[encoding.sequence_ids[at] ?? 0];
    return index ? [index[start]!, index[end]!] : [start, end];
  });
  const { ids, token_type_ids, tokens, word_ids, sequence_ids, special_tokens_mask, attention_mask } = encoding;
  const overflowing = encoding.overflowing.map((part) => fieldsOf(tokenizer, part, indexes));
  return {
    ...{ ids, token_type_ids, tokens, offsets, word_ids, sequence_ids, special_tokens_mask, attention_mask },
    ...{ text: tokenizer.decode(ids), plain: tokenizer.decode(ids, { skipSpecialTokens: true }), overflowing },
  };
}
