/**
 * Element-wise operators. Shapes broadcast as in NumPy (aligned at the right; a named dim meets itself or 1); both operands
 * have one element type, and a plain number takes the other's. Wrong shapes: AthanorError('shape').
 */
import { apply, type Tensor } from '../ir.ts';
import { abs as absPrim } from '../prims/abs.ts';
import { add as addPrim } from '../prims/add.ts';
import { addAll as addAllPrim } from '../prims/add-all.ts';
import { cos as cosPrim } from '../prims/cos.ts';
import { div as divPrim } from '../prims/div.ts';
import { equal as equalPrim } from '../prims/equal.ts';
import { erf as erfPrim } from '../prims/erf.ts';
import { exp as expPrim } from '../prims/exp.ts';
import { floor as floorPrim } from '../prims/floor.ts';
import { greater as greaterPrim } from '../prims/greater.ts';
import { greaterEqual as greaterEqualPrim } from '../prims/greater-equal.ts';
import { less as lessPrim } from '../prims/less.ts';
import { lessEqual as lessEqualPrim } from '../prims/less-equal.ts';
import { log as logPrim } from '../prims/log.ts';
import { logicalAnd as logicalAndPrim } from '../prims/logical-and.ts';
import { logicalNot as logicalNotPrim } from '../prims/logical-not.ts';
import { logicalOr as logicalOrPrim } from '../prims/logical-or.ts';
import { maximum as maximumPrim } from '../prims/maximum.ts';
import { minimum as minimumPrim } from '../prims/minimum.ts';
import { mul as mulPrim } from '../prims/mul.ts';
import { neg as negPrim } from '../prims/neg.ts';
import { pow as powPrim } from '../prims/pow.ts';
import { reciprocal as reciprocalPrim } from '../prims/reciprocal.ts';
import { relu as reluPrim } from '../prims/relu.ts';
import { rsqrt as rsqrtPrim } from '../prims/rsqrt.ts';
import { sigmoid as sigmoidPrim } from '../prims/sigmoid.ts';
import { sign as signPrim } from '../prims/sign.ts';
import { sin as sinPrim } from '../prims/sin.ts';
import { sqrt as sqrtPrim } from '../prims/sqrt.ts';
import { sub as subPrim } from '../prims/sub.ts';
import { tanh as tanhPrim } from '../prims/tanh.ts';
import { where as wherePrim } from '../prims/where.ts';
import { type Operand, toTensor, toTensors } from './core.ts';

/** |x|; [...] → [...], floats. */
export function abs(x: Tensor): Tensor {
  return apply(absPrim, [x], {});
}

/** cos x; [...] → [...], floats. */
export function cos(x: Tensor): Tensor {
  return apply(cosPrim, [x], {});
}

/** The error function; [...] → [...], floats. */
export function erf(x: Tensor): Tensor {
  return apply(erfPrim, [x], {});
}

/** e^x; [...] → [...], floats. */
export function exp(x: Tensor): Tensor {
  return apply(expPrim, [x], {});
}

/** Rounds down; no gradient; [...] → [...], floats. */
export function floor(x: Tensor): Tensor {
  return apply(floorPrim, [x], {});
}

/** Natural logarithm; [...] → [...], floats. */
export function log(x: Tensor): Tensor {
  return apply(logPrim, [x], {});
}

/** −x; [...] → [...], floats. */
export function neg(x: Tensor): Tensor {
  return apply(negPrim, [x], {});
}

/** 1/x; [...] → [...], floats. */
export function reciprocal(x: Tensor): Tensor {
  return apply(reciprocalPrim, [x], {});
}

/** max(x, 0); [...] → [...], floats. */
export function relu(x: Tensor): Tensor {
  return apply(reluPrim, [x], {});
}

/** 1/√x; [...] → [...], floats. */
export function rsqrt(x: Tensor): Tensor {
  return apply(rsqrtPrim, [x], {});
}

/** 1/(1+e^−x); [...] → [...], floats. */
export function sigmoid(x: Tensor): Tensor {
  return apply(sigmoidPrim, [x], {});
}

/** −1, 0 or 1; no gradient; [...] → [...], floats. */
export function sign(x: Tensor): Tensor {
  return apply(signPrim, [x], {});
}

/** sin x; [...] → [...], floats. */
export function sin(x: Tensor): Tensor {
  return apply(sinPrim, [x], {});
}

/** √x; [...] → [...], floats. */
export function sqrt(x: Tensor): Tensor {
  return apply(sqrtPrim, [x], {});
}

/** tanh x; [...] → [...], floats. */
export function tanh(x: Tensor): Tensor {
  return apply(tanhPrim, [x], {});
}

/** a + b. */
export function add(a: Operand, b: Operand): Tensor {
  return apply(addPrim, toTensors(a, b, 'add'), {});
}

/** a / b; integers divide towards zero. */
export function div(a: Operand, b: Operand): Tensor {
  return apply(divPrim, toTensors(a, b, 'div'), {});
}

/** a = b → bool. */
export function equal(a: Operand, b: Operand): Tensor {
  return apply(equalPrim, toTensors(a, b, 'equal'), {});
}

/** a > b → bool. */
export function greater(a: Operand, b: Operand): Tensor {
  return apply(greaterPrim, toTensors(a, b, 'greater'), {});
}

/** a ≥ b → bool. */
export function greaterEqual(a: Operand, b: Operand): Tensor {
  return apply(greaterEqualPrim, toTensors(a, b, 'greaterEqual'), {});
}

/** a < b → bool. */
export function less(a: Operand, b: Operand): Tensor {
  return apply(lessPrim, toTensors(a, b, 'less'), {});
}

/** a ≤ b → bool. */
export function lessEqual(a: Operand, b: Operand): Tensor {
  return apply(lessEqualPrim, toTensors(a, b, 'lessEqual'), {});
}

/** a and b (bool). */
export function logicalAnd(a: Operand, b: Operand): Tensor {
  return apply(logicalAndPrim, toTensors(a, b, 'logicalAnd'), {});
}

/** a or b (bool). */
export function logicalOr(a: Operand, b: Operand): Tensor {
  return apply(logicalOrPrim, toTensors(a, b, 'logicalOr'), {});
}

/** The larger of a and b. */
export function maximum(a: Operand, b: Operand): Tensor {
  return apply(maximumPrim, toTensors(a, b, 'maximum'), {});
}

/** The smaller of a and b. */
export function minimum(a: Operand, b: Operand): Tensor {
  return apply(minimumPrim, toTensors(a, b, 'minimum'), {});
}

/** a · b. */
export function mul(a: Operand, b: Operand): Tensor {
  return apply(mulPrim, toTensors(a, b, 'mul'), {});
}

/** a^b. */
export function pow(a: Operand, b: Operand): Tensor {
  return apply(powPrim, toTensors(a, b, 'pow'), {});
}

/** a − b. */
export function sub(a: Operand, b: Operand): Tensor {
  return apply(subPrim, toTensors(a, b, 'sub'), {});
}

/** a ≠ b → bool. */
export function notEqual(a: Operand, b: Operand): Tensor {
  return logicalNot(equal(a, b));
}

/** not x (bool). */
export function logicalNot(x: Tensor): Tensor {
  return apply(logicalNotPrim, [x], {});
}

/** condition ? a : b, element by element; all three broadcast. Two numbers make float32. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (typeof a === 'number' && typeof b === 'number')
    return apply(wherePrim, [condition, toTensor(a, 'float32'), toTensor(b, 'float32')], {});
  return apply(wherePrim, [condition, ...toTensors(a, b, 'where')], {});
}

/** The sum of tensors of one shape, as one node; see prims/add-all.ts for when that matters. */
export function addAll(xs: readonly Tensor[]): Tensor {
  return apply(addAllPrim, xs, {});
}
