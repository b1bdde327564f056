import { definePrim } from '../prim.ts';
import type { DType, Initializer, Shape } from '../types.ts';

export interface StateAttributes {
  readonly name: string;
  readonly dtype: DType;
  /** A leading named dim is bound to a range of rows of the stored tensor (`RunOptions.rows` in runtime/). */
  readonly shape: Shape;
  readonly init: Initializer;
  readonly trainable: boolean;
}

/** A named tensor that lives between runs: a parameter, an optimizer moment, a cache. Updated through `GraphSpec.updates`. */
export const state = definePrim<StateAttributes>({
  name: 'state',
  infer: (_, { dtype, shape }) => [{ dtype, shape }],
  emit(context, { outputs, attributes }) {
    context.alias(0, context.external('state', attributes.name, outputs[0]!, attributes));
  },
  gradient: 'zero',
  reference: (_, { name }, context) => [context.external(name)],
});
