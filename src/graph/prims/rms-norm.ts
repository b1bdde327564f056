import { shapesEqual } from '../dims.ts';
import { weightedMean } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { map, sum, zip } from '../reference/ndarray.ts';
import { isFloat } from '../types.ts';

/**
 * x · r · weight with r = 1/√(mean(x²) + ε) over the last axis D; r [..., 1] is an output too, because the gradient needs
 * it. With n = x·r:  dx = r · (g·w − n · mean(g·w·n)).  (Zhang & Sennrich 2019, "Root mean square layer normalization")
 */
export const rmsNorm = definePrim<{ readonly epsilon: number }>({
  name: 'rms-norm',
  infer(inputs) {
    const [x, weight] = inputs;
    const width = x?.shape.at(-1);
    if (!x || !isFloat(x.dtype) || weight?.dtype !== x.dtype || !shapesEqual(weight.shape, [width!]))
      throw shapeError('rmsNorm', inputs, 'x [..., D] and weight [D] of one float type');
    return [
      { dtype: x.dtype, shape: x.shape },
      { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] },
    ];
  },
  emit(context, { inputs, outputs, attributes: { epsilon } }) {
    const names = inputs.map((input) => input.name);
    const [y, inverse] = outputs as [(typeof outputs)[0] & object, (typeof outputs)[0] & object];
    if (context.contrib(y.dtype)) {
      const needed = inverse.used ? [y.name, inverse.name] : [y.name];
      context.node(
        'SimplifiedLayerNormalization',
        names,
        { axis: -1, epsilon: { float: epsilon } },
        { outputs: needed },
      );
      return;
    }
    const square = context.node('Mul', [names[0]!, names[0]!]);
    const power = context.node('ReduceMean', [square, context.ints([-1])], { keepdims: 1 });
    const root = context.node('Sqrt', [context.node('Add', [power, context.scalar(y.dtype, epsilon)])]);
    context.node('Reciprocal', [root], {}, { outputs: [inverse.name] });
    const normal = context.node('Mul', [names[0]!, inverse.name]);
    context.node('Mul', [normal, names[1]!], {}, { outputs: [y.name] });
  },
  gradient({ inputs, outputs, outputGradients: [g, gInverse], needed, ops }) {
    const [x, weight] = inputs as [(typeof inputs)[0] & object, (typeof inputs)[0] & object];
    const inverse = outputs[1]!;
    const normal = ops.mul(x, inverse);
    const width = x.shape.at(-1)!;
    // d inverse/dx = −inverse³ · x/D = −inverse² · normal/D
    let dx =
      gInverse &&
      ops.neg(ops.mul(normal, ops.div(ops.mul(gInverse, ops.mul(inverse, inverse)), ops.dimension(width, x.dtype))));
    if (!g) return [dx];
    const gNormal = ops.mul(g, normal);
    if (needed[0]) {
      const projection = ops.mul(normal, weightedMean(gNormal, weight, ops));
      const part = ops.mul(ops.sub(ops.mul(g, weight), projection), inverse);
      dx = dx ? ops.add(dx, part) : part;
    }
    return [dx, needed[1] ? ops.sum(gNormal, { axes: [...x.shape.keys()].slice(0, -1) }) : undefined];
  },
  reference([x, weight], { epsilon }) {
    const width = x!.shape.at(-1)!;
    const power = sum(
      map(x!, (value) => value * value),
      [-1],
      true,
    );
    const inverse = map(power, (value) => 1 / Math.sqrt(value / width + epsilon));
    return [zip([x!, inverse, weight!], (value, r, w) => value! * r! * w!), inverse];
  },
});
