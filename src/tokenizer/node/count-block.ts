/** Counts the words of one block; used by the thread that reads, and by those that help it. */
import { isUtf8 } from 'node:buffer';
import type { WordCounter } from '../bpe/word-counter.ts';
import type { CountBlock } from './count-blocks.ts';

/** What is wrong with a block, and at which byte of its file. */
export interface CountProblem {
  readonly offset: number;
  readonly what: 'not-utf8' | 'not-json' | 'no-text';
}

export type CountedBlock = { readonly documents: number } | { readonly problem: CountProblem };

const newline = 0x0a;

export function countBlock(
  counter: WordCounter,
  block: Pick<CountBlock, 'bytes' | 'format' | 'first' | 'offset'>,
): CountedBlock {
  const { format, first, offset } = block;
  // Without a byte-order mark at the start of a file.
  const marked = offset === 0 && block.bytes[0] === 0xef && block.bytes[1] === 0xbb && block.bytes[2] === 0xbf;
  const bytes = marked ? block.bytes.subarray(3) : block.bytes;
  if (!isUtf8(bytes)) return { problem: { offset: offset + firstBadByte(bytes), what: 'not-utf8' } };
  if (format === 'document') {
    counter.addBytes(bytes, 0, bytes.length, first);
    return { documents: first ? 1 : 0 };
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let documents = 0;
  for (let start = 0; start < bytes.length; ) {
    const found = buffer.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found + 1;
    if (format === 'line') {
      counter.addBytes(bytes, start, counter.plan.dropLineEnds ? withoutLineEnd(bytes, start, end) : end);
      documents++;
    } else {
      const line = buffer.toString('utf8', start, end);
      if (line.trim() !== '') {
        const text = textOf(line);
        if (typeof text !== 'string') return { problem: { offset: offset + start, what: text.what } };
        counter.add(text);
        documents++;
      }
    }
    start = end;
  }
  return { documents };
}

function withoutLineEnd(bytes: Uint8Array, start: number, end: number): number {
  let stop = end;
  if (stop > start && bytes[stop - 1] === newline) stop--;
  if (stop > start && bytes[stop - 1] === 0x0d) stop--;
  return stop;
}

function textOf(line: string): string | { readonly what: CountProblem['what'] } {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return { what: 'not-json' };
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return { what: 'not-json' };
  const { text } = row as { text?: unknown };
  return typeof text === 'string' ? text : { what: 'no-text' };
}

/** By halving: the longest valid beginning, up to a character. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  for (let step = 2 ** Math.ceil(Math.log2(bytes.length + 1)); step >= 1; step /= 2)
    for (let cut = 0; cut < 4 && good + step - cut > good; cut++)
      if (good + step - cut <= bytes.length && isUtf8(bytes.subarray(good, good + step - cut))) {
        good += step - cut;
        break;
      }
  return good;
}
