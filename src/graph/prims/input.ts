import { canonicalShape } from '../dims.ts';
import { definePrim } from '../prim.ts';
import type { DType, Shape } from '../types.ts';

export interface InputAttributes {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A tensor fed at every run. */
export const input = definePrim<InputAttributes>({
  name: 'input',
  infer: (_, { dtype, shape }) => [{ dtype, shape: canonicalShape(shape) }],
  emit(context, { outputs, attributes }) {
    context.alias(0, context.external('input', attributes.name, outputs[0]!, attributes));
  },
  gradient: 'zero',
  reference: (_, { name }, context) => [context.external(name)],
});
