import { shapeError } from '../ir.ts';
import { onnxDataType } from '../onnx/encode.ts';
import { definePrim, type EmitContext } from '../prim.ts';
import { erfOf } from '../reference/erf.ts';
import { map } from '../reference/ndarray.ts';
import { type DType, isFloat } from '../types.ts';

/** √(2/π) and the cubic's factor of the tanh approximation. */
const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/**
 * x·Φ(x), Φ the normal distribution: exact by erf, or GPT-2's x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))).
 * (Hendrycks & Gimpel 2016, "Gaussian error linear units")
 */
export const gelu = definePrim<{ readonly approximate: 'none' | 'tanh' }>({
  name: 'gelu',
  infer(inputs) {
    const [x] = inputs;
    if (!x || !isFloat(x.dtype)) throw shapeError('gelu', inputs, 'one float tensor');
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  emit(context, { inputs, outputs, attributes: { approximate } }) {
    const x = inputs[0]!;
    const to = { outputs: [outputs[0]!.name] };
    if (context.contrib(x.dtype)) {
      context.node(approximate === 'tanh' ? 'FastGelu' : 'Gelu', [x.name], {}, { ...to, domain: 'com.microsoft' });
      return;
    }
    const inner = approximate === 'tanh' ? tanhArgument(context, x.name, x.dtype) : undefined;
    const curve = inner ? context.node('Tanh', [inner]) : erf(context, x.name, x.dtype);
    const doubled = context.node('Add', [curve, context.scalar(x.dtype, 1)]);
    context.node('Mul', [context.node('Mul', [x.name, context.scalar(x.dtype, 0.5)]), doubled], {}, to);
  },
  gradient({ inputs, attributes: { approximate }, gradient: g, ops }) {
    const x = inputs[0]!;
    if (approximate === 'none') {
      // Φ(x) + x·φ(x), written in t = x/√2: ½(1 + erf t) + t · e^(−t² − log √π).
      const t = ops.mul(x, Math.SQRT1_2);
      const cumulative = ops.hardSigmoid(ops.erf(t), { alpha: 0.5, beta: 0.5 });
      const density = ops.exp(ops.sub(-0.5 * Math.log(Math.PI), ops.mul(t, t)));
      return [ops.mul(g, ops.add(cumulative, ops.mul(t, density)))];
    }
    // ½(1 + tanh u) = σ(v) with v = 2u = 2s(x + c x³), so the derivative is σ + σ(1 − σ)·w with w = x·dv/dx.
    const square = ops.mul(x, x);
    const v = ops.mul(x, ops.add(ops.mul(square, 2 * SCALE * CUBIC), 2 * SCALE));
    const w = ops.mul(x, ops.add(ops.mul(square, 6 * SCALE * CUBIC), 2 * SCALE));
    const curve = ops.sigmoid(v);
    return [ops.mul(g, ops.add(curve, ops.mul(ops.sub(curve, ops.mul(curve, curve)), w)))];
  },
  reference: ([x], { approximate }) => [
    map(x!, (value) =>
      approximate === 'tanh'
        ? 0.5 * value * (1 + Math.tanh(SCALE * (value + CUBIC * value ** 3)))
        : 0.5 * value * (1 + erfOf(value * Math.SQRT1_2)),
    ),
  ],
});

/** erf(x/√2); in float32 for float64, for which ONNX Runtime has no kernel. */
function erf(context: EmitContext, x: string, dtype: DType): string {
  const scaled = context.node('Mul', [x, context.scalar(dtype, Math.SQRT1_2)]);
  if (dtype !== 'float64') return context.node('Erf', [scaled]);
  const narrow = context.node('Erf', [context.node('Cast', [scaled], { to: onnxDataType.float32 })]);
  return context.node('Cast', [narrow], { to: onnxDataType.float64 });
}

/** √(2/π)(x + 0.044715 x³) */
function tanhArgument(context: EmitContext, x: string, dtype: DType): string {
  const square = context.node('Mul', [x, x]);
  const scaled = context.node('Mul', [square, context.scalar(dtype, SCALE * CUBIC)]);
  return context.node('Mul', [x, context.node('Add', [scaled, context.scalar(dtype, SCALE)])]);
}
