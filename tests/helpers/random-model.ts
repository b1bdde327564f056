/** A model directory with random weights that leave nothing at its initial value, and a tokenizer trained on given texts. */
import { Rng } from '../../src/core/index.ts';
import { createModel, parameterSpecs } from '../../src/models/index.ts';
import { saveModel } from '../../src/models/node.ts';
import { trainBpe } from '../../src/tokenizer/index.ts';
import { saveTokenizer } from '../../src/tokenizer/node.ts';

export interface RandomModelOptions {
  readonly texts: readonly string[];
  readonly vocabSize?: number;
  /** Of config.json, without vocab_size. Default: a llama of two layers and 64 tokens of context. */
  readonly config?: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly seed?: number;
  /** Standard deviation of the weights; NaN makes a broken model. */
  readonly scale?: number;
}

const llama = {
  ...{ type: 'llama', hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 2 },
  ...{ max_position_embeddings: 64, tie_word_embeddings: true },
};

export async function writeRandomModel(directory: string, options: RandomModelOptions): Promise<void> {
  const { texts, vocabSize = 400, config = llama, seed = 1, scale = 0.15 } = options;
  const tokenizer = trainBpe({ texts: [...texts], vocabSize });
  const model = createModel({ ...config, vocab_size: tokenizer.vocabSize });
  const tensors = parameterSpecs(model).map(({ name, shape, role }, index) => {
    const random = new Rng(seed, index);
    const center = role === 'norm' && name.endsWith('weight') ? 1 : 0;
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length }, () => center + scale * random.normal());
    return { name, dtype: 'float32' as const, shape, data };
  });
  const { bos, eos, pad } = tokenizer.specialTokens;
  await saveModel(directory, {
    ...{ model, tensors, card: { name: 'random', summary: 'A random model.' } },
    extra: { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad },
  });
  saveTokenizer(directory, tokenizer);
}
