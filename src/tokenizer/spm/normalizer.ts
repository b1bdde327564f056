/**
 * SentencePiece's own normalizer (normalizer.cc): the longest rule of the character map at each place, user-defined
 * symbols untouched, spaces trimmed, doubled ones dropped, the dummy prefix, ▁ for spaces. Knows no vocabulary.
 */
import { AlignedText } from '../aligned-text.ts';
import type { Json, Normalizer } from '../types.ts';
import type { CharsMap } from './charsmap.ts';
import type { NormalizerSpec } from './proto.ts';
import type { UnitTrie } from './trie.ts';

/** ▁, U+2581 LOWER ONE EIGHTH BLOCK. */
export const spaceSymbol = '\u2581';

export interface SpmNormalizerOptions
  extends Pick<NormalizerSpec, 'addDummyPrefix' | 'removeExtraWhitespaces' | 'escapeWhitespaces'> {
  readonly charsMap?: CharsMap | undefined;
  readonly userDefined?: UnitTrie | undefined;
  readonly treatWhitespaceAsSuffix?: boolean;
  /** What stands in tokenizer.json. */
  readonly json?: Json;
}

export function spmNormalizer(options: SpmNormalizerOptions): Normalizer {
  const run = normalization(options);
  return {
    normalize: (text) => run(text),
    align(text) {
      const origins: number[] = [];
      return aligned(run(text.text, origins), origins, text);
    },
    toJSON: () => options.json ?? null,
  };
}

/**
 * A character of the new text stands for what lies between its origin and the next one's, as in SentencePiece's
 * `norm_to_orig`: of `㎏` → `kg` the g has it all.
 */
function aligned(normalized: string, origins: readonly number[], text: AlignedText): AlignedText {
  const at = (unit: number) =>
    unit < text.length ? text.starts[unit]! : text.length > 0 ? text.ends[text.length - 1]! : text.origin;
  const starts = new Int32Array(normalized.length);
  const ends = new Int32Array(normalized.length);
  for (let i = 0; i < normalized.length; i++) {
    starts[i] = at(origins[i]!);
    const unit = normalized.charCodeAt(i);
    const isPair = unit >= 0xd800 && unit < 0xdc00; // both units of a pair agree
    ends[i] = at(origins[i + (isPair ? 2 : 1)]!);
  }
  return new AlignedText(normalized, starts, ends, text.origin);
}

/** @param origins gets the index in `text` of every unit of the result, and one more for its end */
type Run = (text: string, origins?: number[]) => string;

function normalization(options: SpmNormalizerOptions): Run {
  const { charsMap, userDefined, addDummyPrefix, removeExtraWhitespaces, treatWhitespaceAsSuffix } = options;
  const space = options.escapeWhitespaces ? spaceSymbol : ' ';
  const special = specialUnits(charsMap, userDefined);
  const follows = charsMap?.follows ?? new Uint8Array(0x10000);
  /** Replacement and end of what stands at `at`; `piece` undefined: itself. */
  let piece: string | undefined;
  const prefix = (text: string, at: number): number => {
    piece = undefined;
    const symbol = userDefined?.longest(text, at) ?? 0;
    if (symbol > 0) return at + symbol;
    const end = charsMap?.match(text, at) ?? -1;
    if (end < 0) return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
    piece = charsMap!.replacement();
    return end;
  };

  return (text, origins) => {
    let at = 0;
    if (removeExtraWhitespaces) {
      while (at < text.length && special[text.charCodeAt(at)] !== 0) {
        const end = prefix(text, at);
        if ((piece ?? text.slice(at, end)) !== ' ') break;
        at = end;
      }
    }
    if (at >= text.length) return '';
    let out = '';
    const append = (what: string, from: number) => {
      out += what;
      if (origins) for (let i = 0; i < what.length; i++) origins.push(from);
    };
    if (addDummyPrefix && !treatWhitespaceAsSuffix) append(space, at);
    let afterSpace = removeExtraWhitespaces;
    while (at < text.length) {
      const from = at;
      for (; at < text.length; at++) {
        const kind = special[text.charCodeAt(at)]!;
        // The unit after the last one is NaN, which no rule follows with.
        if (kind === 1 || (kind === 2 && follows[text.charCodeAt(at + 1)] === 1)) break;
      }
      if (at > from) {
        out += text.slice(from, at);
        if (origins) pushPlain(text, from, at, origins);
        afterSpace = false;
        continue;
      }
      at = prefix(text, from);
      let what = piece ?? text.slice(from, at);
      if (afterSpace) what = what.replace(/^ +/, '');
      if (what !== '') {
        afterSpace = removeExtraWhitespaces && what.endsWith(' ');
        append(what.includes(' ') ? what.replaceAll(' ', space) : what, from);
      }
    }
    if (removeExtraWhitespaces) {
      let length = out.length;
      while (length > 0 && out.startsWith(space, length - 1)) length--;
      if (length < out.length && origins) {
        at = origins[length]!;
        origins.length = length;
      }
      out = out.slice(0, length);
    }
    if (addDummyPrefix && treatWhitespaceAsSuffix) append(space, at);
    origins?.push(at);
    return out;
  };
}

/** Characters that stay as they are; both units of a pair come from where it begins. */
function pushPlain(text: string, from: number, to: number, origins: number[]): void {
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    origins.push(unit >= 0xdc00 && unit < 0xe000 && i > from ? i - 1 : i);
  }
}

/** 1 for the code units at which more can happen than copying a character, 2 where the next unit decides. */
function specialUnits(charsMap: CharsMap | undefined, userDefined: UnitTrie | undefined): Uint8Array {
  const special = charsMap ? charsMap.begins.slice() : new Uint8Array(0x10000);
  special[0x20] = 1;
  if (userDefined) for (let unit = 0; unit < 0x10000; unit++) if (userDefined.child(0, unit) >= 0) special[unit] = 1;
  return special;
}
