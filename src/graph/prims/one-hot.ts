import { shapeError } from '../ir.ts';
import { onnxDataType } from '../onnx/encode.ts';
import { definePrim } from '../prim.ts';
import { ndarray } from '../reference/ndarray.ts';
import { type DType, isInteger } from '../types.ts';

/**
 * int64 [...] → [..., depth]: 1 at the index, 0 elsewhere; a row of an index outside of 0…depth-1 (an ignored label) is 0.
 * Emitted as a comparison, which exists for every element type and device (OneHot does not, and wraps negative indices).
 */
export const oneHot = definePrim<{ readonly depth: number; readonly dtype: DType }>({
  name: 'one-hot',
  infer(inputs, { depth, dtype }) {
    const [indices] = inputs;
    if (!indices || !isInteger(indices.dtype) || !Number.isInteger(depth) || depth < 0)
      throw shapeError('oneHot', inputs, `integer indices, and a depth that is an integer ≥ 0, not ${depth}`);
    return [{ dtype, shape: [...indices.shape, depth] }];
  },
  emit(context, { inputs, outputs, attributes: { depth, dtype } }) {
    const [indices] = inputs;
    const [output] = outputs;
    const last = context.node('Unsqueeze', [indices!.name, context.ints([indices!.shape.length])]);
    const wide = indices!.dtype === 'int64' ? last : context.node('Cast', [last], { to: onnxDataType.int64 });
    const range = context.node(
      'Range',
      [0, depth, 1].map((value) => context.scalar('int64', value)),
    );
    if (dtype === 'bool') context.node('Equal', [wide, range], {}, { outputs: [output!.name] });
    else
      context.node(
        'Cast',
        [context.node('Equal', [wide, range])],
        { to: onnxDataType[dtype] },
        { outputs: [output!.name] },
      );
  },
  gradient: 'zero',
  reference([indices], { depth }) {
    const result = ndarray([...indices!.shape, depth]);
    indices!.data.forEach((index, row) => {
      if (index >= 0 && index < depth) result.data[row * depth + index] = 1;
    });
    return [result];
  },
});
