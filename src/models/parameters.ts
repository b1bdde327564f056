/** The weights that a model has, without values: from a symbolic forward pass. */
import { input } from '../graph/index.ts';
import { type ParameterRole, trainingContext } from './context.ts';
import type { Model } from './define-model.ts';
import { buildLogits } from './programs.ts';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: ParameterRole;
}

/** Every weight in the order of the forward pass; tied weights once. */
export function parameterSpecs(model: Model): ParameterSpec[] {
  const context = trainingContext({ batch: 1, time: 1, tokens_BT: input('input_ids', 'int64', [1, 1]) });
  buildLogits(model, context);
  return [...context.parameters].map(([name, tensor]) => ({
    name,
    shape: tensor.shape.filter((dim) => typeof dim === 'number'),
    role: context.roles.get(name)!,
  }));
}

/** Number of weights. */
export function parameterCount(model: Model): number {
  return parameterSpecs(model).reduce(
    (total, { shape }) => total + shape.reduce((product, size) => product * size, 1),
    0,
  );
}

/**
 * Floating-point operations of a training step per token: 6 for each weight of a matrix product (2 forward, 4 backward) and
 * attention's 12 · layers · heads · headDim · time, counted in full as is usual (PaLM, Chowdhery et al. 2022, appendix B).
 */
export function trainingFlopsPerToken(model: Model, time: number): number {
  const { layers, heads, headDim, vocabSize, hiddenSize } = model.dims;
  let weights = vocabSize * hiddenSize; // the output head, tied or not; looking up embeddings costs nothing
  for (const { name, shape, role } of parameterSpecs(model))
    if (role === 'linear' && name !== 'lm_head.weight') weights += shape[0]! * shape[1]!;
  return 6 * weights + 12 * layers * heads * headDim * time;
}
