/** Leaves of the graph: inputs, parameters, states, constants; and what shapes the gradient's flow. */
import { AthanorError } from '../../core/index.ts';
import { canonicalShape } from '../dims.ts';
import { apply, isTensor, type Tensor } from '../ir.ts';
import { after as afterPrim } from '../prims/after.ts';
import { constant as constantPrim } from '../prims/constant.ts';
import { input as inputPrim } from '../prims/input.ts';
import { state as statePrim } from '../prims/state.ts';
import { stopGradient as stopGradientPrim } from '../prims/stop-gradient.ts';
import type { DType, Initializer, Shape, TypedArray } from '../types.ts';

/** A tensor, or a number that becomes a scalar constant of the other operand's element type. */
export type Operand = Tensor | number;

/** A tensor fed at every run; its shape may have named dims. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  return apply(inputPrim, [], { name, dtype, shape });
}

/** A trainable named tensor (the name is Hugging Face's). */
export function parameter(
  name: string,
  shape: readonly number[],
  options: { init?: Initializer; dtype?: DType; trainable?: boolean } = {},
): Tensor {
  const { init = { kind: 'zeros' }, dtype = 'float32', trainable = true } = options;
  return apply(statePrim, [], { name, dtype, shape, init, trainable });
}

/**
 * A named tensor that is not trained: an optimizer moment, a KV cache, a counter. Its leading dim may be named: a run then
 * binds a range of rows of the stored tensor.
 */
export function state(name: string, shape: Shape, options: { init?: Initializer; dtype?: DType } = {}): Tensor {
  const { init = { kind: 'zeros' }, dtype = 'float32' } = options;
  return apply(statePrim, [], { name, dtype, shape: canonicalShape(shape), init, trainable: false });
}

/**
 * Values known now. A number makes a scalar; a list makes one axis unless `shape` is given.
 * @throws AthanorError('shape') when `shape` does not hold exactly the values
 */
export function constant(
  value: number | readonly number[] | TypedArray,
  shape?: readonly number[],
  dtype: DType = 'float32',
): Tensor {
  const values = typeof value === 'number' ? [value] : value;
  return apply(constantPrim, [], { dtype, shape: shape ?? (typeof value === 'number' ? [] : [values.length]), values });
}

/** `x`, or the constant it stands for in the element type of `like`. */
export function toTensor(x: Operand, like: DType): Tensor {
  return isTensor(x) ? x : constant(x, [], like);
}

/** Two operands of which at least one is a tensor. @throws AthanorError('bad-input') when both are numbers */
export function toTensors(a: Operand, b: Operand, operator: string): [Tensor, Tensor] {
  const dtype = isTensor(a) ? a.dtype : isTensor(b) ? b.dtype : undefined;
  if (!dtype)
    throw new AthanorError('bad-input', `${operator}: ${String(a)} and ${String(b)} are both numbers`, {
      hint: 'Compute it in JavaScript, or use constant() for one of them.',
    });
  return [toTensor(a, dtype), toTensor(b, dtype)];
}

/** x, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return apply(stopGradientPrim, [x], {});
}

/**
 * x, computed only after `dependencies`: for updates of states that something else reads, when nothing else gives the
 * order (see the check in `onnx/update-order.ts`). Costs a pass over x: apply it to a scalar on the way. Dependencies must not be empty.
 */
export function after(x: Tensor, dependencies: readonly Tensor[]): Tensor {
  return dependencies.length === 0 ? x : apply(afterPrim, [x, ...dependencies], {});
}
