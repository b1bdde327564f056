import type { None } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';

/**
 * x itself, computed after the other inputs: an order that the engine cannot optimise away. Costs one pass over x, so
 * give it the smallest tensor on the way (a learning rate). Needs dependencies with at least one element.
 */
export const after = definePrim<None>({
  name: 'after',
  infer(inputs) {
    if (inputs.length < 2) throw shapeError('after', inputs, 'a tensor and at least one to come before it');
    return [{ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }];
  },
  emit(context, { inputs: [x, ...dependencies], outputs }) {
    // "d = d or not(d = d)" is true whatever d is, NaN too; ONNX Runtime 1.30 does not know that.
    const truths = dependencies.map((dependency) => {
      const flat = context.node('Reshape', [dependency.name, context.ints([-1])]);
      const first = context.node('Gather', [flat, context.ints([0])], { axis: 0 });
      const number = context.node('Cast', [first], { to: 1 });
      const same = context.node('Equal', [number, number]);
      return context.node('Or', [same, context.node('Not', [same])]);
    });
    const all = truths.reduce((left, right) => context.node('And', [left, right]));
    const condition = context.node('Squeeze', [all, context.ints([0])]);
    context.node('Where', [condition, x!.name, x!.name], {}, { outputs: [outputs[0]!.name] });
  },
  gradient: ({ gradient: g, inputs }) => inputs.map((_, i) => (i === 0 ? g : undefined)),
  reference: ([x]) => [x!],
});
