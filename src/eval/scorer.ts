/**
 * Log-likelihoods of token sequences, without sampling: what perplexity and `athanor score` are made of.
 * Knows token ids only. Sequences of similar length share a compiled program (time rounded up to a power of two).
 */
import { AthanorError, invariant } from '../core/index.ts';
import { buildScore, type LinearTransform, type Model } from '../models/index.ts';
import { type Backend, Program, type Store } from '../runtime/index.ts';

/** Labels with this value are not counted. */
export const ignoredLabel = -100;

export interface ScoreItem {
  readonly ids: readonly number[];
  /** Same length, not shifted: the id where the token counts, else -100. The first token never counts. */
  readonly labels: readonly number[];
}

export interface ItemScore {
  /** Nats over the counted tokens. */
  readonly nll: number;
  readonly tokens: number;
  /** Log-probability of each token of `ids` in nats; NaN where it does not count. */
  readonly logprobs: Float32Array;
  /** [ids.length, V] logits after each token, when asked for. */
  readonly logits?: Float32Array;
}

export interface ScorerOptions {
  readonly model: Model;
  readonly backend: Backend;
  /** Holds the weights; stays the caller's. */
  readonly store: Store;
  readonly transforms?: readonly LinearTransform[];
  /** Rows of one run. Default 16. */
  readonly batchSize?: number;
}

export class Scorer {
  private readonly options: ScorerOptions;
  private readonly programs = new Map<string, Promise<Program>>();

  constructor(options: ScorerOptions) {
    this.options = options;
  }

  /** The longest sequence, in tokens. */
  get maxLength(): number {
    return this.options.model.dims.maxLength;
  }

  /**
   * Scores sequences, longest first so that padding stays small.
   * @throws AthanorError('bad-input') for a sequence longer than the context, or an id outside the vocabulary
   */
  async score(items: readonly ScoreItem[], options: { readonly logits?: boolean } = {}): Promise<ItemScore[]> {
    items.forEach((item, i) => {
      this.check(item, i);
    });
    const order = items.map((_, i) => i).sort((a, b) => items[b]!.ids.length - items[a]!.ids.length);
    const scores: ItemScore[] = new Array(items.length);
    const { batchSize = 16 } = this.options;
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = order.slice(start, start + batchSize);
      const found = await this.run(
        batch.map((i) => items[i]!),
        options.logits ?? false,
      );
      batch.forEach((i, row) => {
        scores[i] = found[row]!;
      });
    }
    return scores;
  }

  dispose(): void {
    for (const program of this.programs.values()) program.then((compiled) => compiled.dispose()).catch(() => {});
    this.programs.clear();
  }

  private check({ ids, labels }: ScoreItem, index: number): void {
    const { vocabSize, maxLength } = this.options.model.dims;
    invariant(ids.length === labels.length, 'ids and labels have the same length');
    if (ids.length > maxLength)
      throw new AthanorError(
        'bad-input',
        `sequence ${index} has ${ids.length} tokens, more than the context of ${maxLength}`,
        {
          hint: 'Cut it into pieces first.',
          values: { index, tokens: ids.length, context: maxLength },
        },
      );
    const outside = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
    if (outside !== undefined)
      throw new AthanorError(
        'bad-input',
        `sequence ${index} has token ${outside}, but the vocabulary is 0 … ${vocabSize - 1}`,
        {
          hint: "Use the model's own tokenizer.",
          values: { index, token: outside },
        },
      );
  }

  private async run(items: readonly ScoreItem[], logits: boolean): Promise<ItemScore[]> {
    const longest = Math.max(2, ...items.map(({ ids }) => ids.length));
    const time = Math.min(this.maxLength, 2 ** Math.ceil(Math.log2(longest)));
    const program = await this.program(time, logits);
    const shape = [items.length, time];
    const size = items.length * time;
    const tokens = new BigInt64Array(size);
    const labels = new BigInt64Array(size).fill(BigInt(ignoredLabel));
    items.forEach(({ ids, labels: counted }, row) => {
      for (let t = 0; t < ids.length; t++) {
        tokens[row * time + t] = BigInt(ids[t]!);
        if (t > 0) labels[row * time + t - 1] = BigInt(counted[t]!);
      }
    });
    const feeds = {
      input_ids: { dtype: 'int64', shape, data: tokens },
      labels: { dtype: 'int64', shape, data: labels },
      positions: { dtype: 'int64', shape, data: BigInt64Array.from({ length: size }, (_, i) => BigInt(i % time)) },
    } as const;
    const wanted = new Set(program.inputs.map(({ name }) => name));
    const outputs = await program.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name))));
    const losses = outputs.per_token!.data as Float32Array;
    return items.map((item, row) => ({
      ...rowScore(item, losses.subarray(row * time)),
      ...(logits
        ? {
            logits: rowsOf(
              outputs.logits!.data as Float32Array,
              row * time,
              item.ids.length,
              this.options.model.dims.vocabSize,
            ),
          }
        : {}),
    }));
  }

  private program(time: number, logits: boolean): Promise<Program> {
    const key = `${time}:${logits}`;
    let program = this.programs.get(key);
    if (!program) {
      const { model, backend, store, transforms } = this.options;
      program = Program.compile(() => buildScore(model, { batch: 'B', time, logits, transforms }), {
        backend,
        store,
        name: `${model.type} scoring`,
      });
      this.programs.set(key, program);
    }
    return program;
  }
}

/** @param losses of the row: entry t belongs to token t + 1 */
function rowScore({ ids, labels }: ScoreItem, losses: Float32Array): ItemScore {
  const logprobs = new Float32Array(ids.length).fill(Number.NaN);
  let nll = 0;
  let tokens = 0;
  for (let t = 1; t < ids.length; t++) {
    if (labels[t] === ignoredLabel) continue;
    logprobs[t] = -losses[t - 1]!;
    nll += losses[t - 1]!;
    tokens++;
  }
  return { nll, tokens, logprobs };
}

function rowsOf(data: Float32Array, start: number, count: number, width: number): Float32Array {
  return data.slice(start * width, (start + count) * width);
}
