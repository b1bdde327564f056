/**
 * Small training programs that every device must train alike. Browser-safe.
 * A case is a build function, its feeds and where the loss is, so that any model can take its place.
 */
import { Rng } from '../../src/core/index.ts';
import type { GraphSpec } from '../../src/graph/index.ts';
import { createModel } from '../../src/models/index.ts';
import { type Backend, type Feed, Program } from '../../src/runtime/index.ts';
import { bindOptimizer, buildStep, objectives, optimizers } from '../../src/train/index.ts';

export interface TrainingCase {
  /** One training step; its output `loss_sum` is a scalar. */
  readonly build: () => GraphSpec;
  readonly feeds: (step: number) => Record<string, Feed>;
  /** What `loss_sum` is a sum over. */
  readonly counted: number;
  readonly steps: number;
  readonly seed: number;
}

/** Trains and returns the mean loss of every step. */
export async function trainLosses(backend: Backend, training: TrainingCase): Promise<number[]> {
  const { build, feeds, counted, steps, seed } = training;
  const program = await Program.compile(build, { backend, name: 'training step' });
  try {
    program.initialize({ seed });
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) {
      const outputs = await program.run(feeds(step));
      losses.push(Number(outputs.loss_sum!.data[0]) / counted);
    }
    return losses;
  } finally {
    program.dispose();
  }
}

/**
 * The training step that a recipe gets, for a tiny model: forward, backward, clipping, AdamW, on a noisy counting sequence.
 * @param spec `model:` of a recipe
 */
function tinyTraining(spec: Readonly<Record<string, unknown>>, dropout = 0): TrainingCase {
  const [batchSize, sequenceLength, vocabulary] = [4, 16, 64];
  const counted = batchSize * sequenceLength;
  const optimizer = bindOptimizer(optimizers.adamw, optimizers.adamw.config.parse({ lr: 5e-3 }));
  const model = createModel({ ...spec, vocab_size: vocabulary });
  return {
    build: () => buildStep({ model, objective: objectives.pretrain, optimizer, batchSize, sequenceLength, dropout }),
    feeds(step) {
      const rng = new Rng(5, step);
      const ids: number[] = [];
      const labels: number[] = [];
      for (let row = 0; row < batchSize; row++) {
        let value = rng.int(vocabulary);
        for (let t = 0; t < sequenceLength; t++) {
          ids.push(value);
          value = rng.uniform() < 0.1 ? rng.int(vocabulary) : (value + 3) % vocabulary;
          labels.push(value);
        }
      }
      return {
        ...{ input_ids: BigInt64Array.from(ids, BigInt), labels: BigInt64Array.from(labels, BigInt) },
        ...{ loss_scale: 1 / counted, clip_norm: 1 },
        ...(dropout > 0 ? { rng_key: BigInt64Array.of(7n, 0n, BigInt(step)) } : {}),
        ...optimizer.scalars(step + 1, optimizer.learningRate),
      };
    },
    counted,
    steps: 20,
    seed: 7,
  };
}

const llama = {
  ...{ type: 'llama', hidden_size: 32, intermediate_size: 96, num_hidden_layers: 2, max_position_embeddings: 16 },
  ...{ num_attention_heads: 2, num_key_value_heads: 1 },
};

/** With grouped-query attention. */
export const llamaTraining = tinyTraining(llama);
export const gpt2Training = tinyTraining({ type: 'gpt2', n_embd: 32, n_layer: 2, n_head: 2, n_positions: 16 });
/** With dropout: the graph draws random numbers. */
export const dropoutTraining = tinyTraining(llama, 0.1);

export const trainingCases = { llama: llamaTraining, gpt2: gpt2Training, dropout: dropoutTraining } as const;
