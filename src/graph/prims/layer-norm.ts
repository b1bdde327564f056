import { shapesEqual } from '../dims.ts';
import { weightedMean } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { map, ndarray, sum, zip } from '../reference/ndarray.ts';
import { isFloat } from '../types.ts';

/**
 * (x − mean) · inverse deviation · weight (+ bias) over the last axis D; the statistics [..., 1] are outputs too, because
 * the gradient needs them. With n = (x − mean)·r:  dx = r · (g·w − mean(g·w) − n · mean(g·w·n)).
 * (Ba et al. 2016, "Layer normalization")
 */
export const layerNorm = definePrim<{ readonly epsilon: number }>({
  name: 'layer-norm',
  infer(inputs) {
    const [x, weight, bias] = inputs;
    const width = x?.shape.at(-1);
    const rows = [weight, ...(bias ? [bias] : [])];
    if (!x || !isFloat(x.dtype) || rows.some((row) => row?.dtype !== x.dtype || !shapesEqual(row.shape, [width!])))
      throw shapeError('layerNorm', inputs, 'x [..., D], weight [D] and bias [D] of one float type');
    const statistics = { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] };
    return [{ dtype: x.dtype, shape: x.shape }, statistics, statistics];
  },
  emit(context, { inputs, outputs, attributes: { epsilon } }) {
    const names = inputs.map((input) => input.name);
    const [y, mean, deviation] = outputs as [
      (typeof outputs)[0] & object,
      (typeof outputs)[0] & object,
      (typeof outputs)[0] & object,
    ];
    if (y.dtype === 'float32') {
      const needed = deviation.used || mean.used ? [y.name, mean.name, deviation.name] : [y.name];
      context.node('LayerNormalization', names, { axis: -1, epsilon: { float: epsilon } }, { outputs: needed });
      return;
    }
    // The fused kernel keeps its statistics in float32: other types are written out.
    const last = context.ints([-1]);
    context.node('ReduceMean', [names[0]!, last], { keepdims: 1 }, { outputs: [mean.name] });
    const centered = context.node('Sub', [names[0]!, mean.name]);
    const variance = context.node('ReduceMean', [context.node('Mul', [centered, centered]), last], { keepdims: 1 });
    const root = context.node('Sqrt', [context.node('Add', [variance, context.scalar(y.dtype, epsilon)])]);
    context.node('Reciprocal', [root], {}, { outputs: [deviation.name] });
    const scaled = context.node(
      'Mul',
      [context.node('Mul', [centered, deviation.name]), names[1]!],
      {},
      names[2] ? {} : { outputs: [y.name] },
    );
    if (names[2]) context.node('Add', [scaled, names[2]], {}, { outputs: [y.name] });
  },
  gradient({ inputs, outputs, outputGradients, needed, ops }) {
    const [x, weight] = inputs as [(typeof inputs)[0] & object, (typeof inputs)[0] & object];
    const [, mean, inverse] = outputs as [
      (typeof outputs)[0] & object,
      (typeof outputs)[0] & object,
      (typeof outputs)[0] & object,
    ];
    const [g, gMean, gInverse] = outputGradients;
    const rows = [...x.shape.keys()].slice(0, -1);
    const normal = ops.mul(ops.sub(x, mean), inverse);
    let dx = gMean && ops.expand(ops.div(gMean, ops.dimension(x.shape.at(-1)!, x.dtype)), x.shape);
    if (gInverse) {
      // inverse = (var + ε)^−½, so d inverse/dx = −inverse³ · (x − mean)/D = −inverse² · normal/D.
      const scale = ops.div(ops.mul(gInverse, ops.mul(inverse, inverse)), ops.dimension(x.shape.at(-1)!, x.dtype));
      const part = ops.neg(ops.mul(normal, scale));
      dx = dx ? ops.add(dx, part) : part;
    }
    if (!g) return [dx];
    const gNormal = ops.mul(g, normal);
    if (needed[0]) {
      const centered = ops.sub(ops.mul(g, weight), weightedMean(g, weight, ops));
      const part = ops.mul(ops.sub(centered, ops.mul(normal, weightedMean(gNormal, weight, ops))), inverse);
      dx = dx ? ops.add(dx, part) : part;
    }
    return [
      dx,
      needed[1] ? ops.sum(gNormal, { axes: rows }) : undefined,
      needed[2] ? ops.sum(g, { axes: rows }) : undefined,
    ];
  },
  reference([x, weight, bias], { epsilon }) {
    const width = x!.shape.at(-1)!;
    const mean = map(sum(x!, [-1], true), (value) => value / width);
    const centered = zip([x!, mean], (value, center) => value! - center!);
    const inverse = map(
      sum(
        map(centered, (value) => value * value),
        [-1],
        true,
      ),
      (value) => 1 / Math.sqrt(value / width + epsilon),
    );
    const y = zip([centered, inverse, weight!, bias ?? ndarray([1])], (value, r, w, b) => value! * r! * w! + b!);
    return [y, mean, inverse];
  },
});
