/**
 * The likelihood of whole documents, for filters: many texts, each with a number that depends on nothing but itself.
 *
 * A text begins with the model's bos (else eos) token, which does not count. One that is longer than the window is scored
 * in windows that go on by `stride` tokens; a token counts in the first window that holds it, with at least
 * `window − stride` tokens before it from the second window on (Hugging Face's guide to perplexity of fixed-length models).
 *
 * The same bits always: float sums depend on how a matrix product is cut into blocks, so a window is filled up to a length
 * from a fixed list, a batch to a fixed number of rows, and a run has one thread. Cores are used by several runs at once.
 */
import { AthanorError } from '../core/index.ts';
import type { Likelihood } from '../tasks/index.ts';
import type { Tokenizer } from '../tokenizer/index.ts';
import { ignoredLabel, type ScoreItem, type Scorer } from './scorer.ts';

export interface DocumentScorerOptions {
  /** Of a device whose runs have one thread. */
  readonly scorer: Scorer;
  readonly tokenizer: Tokenizer;
  /** Tokens of a window. Default: the model's context, at most 1024. */
  readonly window?: number | undefined;
  /** Default: half a window. */
  readonly stride?: number | undefined;
  /** Only so many tokens of a text are scored, from its begin. Default: all. */
  readonly maxTokens?: number | undefined;
  /** Runs at once. Default 1. */
  readonly lanes?: number | undefined;
}

const largestDefault = 1024;
/** Lengths of windows: this, and its doubles up to the model's context. */
const shortest = 32;
/** Tokens of a run: enough to keep a core busy; more would only take memory (a row of the vocabulary a token). */
const batchTokens = 1024;
const mostRows = 16;

export class DocumentScorer {
  readonly window: number;
  readonly stride: number;
  private readonly options: DocumentScorerOptions;

  /** @throws AthanorError('bad-input') for a window that the model or the stride does not allow */
  constructor(options: DocumentScorerOptions) {
    const context = options.scorer.maxLength;
    this.options = options;
    this.window = options.window ?? Math.min(context, largestDefault);
    this.stride = options.stride ?? Math.max(1, this.window >> 1);
    if (this.window < 2 || this.window > context)
      throw new AthanorError('bad-input', `window is ${this.window}, the model's context ${context} tokens`, {
        place: 'window',
        hint: `Choose 2 to ${context}.`,
      });
    if (this.stride < 1 || this.stride >= this.window)
      throw new AthanorError('bad-input', `stride is ${this.stride}, the window ${this.window} tokens`, {
        place: 'stride',
        hint: `Choose 1 to ${this.window - 1}: a token needs one before it.`,
      });
  }

  /** Nats, counted tokens and their bytes, in order. @throws AthanorError('bad-file') where the model gives no number */
  async score(texts: readonly string[]): Promise<Likelihood[]> {
    const windows = texts.map((text) => this.windowsOf(text));
    const batches = batchesOf(windows.flat(), this.options.scorer.maxLength);
    const found = new Map<ScoreItem, number>();
    const { scorer, lanes = 1 } = this.options;
    let next = 0;
    const lane = async () => {
      for (let i = next++; i < batches.length; i = next++) {
        const batch = batches[i]!;
        const scores = await scorer.score(filled(batch));
        for (const [row, item] of batch.rows.entries()) found.set(item, scores[row]!.nll);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return windows.map((items, i) => {
      const nll = items.reduce((sum, item) => sum + found.get(item)!, 0);
      if (Number.isFinite(nll)) return { nll, ...this.counted(items) };
      throw new AthanorError('bad-file', `the model gives ${nll} as the loss of text ${i}`, {
        hint: 'Its weights hold NaN or infinity, or numbers that overflow.',
        values: { text: texts[i]!.slice(0, 100) },
      });
    });
  }

  private windowsOf(text: string): ScoreItem[] {
    const { tokenizer, maxTokens = Number.POSITIVE_INFINITY } = this.options;
    const start = tokenizer.specialTokens.bos ?? tokenizer.specialTokens.eos;
    const ids = tokenizer.encode(text, { addSpecialTokens: false, allowedSpecial: 'none' }).slice(0, maxTokens);
    return windowsOf(start === undefined ? ids : [start, ...ids], this.window, this.stride);
  }

  private counted(items: readonly ScoreItem[]): Pick<Likelihood, 'tokens' | 'bytes'> {
    let [tokens, bytes] = [0, 0];
    for (const { labels } of items)
      for (let t = 1; t < labels.length; t++)
        if (labels[t] !== ignoredLabel) {
          tokens++;
          bytes += this.options.tokenizer.byteLength(labels[t]!);
        }
    return { tokens, bytes };
  }
}

/** A sequence in windows; every token but the first counts in exactly one. None for a sequence of one token. */
export function windowsOf(ids: readonly number[], window: number, stride: number): ScoreItem[] {
  const items: ScoreItem[] = [];
  for (let [from, seen] = [0, 1]; seen < ids.length; from += stride) {
    const part = ids.slice(from, from + window);
    items.push({ ids: part, labels: part.map((id, t) => (from + t < seen ? ignoredLabel : id)) });
    seen = from + part.length;
  }
  return items;
}

interface Batch {
  readonly length: number;
  readonly rows: readonly ScoreItem[];
}

/** Items of one padded length together; the longest lengths first, so that no long run is left to the end. */
function batchesOf(items: readonly ScoreItem[], context: number): Batch[] {
  const byLength = new Map<number, ScoreItem[]>();
  for (const item of items) {
    let length = shortest;
    while (length < item.ids.length) length *= 2;
    length = Math.min(length, context);
    const known = byLength.get(length);
    if (known) known.push(item);
    else byLength.set(length, [item]);
  }
  return [...byLength]
    .sort(([a], [b]) => b - a)
    .flatMap(([length, rows]) => {
      const size = rowsOf(length);
      const count = Math.ceil(rows.length / size);
      return Array.from({ length: count }, (_, i) => ({ length, rows: rows.slice(i * size, (i + 1) * size) }));
    });
}

const rowsOf = (length: number): number => Math.min(mostRows, Math.max(1, Math.floor(batchTokens / length)));

/** The batch's rows at their full length, and as many as every batch of that length has; what is added does not count. */
function filled({ length, rows }: Batch): ScoreItem[] {
  const fill = (list: readonly number[], value: number) => [...list, ...Array(length - list.length).fill(value)];
  return Array.from({ length: rowsOf(length) }, (_, row) => {
    const { ids, labels } = rows[row] ?? { ids: [], labels: [] };
    return { ids: fill(ids, 0), labels: fill(labels, ignoredLabel) };
  });
}
