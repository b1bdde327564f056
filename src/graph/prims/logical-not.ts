import type { None } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { map } from '../reference/ndarray.ts';

/** Not, of bools. */
export const logicalNot = definePrim<None>({
  name: 'logical-not',
  infer(inputs) {
    const [x] = inputs;
    if (x?.dtype !== 'bool') throw shapeError('logicalNot', inputs, 'one bool tensor');
    return [{ dtype: 'bool', shape: x.shape }];
  },
  emit(context, { inputs, outputs }) {
    context.node('Not', [inputs[0]!.name], {}, { outputs: [outputs[0]!.name] });
  },
  gradient: 'zero',
  reference: ([x]) => [map(x!, (value) => (value === 0 ? 1 : 0))],
});
