/**
 * Recognizes pipelines that can be run in one pass over the text's UTF-8 bytes, without strings for the pieces: an
 * optional normalizer, patterns that cut, ByteLevel, BPE. Equal to the general path id for id, only faster; where a
 * pipeline is not recognized there is none.
 */
import type { ByteBpe } from './bpe/byte-bpe.ts';
import { isBpe } from './models/bpe.ts';
import { gpt2Regex } from './pre-tokenizers/patterns.ts';
import { type Dfa, hashBytes } from './regex/dfa.ts';
import { compileRegex } from './regex/matcher.ts';
import type { Model, Normalizer, PreTokenizer } from './types.ts';

/**
 * Appends the ids of a stretch of text without added tokens (before the normalizer).
 * @param limit once `ids` has more than this, the rest of the text is left out. Default none
 */
export type FastEncode = (text: string, ids: number[], limit?: number) => void;

/** One pattern that cuts. */
export interface Cut {
  readonly dfa: Dfa;
  /** Whether what matches, and what lies between matches, become pieces. */
  readonly matches: boolean;
  readonly gaps: boolean;
}

export function fastPath(parts: {
  readonly normalizer?: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer;
  readonly model: Model;
}): FastEncode | undefined {
  const { normalizer, preTokenizer, model } = parts;
  if (!isBpe(model)) return undefined;
  const read = readCuts(preTokenizer);
  if (!read || !model.hasBytes) return undefined;
  let encode: ReturnType<typeof byteEncoder> | undefined;
  return (text, ids, limit = Number.POSITIVE_INFINITY) => {
    const normalized = normalizer ? normalizer.normalize(text) : text;
    if (normalized === '') return;
    encode ??= byteEncoder(read.cuts, model.byteLevel());
    encode(read.prefix && !normalized.startsWith(' ') ? ` ${normalized}` : normalized, ids, limit);
  };
}

/** The cuts of [Split …, ByteLevel] as tokenizer.json writes it, or undefined where anything else is in it. */
export function readCuts(
  preTokenizer: PreTokenizer,
): { readonly cuts: readonly Cut[]; readonly prefix: boolean } | undefined {
  const json = preTokenizer.toJSON();
  const parts = json?.type === 'Sequence' ? (json.pretokenizers as readonly Component[]) : [json as Component];
  const last = parts.at(-1);
  if (last?.type !== 'ByteLevel') return undefined;
  const prefix = last.add_prefix_space === true;
  if (prefix && parts.length > 1) return undefined;
  const cuts: Cut[] = [];
  for (const part of parts.slice(0, -1)) {
    const cut = readSplit(part);
    if (!cut) return undefined;
    cuts.push(cut);
  }
  if (last.use_regex !== false)
    cuts.push({ dfa: compileRegex(gpt2Regex, 'ByteLevel').dfa!, matches: true, gaps: true });
  return { cuts, prefix };
}

/** A component of tokenizer.json that its reader has checked. */
interface Component {
  readonly type: string;
  readonly [key: string]: unknown;
}

function readSplit(json: Component): Cut | undefined {
  if (json.type !== 'Split') return undefined;
  const { Regex: regex } = json.pattern as { readonly Regex?: string };
  const matcher = regex === undefined ? undefined : compileRegex(regex, 'Split');
  // An empty match cuts too (`(?=…)`), which the loop below does not look for.
  if (!matcher?.dfa || matcher.canBeEmpty) return undefined;
  const { dfa } = matcher;
  if (json.behavior === 'Isolated') return { dfa, matches: true, gaps: true };
  if (json.behavior === 'Removed') return { dfa, matches: json.invert === true, gaps: json.invert !== true };
  return undefined;
}

const encoder = new TextEncoder();

/** Larger texts get a buffer of their own, which is not kept. */
const keptBuffer = 1 << 20;
let buffer = new Uint8Array(1 << 14);

function byteEncoder(cuts: readonly Cut[], bpe: ByteBpe): (text: string, ids: number[], limit: number) => void {
  return (text, ids, limit) => {
    const room = text.length * 3;
    if (room > buffer.length && room <= keptBuffer) buffer = new Uint8Array(Math.min(keptBuffer, room * 2));
    const bytes = room > keptBuffer ? new Uint8Array(room) : buffer;
    const length = encoder.encodeInto(text, bytes).written;
    for (const { dfa } of cuts) dfa.begin();
    if (cuts.length === 0) bpe.encode(bytes, 0, length, hashBytes(bytes, 0, length), ids);
    else cutBytes(cuts, 0, bytes, 0, length, bpe, ids, limit);
  };
}

/** Cuts bytes[from, to) by cuts[stage] and hands each piece to the next stage, in the end to the model. */
function cutBytes(
  cuts: readonly Cut[],
  stage: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  bpe: ByteBpe,
  ids: number[],
  limit: number,
): void {
  const { dfa, matches, gaps } = cuts[stage]!;
  const isLast = stage === cuts.length - 1;
  if (stage > 0) dfa.begin();
  let gap = from; // bytes[gap, at) matched nothing so far
  for (let at = from; at < to; ) {
    const end = dfa.matchBytes(bytes, from, at, to);
    if (end <= at) {
      at = dfa.skipBytes(bytes, at + widthOf(bytes[at]!), to);
      continue;
    }
    if (at > gap && gaps) {
      if (isLast) bpe.encode(bytes, gap, at, hashBytes(bytes, gap, at), ids);
      else cutBytes(cuts, stage + 1, bytes, gap, at, bpe, ids, limit);
    }
    if (matches) {
      if (isLast) {
        // The hash of a match came along with it; that of a gap before it has not touched it.
        bpe.encode(bytes, at, end, dfa.hash, ids);
      } else cutBytes(cuts, stage + 1, bytes, at, end, bpe, ids, limit);
    }
    at = gap = end;
    if (ids.length > limit) return;
  }
  if (to > gap && gaps) {
    if (isLast) bpe.encode(bytes, gap, to, hashBytes(bytes, gap, to), ids);
    else cutBytes(cuts, stage + 1, bytes, gap, to, bpe, ids, limit);
  }
}

/** Bytes of the character that begins with `lead`. */
function widthOf(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}
