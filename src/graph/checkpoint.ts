/**
 * Rematerialisation (Griewank & Walther, "Revolve", 2000; Chen et al., "Training deep nets with sublinear memory cost", 2016):
 * trade the memory of a region's activations for computing them twice. Measured by bench/checkpoint-memory.mjs (16 residual
 * MLPs of 8,192 rows; 8 decoder layers of 8 × 256 tokens, width 128; ONNX Runtime 1.30, peak above the process at rest):
 * 1,290 → 274 MiB and 623 → 191 MiB; without ORT's memory pattern 657 → 154 and 322 → 100. Same gradients, bit for bit.
 */
import { shapeSize } from './dims.ts';
import { apply, newestId, reachableNodes, type Tensor } from './ir.ts';
import { checkpoint as checkpointPrim } from './prims/checkpoint.ts';
import { isInteger } from './types.ts';

/**
 * fn(...inputs), whose intermediate values are not kept for the backward pass but computed again in it.
 *
 * Everything that `fn` computes from `inputs`, and the random numbers that it draws, is computed again (the same numbers:
 * randomness is counter-based). Parameters may be used freely inside. What `fn` computes from other tensors alone is shared and
 * stays in memory: pass those as inputs too if that is much. Gradients are those without `checkpoint`, bit for bit where
 * the engine's kernels are deterministic. `grad` may be asked for parameters and inputs, not for tensors made inside of `fn`.
 * @returns a tensor of the type of fn's result
 */
export function checkpoint(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  const start = newestId();
  const y = fn(...inputs);
  const own = reachableNodes([y], new Set(inputs)).filter((node) => node.id > start);
  // Random keys are inputs as well, so that masks are drawn again instead of kept.
  const keys = own.flatMap((node) => node.inputs).filter((tensor) => tensor.id <= start && isKey(tensor));
  return apply(checkpointPrim, [y, ...new Set([...inputs, ...keys])], {});
}

/** A few integers that a run decides. */
function isKey({ dtype, shape, node }: Tensor): boolean {
  const size = shapeSize(shape);
  return isInteger(dtype) && typeof size === 'number' && size <= 4 && node.prim.name !== 'constant';
}
