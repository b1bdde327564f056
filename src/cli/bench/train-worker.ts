/**
 * Our side of `athanor bench train`, in a process of its own: the same protocol as torch_train.py.
 * Each line on stdin is a number of steps; the answer is one JSON line { seconds, loss, rss_mb }.
 */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { constant, input, matmul } from '../../graph/index.ts';
import { createModel, parameterCount, trainingFlopsPerToken } from '../../models/index.ts';
import { type Backend, Program } from '../../runtime/index.ts';
import { openBackend } from '../../runtime/node.ts';
import { type Batch, objectives, optimizerOf, Stepper, trainingConfigOf } from '../../train/index.ts';
import type { TrainBenchSizes } from './sizes.ts';

const sizes = JSON.parse(process.argv[2]!) as TrainBenchSizes;
const { batch_size: B, sequence_length: T, vocab_size: V } = sizes;

const model = createModel(
  sizes.arch === 'gpt2'
    ? {
        type: 'gpt2',
        vocab_size: V,
        n_embd: sizes.hidden_size,
        n_layer: sizes.layers,
        n_head: sizes.heads,
        n_inner: sizes.intermediate_size,
        n_positions: T,
        bias: false,
        embd_pdrop: 0,
        attn_pdrop: 0,
        resid_pdrop: 0,
      }
    : {
        type: 'llama',
        vocab_size: V,
        hidden_size: sizes.hidden_size,
        intermediate_size: sizes.intermediate_size,
        num_hidden_layers: sizes.layers,
        num_attention_heads: sizes.heads,
        max_position_embeddings: T,
        tie_word_embeddings: true,
      },
);
const backend = await openBackend({ threads: sizes.threads });
const config = trainingConfigOf({ max_steps: 1, optimizer: { use: 'adamw', lr: 1e-3, weight_decay: 0.1 } });
const stepper = await Stepper.create({
  model,
  objective: objectives.pretrain,
  backend,
  optimizer: optimizerOf(config),
  batchSize: B,
  sequenceLength: T,
  accumulation: 1,
  clipNorm: 1,
  dropout: 0,
  seed: 0,
});
stepper.initialize();
const text = BigInt64Array.from({ length: 100_000 }, (_, i) => BigInt((i * i * 7 + i * 3) % V));

function nextBatch(): Batch {
  const input_ids = new BigInt64Array(B * T);
  const labels = new BigInt64Array(B * T);
  for (let row = 0; row < B; row++) {
    const start = Math.floor(Math.random() * (text.length - T - 1));
    input_ids.set(text.subarray(start, start + T), row * T);
    labels.set(text.subarray(start + 1, start + T + 1), row * T);
  }
  return { input_ids, labels };
}

/** Peak resident memory in MB, where the system tells. */
function peakMemory(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

/** Best speed of one large matrix product of the model's own shape: the roof that MFU is measured against. */
async function gemmGflops(device: Backend): Promise<number> {
  const [rows, inner, columns] = [B * T, sizes.hidden_size, sizes.intermediate_size];
  const program = await Program.compile(
    () => {
      const x = input('x', 'float32', [rows, columns]);
      const w = constant(new Float32Array(columns * inner).fill(0.5), [columns, inner]);
      return { outputs: { y: matmul(x, w) } };
    },
    { backend: device },
  );
  const feeds = { x: new Float32Array(rows * columns).fill(0.5) };
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) {
    const begin = performance.now();
    await program.run(feeds, { reuseOutputs: true });
    best = Math.min(best, performance.now() - begin);
  }
  program.dispose();
  return (2 * rows * inner * columns) / best / 1e6;
}

const answer = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
answer({
  ready: true,
  engine: backend.engine,
  params: parameterCount(model),
  flops_per_token: trainingFlopsPerToken(model, T),
  nodes: stepper.nodeCount,
});
let step = 0;
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'gemm') {
    answer({ gemm_gflops: await gemmGflops(backend) });
    continue;
  }
  const begin = performance.now();
  let loss = Number.NaN;
  for (let i = 0; i < Number(line); i++, step++) loss = (await stepper.step([nextBatch()], step, 1e-3)).loss;
  answer({ seconds: (performance.now() - begin) / 1000, loss, rss_mb: peakMemory() });
}
stepper.dispose();
backend.dispose();
