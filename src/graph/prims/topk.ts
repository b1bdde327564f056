import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { forEachIndex, ndarray, stridesOf } from '../reference/ndarray.ts';
import { isFloat } from '../types.ts';

/**
 * The k largest elements along `axis`, largest first (of equals the first), and their positions (int64). Only the values
 * carry a gradient: it goes back to where they came from.
 */
export const topk = definePrim<{ readonly k: number; readonly axis: number }>({
  name: 'topk',
  infer(inputs, { k, axis }) {
    const [x] = inputs;
    const size = x?.shape[axis];
    const fits = x && (isFloat(x.dtype) || x.dtype === 'int64' || x.dtype === 'int32') && size !== undefined;
    if (!fits || !Number.isInteger(k) || k < 0 || (typeof size === 'number' && k > size))
      throw shapeError('topk', inputs, `a float, int64 or int32 tensor with at least ${k} elements on axis ${axis}`);
    const shape = x.shape.map((dim, i) => (i === axis ? k : dim));
    return [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ];
  },
  emit(context, { inputs, outputs, attributes: { k, axis } }) {
    const names = outputs.map((output) => output.name);
    context.node('TopK', [inputs[0]!.name, context.ints([k])], { axis, largest: 1, sorted: 1 }, { outputs: names });
  },
  gradient({ inputs: [x], outputs: [, indices], outputGradients: [g], attributes: { axis }, ops }) {
    return [g && ops.scatterAddElements(ops.zeros(x!.shape, x!.dtype), indices!, g, { axis })];
  },
  reference([x], { k, axis }) {
    const shape = x!.shape.map((size, i) => (i === axis ? k : size));
    const values = ndarray(shape);
    const indices = ndarray(shape);
    const size = x!.shape[axis]!;
    const stride = stridesOf(x!.shape)[axis]!;
    const outStrides = stridesOf(shape);
    const rows = x!.shape.map((length, i) => (i === axis ? 1 : length));
    const strides = stridesOf(x!.shape);
    forEachIndex(rows, (index) => {
      const from = index.reduce((at, value, i) => at + value * strides[i]!, 0);
      const to = index.reduce((at, value, i) => at + value * outStrides[i]!, 0);
      const order = Array.from({ length: size }, (_, i) => i);
      order.sort((a, b) => x!.data[from + b * stride]! - x!.data[from + a * stride]! || a - b);
      for (let rank = 0; rank < k; rank++) {
        values.data[to + rank * outStrides[axis]!] = x!.data[from + order[rank]! * stride]!;
        indices.data[to + rank * outStrides[axis]!] = order[rank]!;
      }
    });
    return [values, indices];
  },
});
