import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { ndarray, sizeOf } from '../reference/ndarray.ts';
import { isFloat } from '../types.ts';

export interface CumsumAttributes {
  readonly axis: number;
  /** Element i is the sum of those before it, without itself. */
  readonly exclusive: boolean;
  /** Sums from the end. */
  readonly reverse: boolean;
}

/** Running sums along `axis`. The gradient is the running sum in the other direction. float32/64, int32/64. */
export const cumsum = definePrim<CumsumAttributes>({
  name: 'cumsum',
  infer(inputs, { axis }) {
    const [x] = inputs;
    const fits = x && (isFloat(x.dtype) || x.dtype === 'int64' || x.dtype === 'int32');
    if (!fits || axis < 0 || axis >= x.shape.length)
      throw shapeError('cumsum', inputs, `a float, int64 or int32 tensor with an axis ${axis}`);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  emit(context, { inputs, outputs, attributes: { axis, exclusive, reverse } }) {
    const attributes = { exclusive: Number(exclusive), reverse: Number(reverse) };
    const names = [inputs[0]!.name, context.scalar('int64', axis)];
    context.node('CumSum', names, attributes, { outputs: [outputs[0]!.name] });
  },
  gradient({ gradient: g, attributes, ops }) {
    return [ops.cumsum(g, { ...attributes, reverse: !attributes.reverse })];
  },
  reference([x], { axis, exclusive, reverse }) {
    const result = ndarray(x!.shape);
    const size = x!.shape[axis]!;
    const inner = sizeOf(x!.shape.slice(axis + 1));
    const outer = sizeOf(x!.shape.slice(0, axis));
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        let total = 0;
        for (let step = 0; step < size; step++) {
          const at = (o * size + (reverse ? size - 1 - step : step)) * inner + i;
          const value = x!.data[at]!;
          result.data[at] = exclusive ? total : total + value;
          total += value;
        }
      }
    return [result];
  },
});
