import type { None } from '../elementwise.ts';
import { definePrim } from '../prim.ts';

/** x itself, through which no gradient flows. */
export const stopGradient = definePrim<None>({
  name: 'stop-gradient',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  emit: (context, { inputs }) => context.alias(0, inputs[0]!.name),
  gradient: 'zero',
  reference: ([x]) => [x!],
});
