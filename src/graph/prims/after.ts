import type { None } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { onnxDataType } from '../onnx/encode.ts';
import { definePrim, type EmitContext, type EmitInput } from '../prim.ts';

/**
 * x, unchanged, but not to be had before the other inputs (each with at least one element) have been computed. No optimizer can
 * see that it is x, so what is computed from it is not merged with what is computed from x. Made for recomputation
 * (checkpoint.ts) and for states updated in place (onnx/update-order.ts).
 *
 * x − z with z = float(s < s or …), s one element of each: always +0, also for NaN and infinity, and x − 0 is x bit for bit (−0
 * too). ONNX Runtime does the subtraction in place when x has no later reader, the rest is scalar work. A Reshape with
 * a computed shape would even save that pass, but hides the shape from the memory planner; Where is 2–3 times slower.
 */
export const after = definePrim<None>({
  name: 'after',
  infer(inputs) {
    if (inputs.length < 2) throw shapeError('after', inputs, 'a tensor and at least one to come before it');
    return [{ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }];
  },
  emit(context, { inputs: [x, ...dependencies], outputs }) {
    const never = dependencies
      .map((dependency) => falseAfter(context, dependency))
      .reduce((left, right) => context.node('Or', [left, right]));
    const to = { outputs: [outputs[0]!.name] };
    if (x!.dtype === 'bool') context.node('Or', [x!.name, never], {}, to);
    else context.node('Sub', [x!.name, context.node('Cast', [never], { to: onnxDataType[x!.dtype] })], {}, to);
  },
  gradient: ({ inputs, gradient: g }) => inputs.map((_, i) => (i === 0 ? g : undefined)),
  reference: ([x]) => [x!],
});

/** A bool scalar that is false, known only once `dependency` is there. */
function falseAfter(context: EmitContext, { name, dtype, shape }: EmitInput): string {
  const flat = shape.length === 0 ? name : context.node('Reshape', [name, context.ints([-1])]);
  const first = shape.length === 0 ? flat : context.node('Gather', [flat, context.scalar('int64', 0)]);
  const number = dtype === 'bool' ? context.node('Cast', [first], { to: onnxDataType.int32 }) : first;
  return context.node('Less', [number, number]);
}
