/**
 * Rematerialisation (Griewank & Walther, "Revolve", 2000; Chen et al., "Training deep nets with sublinear memory cost", 2016):
 * trade the memory of a region's activations for computing them twice.
 */
import { apply, type Tensor } from './ir.ts';
import { checkpoint as checkpointPrim } from './prims/checkpoint.ts';

/**
 * fn(...inputs), whose intermediate values are not kept for the backward pass but computed again in it.
 *
 * Everything that `fn` computes from `inputs` is recomputed; parameters may be used freely inside. What it computes from other
 * tensors alone (a mask made outside, a table) is shared, not recomputed: pass those as inputs too if they are large.
 * Counter-based randomness (dropout) repeats exactly. Gradients are those without `checkpoint`, bit for bit where
 * the engine's kernels are deterministic. `grad` may be asked for parameters and inputs, not for tensors made inside of `fn`.
 * @returns a tensor of the type of fn's result
 */
export function checkpoint(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  return apply(checkpointPrim, [fn(...inputs), ...new Set(inputs)], {});
}
