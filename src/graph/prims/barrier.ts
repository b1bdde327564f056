import { shapeError } from '../ir.ts';
import { onnxDataType } from '../onnx/encode.ts';
import { definePrim } from '../prim.ts';

/**
 * x, unchanged, but not to be had before `trigger` (a non-empty numeric tensor) has been computed. No optimizer can see that it is
 * x, so what is computed from it is not merged with what is computed from x. Made for recomputation (checkpoint.ts).
 *
 * x − z with z = float(s < s), where s is one element of the trigger: always +0, also for NaN and infinity, and x − 0 is x bit
 * for bit (−0 too). ONNX Runtime does the subtraction in place when x has no later reader, the rest is scalar work. A Reshape
 * with a computed shape would even save that pass, but hides the shape from the memory planner.
 */
export const barrier = definePrim({
  name: 'barrier',
  infer(inputs) {
    const [x, trigger] = inputs;
    if (!x || !trigger || trigger.dtype === 'bool')
      throw shapeError('barrier', inputs, 'a tensor and a numeric trigger');
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  emit(context, { inputs: [x, trigger], outputs }) {
    const flat =
      trigger!.shape.length === 0 ? trigger!.name : context.node('Reshape', [trigger!.name, context.ints([-1])]);
    const first = trigger!.shape.length === 0 ? flat : context.node('Gather', [flat, context.scalar('int64', 0)]);
    const never = context.node('Less', [first, first]);
    if (x!.dtype === 'bool') {
      context.node('Or', [x!.name, never], {}, { outputs: [outputs[0]!.name] });
      return;
    }
    const zero = context.node('Cast', [never], { to: onnxDataType[x!.dtype] });
    context.node('Sub', [x!.name, zero], {}, { outputs: [outputs[0]!.name] });
  },
  gradient: ({ gradient }) => [gradient, undefined],
  reference: ([x]) => [x!],
});
