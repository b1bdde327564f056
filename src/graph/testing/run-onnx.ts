/** Values of tensors by ONNX Runtime's CPU kernels, compiled by `toOnnx`; the counterpart of `evaluateTensors`. Tests only. */
import { invariant } from '../../core/index.ts';
import type { Feeds } from '../evaluate.ts';
import type { Tensor } from '../ir.ts';
import { encodeValues } from '../onnx/constants.ts';
import { toOnnx } from '../onnx/to-onnx.ts';
import type { Target } from '../prim.ts';
import type { NdArray } from '../reference/ndarray.ts';
import { ortRunner } from './ort-node.ts';

/** @param options target: whose emission to run (always on CPU); optimize: false runs the graph as emitted */
export async function runOnnx(
  tensors: readonly Tensor[],
  feeds: Feeds,
  options: { readonly target?: Target; readonly optimize?: boolean } = {},
): Promise<NdArray[]> {
  const outputs = Object.fromEntries(tensors.map((tensor, i) => [`out${i}`, tensor]));
  const { model, inputs, states } = toOnnx({ outputs }, { target: options.target });
  const fed = [...inputs, ...states].map(({ name, dtype }) => {
    const value = feeds[name];
    invariant(value, `runOnnx: no value for '${name}'`);
    return [name, { dtype, shape: value.shape, data: encodeValues(dtype, value.data) }] as const;
  });
  const results = await ortRunner({ optimize: options.optimize })(model, Object.fromEntries(fed));
  return tensors.map((_, i) => results[`out${i}`]!);
}
