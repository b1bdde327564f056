import { shapeSize, shapesEqual } from '../dims.ts';
import type { None } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { onnxDataType } from '../onnx/encode.ts';
import { definePrim } from '../prim.ts';
import { ndarray, resolveIndex } from '../reference/ndarray.ts';
import type { Shape } from '../types.ts';

/** base with `updates` rows added at `indices` of axis 0; repeated indices add up. The gradient of an embedding. */
export const scatterAdd = definePrim<None>({
  name: 'scatter-add',
  infer(inputs) {
    const [base, indices, updates] = inputs;
    const fits =
      base && indices && updates && base.shape.length > 0 && indices.dtype === 'int64' && base.dtype === updates.dtype;
    if (!fits || !shapesEqual(updates.shape, [...indices.shape, ...base.shape.slice(1)]))
      throw shapeError('scatterAdd', inputs, 'base [V, …], int64 indices [...], updates [..., …] of one element type');
    return [{ dtype: base.dtype, shape: base.shape }];
  },
  emit(context, { inputs, outputs }) {
    const [base, indices, updates] = inputs as [
      (typeof inputs)[0] & object,
      (typeof inputs)[0] & object,
      (typeof inputs)[0] & object,
    ];
    if (context.target === 'webgpu') {
      // ScatterND wants the index tuple as a last axis of size 1.
      const tuples = context.node('Unsqueeze', [indices.name, context.ints([indices.shape.length])]);
      context.node(
        'ScatterND',
        [base.name, tuples, updates.name],
        { reduction: 'add' },
        { outputs: [outputs[0]!.name] },
      );
      return;
    }
    // On CPU, ScatterND with a reduction splits the tuples over threads without a lock: repeated indices lose updates (a
    // tenth of the runs at 2,048 × 384 on two threads, ONNX Runtime 1.30). ScatterElements is sequential, and 1 % of a step.
    const [rows, width] = [shapeSize(indices.shape), shapeSize(base.shape.slice(1))];
    const flat = (x: typeof base, shape: Shape): string =>
      shapesEqual(x.shape, shape) ? x.name : context.node('Reshape', [x.name, context.shape(shape)]);
    const narrow = context.node('Cast', [flat(indices, [rows, 1])], { to: onnxDataType.int32 });
    const spread = context.node('Tile', [narrow, context.shape([1, width])]);
    const parts = [flat(base, [base.shape[0]!, width]), spread, flat(updates, [rows, width])];
    const output = outputs[0]!;
    if (base.shape.length === 2) {
      context.node('ScatterElements', parts, { axis: 0, reduction: 'add' }, { outputs: [output.name] });
      return;
    }
    const sum = context.node('ScatterElements', parts, { axis: 0, reduction: 'add' });
    context.node('Reshape', [sum, context.shape(output.shape)], {}, { outputs: [output.name] });
  },
  gradient({ inputs: [, indices], gradient: g, needed, ops }) {
    return [g, undefined, needed[2] ? ops.gather(g, indices!, { axis: 0 }) : undefined];
  },
  reference([base, indices, updates]) {
    const width = base!.data.length / Math.max(1, base!.shape[0]!);
    const result = ndarray(base!.shape, base!.data.slice());
    indices!.data.forEach((value, i) => {
      const row = resolveIndex(value, base!.shape[0]!, 'scatterAdd');
      for (let j = 0; j < width; j++) result.data[row * width + j]! += updates!.data[i * width + j]!;
    });
    return [result];
  },
});
