import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { map } from '../reference/ndarray.ts';
import { isFloat } from '../types.ts';

/** y = x·σ(x); dy/dx = σ + y(1 − σ) = σ + y − yσ. (Also called swish.) */
export const silu = definePrim<Record<never, never>>({
  name: 'silu',
  infer(inputs) {
    const [x] = inputs;
    if (!x || !isFloat(x.dtype)) throw shapeError('silu', inputs, 'one float tensor');
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  // ONNX Runtime fuses the pair into QuickGelu when nothing else reads the sigmoid; in training the gradient shares it.
  emit(context, { inputs, outputs }) {
    const sigmoid = context.node('Sigmoid', [inputs[0]!.name]);
    context.node('Mul', [inputs[0]!.name, sigmoid], {}, { outputs: [outputs[0]!.name] });
  },
  gradient({ inputs, outputs, gradient: g, ops }) {
    const sigmoid = ops.sigmoid(inputs[0]!);
    const y = outputs[0]!;
    return [ops.mul(g, ops.add(sigmoid, ops.mul(y, ops.sub(1, sigmoid))))];
  },
  reference: ([x]) => [map(x!, (value) => value / (1 + Math.exp(-value)))],
});
