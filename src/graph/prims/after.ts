import type { None } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { onnxDataType } from '../onnx/encode.ts';
import { definePrim } from '../prim.ts';

/**
 * x itself, bit for bit, computed after the other inputs: an order that the engine cannot optimise away, nor can it merge
 * what is computed from the result with what is computed from x. Needs dependencies with at least one element.
 *
 * x − z with z = float(d < d) for one element d of each dependency: always +0, for NaN and infinity too, and x − 0 is x (−0
 * too). ONNX Runtime subtracts in place when x has no later reader; the rest is work on single numbers. (Where(c, x, x)
 * would take several passes and memory of its own; a Reshape to a computed shape none, but it hides sizes from the
 * memory planner.)
 */
export const after = definePrim<None>({
  name: 'after',
  infer(inputs) {
    if (inputs.length < 2) throw shapeError('after', inputs, 'a tensor and at least one to come before it');
    return [{ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }];
  },
  emit(context, { inputs: [x, ...dependencies], outputs }) {
    const numbers = dependencies.map(({ name, dtype }) => {
      const flat = context.node('Reshape', [name, context.ints([-1])]);
      const first = context.node('Gather', [flat, context.ints([0])], { axis: 0 });
      return dtype === 'float32' ? first : context.node('Cast', [first], { to: onnxDataType.float32 });
    });
    const all = numbers.length === 1 ? numbers[0]! : context.node('Concat', numbers, { axis: 0 });
    const never = context.node('Cast', [context.node('Less', [all, all])], { to: onnxDataType.float32 });
    const zero = context.node('ReduceMax', [never, context.ints([0])], { keepdims: 0 });
    const same = x!.dtype === 'float32' ? zero : context.node('Cast', [zero], { to: onnxDataType[x!.dtype] });
    context.node(x!.dtype === 'bool' ? 'Or' : 'Sub', [x!.name, same], {}, { outputs: [outputs[0]!.name] });
  },
  gradient: ({ gradient: g, inputs }) => inputs.map((_, i) => (i === 0 ? g : undefined)),
  reference: ([x]) => [x!],
});
