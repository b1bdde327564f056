/** `bench infer`: prefill and decode speed of a model, straight at the runner: no server, no sampling. */
import { AthanorError } from '../../core/index.ts';
import { createRunner } from '../../infer/index.ts';
import { createModel, type LinearTransform, type Model, parameterCount, parameterSpecs } from '../../models/index.ts';
import { loadModel } from '../../models/node.ts';
import { type Backend, initialValue, type Store } from '../../runtime/index.ts';
import { openBackend } from '../../runtime/node.ts';
import { median } from './process.ts';

export interface InferBenchOptions {
  /** A model directory; default: random weights in SmolLM2-135M's shape. */
  readonly directory: string | undefined;
  readonly threads: number;
  readonly promptTokens: number;
  readonly decodeSteps: number;
  readonly batches: readonly number[];
  readonly note: (line: string) => void;
}

/** SmolLM2-135M's shape: what DESIGN and ANCHORS measured llama.cpp with. */
const smolLm2 = {
  type: 'llama',
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 2048,
  tie_word_embeddings: true,
} as const;

export async function benchInfer(options: InferBenchOptions) {
  const { threads, decodeSteps, batches, note } = options;
  const backend = await openBackend({ threads });
  try {
    const store = backend.createStore();
    const { model, transforms, name } = load(options.directory, backend, store);
    const maxLength = Math.min(model.dims.maxLength, 1024);
    const promptTokens = Math.min(options.promptTokens, maxLength >> 1);
    const slots = Math.max(...batches);
    const runner = await createRunner({ model, backend, store, transforms, slots, maxLength, ownsStore: true });
    try {
      const prompt = Int32Array.from({ length: promptTokens }, (_, i) => (i * 7919 + 13) % model.dims.vocabSize);
      const prefill = await timed(5, () => runner.prefill(0, prompt, 0));
      const result: Record<string, unknown> = {
        model: name,
        params: parameterCount(model),
        threads,
        prompt_tokens: promptTokens,
        prefill_tokens_per_s: Math.round(promptTokens / prefill),
      };
      note(`prefill: ${result.prefill_tokens_per_s} tokens/s`);
      for (let slot = 1; slot < slots; slot++) await runner.prefill(slot, prompt, 0);
      const steps = Math.min(decodeSteps, maxLength - promptTokens);
      for (const batch of batches) {
        let past = promptTokens;
        const tokens = Array.from({ length: batch }, (_, i) => i + 1);
        const seconds = await timed(steps, () => runner.decode(batch, tokens, new Array(batch).fill(past++)));
        result[`decode_tokens_per_s_batch_${batch}`] = Math.round(batch / seconds);
        note(`decode, batch ${batch}: ${result[`decode_tokens_per_s_batch_${batch}`]} tokens/s`);
      }
      return result;
    } finally {
      runner.dispose();
    }
  } finally {
    backend.dispose();
  }
}

function load(
  directory: string | undefined,
  backend: Backend,
  store: Store,
): { model: Model; transforms: readonly LinearTransform[]; name: string } {
  if (backend.device !== 'cpu')
    throw new AthanorError('unsupported', `bench infer runs on cpu, not on ${backend.device}`);
  if (directory === undefined) {
    const model = createModel(smolLm2);
    for (const { name, shape } of parameterSpecs(model)) {
      const init = { kind: 'normal', std: 0.02 } as const;
      store.create(name, 'float32', shape, initialValue(name, 'float32', shape, init, 0));
    }
    return { model, transforms: [], name: 'SmolLM2-135M shape, random float32 weights' };
  }
  const loaded = loadModel(directory);
  try {
    loaded.loadInto(store);
  } finally {
    loaded.close();
  }
  const kind = loaded.quantization ? loaded.quantization.scheme : 'float32';
  return { model: loaded.model, transforms: loaded.transforms, name: `${directory} (${kind})` };
}

/** Median seconds of a call, after two that do not count. */
async function timed(times: number, run: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < times + 2; i++) {
    const begin = performance.now();
    await run();
    if (i >= 2) seconds.push((performance.now() - begin) / 1000);
  }
  return median(seconds);
}
