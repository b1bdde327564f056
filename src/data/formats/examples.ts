/**
 * Token sequences of a fixed length out of documents, for training programs that read files of their own: cut with an
 * overlap, run on through document borders, or packed whole. Each document is encoded once, with bos and eos where given.
 */
import { AthanorError } from '../../core/index.ts';
import type { Document } from '../document.ts';
import { bestFit } from '../packing/pack.ts';
import type { Example } from './tfrecord.ts';

export const packings = ['none', 'stream', 'best-fit'] as const;

export interface ExampleOptions {
  readonly encode: (text: string) => ArrayLike<number>;
  readonly length: number;
  /** `none`: tokens that a sequence has in common with the one before, in the same document. */
  readonly stride: number;
  /**
   * `none`: sequences of one document each; `stream`: all tokens after each other, cut every `length` (GPT-2's way);
   * `best-fit`: documents whole, several in a sequence, longer ones cut first (Ding et al. 2024).
   */
  readonly packing: (typeof packings)[number];
  readonly bos?: number | undefined;
  readonly eos?: number | undefined;
  /** Fills sequences up to `length`, with attention_mask 0; without it they stay shorter. */
  readonly pad?: number | undefined;
}

/** Documents that best-fit packing looks at together: bounds its memory. */
const packedAtOnce = 20_000;

/** @throws AthanorError('bad-input') for a stride that is not shorter than the length */
export async function* examplesOf(
  documents: AsyncIterable<Document>,
  options: ExampleOptions,
): AsyncGenerator<Example> {
  const { length, stride, packing } = options;
  if (length < 1 || stride < 0 || stride >= length)
    throw new AthanorError('bad-input', `a stride of ${stride} does not fit sequences of ${length} tokens`, {
      hint: 'Give a length of 1 or more, and a stride (the overlap) from 0 to length - 1.',
    });
  if (packing === 'none') {
    for await (const document of documents)
      for (const part of windows(tokensOf(document, options), length, length - stride)) yield finished(part, options);
  } else if (packing === 'stream') yield* streamed(documents, options);
  else yield* packed(documents, options);
}

function tokensOf({ text }: Document, { encode, bos, eos }: ExampleOptions): number[] {
  const ids = Array.from(encode(text));
  return [...(bos === undefined ? [] : [bos]), ...ids, ...(eos === undefined ? [] : [eos])];
}

/** Every token is in a window; the last window is as long as what is left. */
function* windows(tokens: readonly number[], length: number, step: number): Generator<readonly number[]> {
  for (let start = 0; start < tokens.length; start += step) {
    yield tokens.slice(start, start + length);
    if (start + length >= tokens.length) return;
  }
}

async function* streamed(documents: AsyncIterable<Document>, options: ExampleOptions): AsyncGenerator<Example> {
  let rest: number[] = [];
  for await (const document of documents) {
    rest = rest.concat(tokensOf(document, options));
    let start = 0;
    for (; rest.length - start >= options.length; start += options.length)
      yield finished(rest.slice(start, start + options.length), options);
    rest = rest.slice(start);
  }
  if (rest.length > 0) yield finished(rest, options);
}

async function* packed(documents: AsyncIterable<Document>, options: ExampleOptions): AsyncGenerator<Example> {
  let parts: (readonly number[])[] = [];
  function* flush(): Generator<Example> {
    const sizes = Uint32Array.from(parts, (part) => part.length);
    for (const bin of bestFit(sizes, options.length))
      yield finished(
        bin.flatMap((i) => parts[i]!),
        options,
      );
    parts = [];
  }
  for await (const document of documents) {
    parts.push(...windows(tokensOf(document, options), options.length, options.length));
    if (parts.length >= packedAtOnce) yield* flush();
  }
  yield* flush();
}

function finished(tokens: readonly number[], { length, pad }: ExampleOptions): Example {
  const missing = pad === undefined ? 0 : length - tokens.length;
  if (missing === 0) return { input_ids: tokens };
  return {
    input_ids: [...tokens, ...new Array<number>(missing).fill(pad!)],
    attention_mask: [...new Array<number>(tokens.length).fill(1), ...new Array<number>(missing).fill(0)],
  };
}
