/**
 * Cuts texts of a training corpus into words, as the tokenizer that is trained will cut them: in one pass over the UTF-8
 * bytes where the pre-tokenizer is a byte-level one, else by its steps on strings. Knows nothing of counts.
 */
import { AlignedText } from '../aligned-text.ts';
import { tokenToBytes, wellFormed } from '../byte-level.ts';
import { type Cut, readCuts } from '../fast-path.ts';
import { readNormalizer } from '../normalizers/read.ts';
import { readPreTokenizer } from '../pre-tokenizers/read.ts';
import { splitAligned, splitText, usesOrigin } from '../pre-tokenizers/run.ts';
import { type StringFinder, stringFinder } from '../string-finder.ts';
import type { Json, Normalizer, PreTokenizer } from '../types.ts';

/** How a corpus becomes words: plain data, which can be sent to a thread and written to a file. */
export interface CuttingPlan {
  /** Components of tokenizer.json. */
  readonly normalizer?: Json;
  readonly preTokenizer: Json;
  /** Strings that stand for themselves: a text is cut around them, and they are not counted. */
  readonly isolated?: readonly string[];
  /** Where every line is a text, its end is no part of it, as in SentencePiece; in Hugging Face's trainers it is. */
  readonly dropLineEnds?: boolean;
}

/** Takes one word, `bytes[start, end)`: valid during the call only. */
export type TakeWord = (bytes: Uint8Array, start: number, end: number) => void;

export interface CorpusCutter {
  readonly normalizer: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer;
  /** Words are raw bytes, each of which is a symbol; else they are UTF-8 of characters. */
  readonly byteLevel: boolean;
  /**
   * @param bytes valid UTF-8 in `bytes[start, end)`
   * @param first whether a text begins here (and does not only go on)
   */
  cutBytes(bytes: Uint8Array, start: number, end: number, take: TakeWord, first?: boolean): void;
  /** A lone surrogate counts as U+FFFD. */
  cutText(text: string, take: TakeWord, first?: boolean): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** @throws AthanorError('bad-file' | 'unsupported') for components that are not right */
export function corpusCutter(plan: CuttingPlan): CorpusCutter {
  const normalizer = readNormalizer(plan.normalizer ?? null);
  const preTokenizer = readPreTokenizer(plan.preTokenizer);
  const byteLevel = endsInBytes(plan.preTokenizer);
  const isolated = plan.isolated && plan.isolated.length > 0 ? stringFinder(plan.isolated) : undefined;
  const cuts = normalizer || isolated ? undefined : readCuts(preTokenizer);
  const scratch = new Scratch();
  if (cuts && !cuts.prefix) {
    return {
      normalizer,
      preTokenizer,
      byteLevel,
      cutBytes(bytes, start, end, take) {
        if (start === end) return;
        if (cuts.cuts.length === 0) take(bytes, start, end);
        else cutBy(cuts.cuts, 0, bytes, start, end, take);
      },
      cutText(text, take) {
        const length = scratch.write(text);
        this.cutBytes(scratch.bytes, 0, length, take);
      },
    };
  }
  const split = stringSplitter(normalizer, preTokenizer, isolated);
  const cutText = (text: string, take: TakeWord, first = true) => {
    for (const word of split(text, first)) {
      const bytes = byteLevel ? tokenToBytes(word) : undefined;
      const length = bytes ? bytes.length : scratch.write(word); // may change scratch.bytes
      take(bytes ?? scratch.bytes, 0, length);
    }
  };
  return {
    normalizer,
    preTokenizer,
    byteLevel,
    cutBytes: (bytes, start, end, take, first) => cutText(decoder.decode(bytes.subarray(start, end)), take, first),
    cutText: (text, take, first) => cutText(wellFormed(text), take, first),
  };
}

function endsInBytes(json: Json): boolean {
  const last = json?.type === 'Sequence' ? (json.pretokenizers as readonly Json[]).at(-1) : json;
  return last?.type === 'ByteLevel';
}

/** The words of a well-formed text as strings. */
function stringSplitter(
  normalizer: Normalizer | undefined,
  { steps }: PreTokenizer,
  isolated: StringFinder | undefined,
): (text: string, first: boolean) => Iterable<string> {
  const aligned = normalizer !== undefined && usesOrigin(steps);
  const splitPart = (text: string, first: boolean): readonly string[] => {
    if (!aligned) return splitText(normalizer ? normalizer.normalize(text) : text, steps, first);
    // Only alignments tell whether a piece of a normalized text begins where the text began.
    const whole = AlignedText.of(first ? text : ` ${text}`);
    const part = first ? whole : whole.slice(1, whole.length);
    return splitAligned(normalizer.align(part), steps).map((piece) => piece.text);
  };
  if (!isolated) return splitPart;
  return function* (text, first) {
    const found = isolated.find(text);
    let from = 0;
    for (let i = 0; i <= found.length; i += 3) {
      const to = i < found.length ? found[i]! : text.length;
      if (to > from) yield* splitPart(text.slice(from, to), first && from === 0);
      from = found[i + 1] ?? to;
    }
  };
}

/** Cuts bytes[from, to) by cuts[stage] and hands each piece to the next stage, in the end to `take`. */
function cutBy(cuts: readonly Cut[], stage: number, bytes: Uint8Array, from: number, to: number, take: TakeWord): void {
  const { dfa, matches, gaps } = cuts[stage]!;
  const last = stage === cuts.length - 1;
  dfa.begin();
  let gap = from; // bytes[gap, at) matched nothing so far
  for (let at = from; at < to; ) {
    const end = dfa.matchBytes(bytes, from, at, to);
    if (end <= at) {
      const lead = bytes[at]!;
      at = dfa.skipBytes(bytes, at + (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4), to);
      continue;
    }
    if (at > gap && gaps) {
      if (last) take(bytes, gap, at);
      else cutBy(cuts, stage + 1, bytes, gap, at, take);
    }
    if (matches) {
      if (last) take(bytes, at, end);
      else cutBy(cuts, stage + 1, bytes, at, end, take);
    }
    at = gap = end;
  }
  if (to > gap && gaps) {
    if (last) take(bytes, gap, to);
    else cutBy(cuts, stage + 1, bytes, gap, to, take);
  }
}

/** A buffer that grows with the texts written into it. */
class Scratch {
  bytes = new Uint8Array(1 << 12);

  /** @returns number of bytes */
  write(text: string): number {
    if (this.bytes.length < text.length * 3) this.bytes = new Uint8Array(text.length * 4);
    return encoder.encodeInto(text, this.bytes).written;
  }
}
