import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { ndarray } from '../reference/ndarray.ts';
import { logSoftmaxOf } from '../reference/softmax.ts';
import { isFloat } from '../types.ts';

/**
 * −log softmax(logits_NV)[label] per row (0 where the label is `ignoreIndex`), and the log-probabilities [N, V], which
 * the gradient reuses: dlogits = (softmax − onehot(label)) · g, three passes over [N, V] and no zeros to fill.
 */
export const crossEntropy = definePrim<{ readonly ignoreIndex: number }>({
  name: 'cross-entropy',
  infer(inputs) {
    const [logits, labels] = inputs;
    const fits = logits && isFloat(logits.dtype) && logits.shape.length === 2 && labels?.dtype === 'int64';
    if (!fits || labels.shape.length !== 1 || labels.shape[0] !== logits.shape[0])
      throw shapeError(
        'crossEntropy',
        inputs,
        'float logits [N, V] and int64 labels [N]',
        'Flatten batch and time first.',
      );
    return [
      { dtype: logits.dtype, shape: [logits.shape[0]!] },
      { dtype: logits.dtype, shape: logits.shape },
    ];
  },
  emit(context, { inputs, outputs, attributes }) {
    const [logits, labels] = inputs as [(typeof inputs)[0] & object, (typeof inputs)[0] & object];
    const ignored = context.node('Equal', [labels.name, context.scalar('int64', attributes.ignoreIndex)]);
    const safe = context.node('Where', [ignored, context.scalar('int64', 0), labels.name]);
    const logProbabilities = context.node('LogSoftmax', [logits.name], { axis: 1 }, { outputs: [outputs[1]!.name] });
    const column = context.node('Unsqueeze', [safe, context.ints([1])]);
    const picked = context.node('GatherElements', [logProbabilities, column], { axis: 1 });
    const row = context.node('Squeeze', [picked, context.ints([1])]);
    const loss = context.node('Neg', [row]);
    context.node('Where', [ignored, context.scalar(logits.dtype, 0), loss], {}, { outputs: [outputs[0]!.name] });
  },
  gradient({ inputs: [, labels], outputs, outputGradients: [gLoss, gLog], attributes, ops }) {
    const probabilities = ops.exp(outputs[1]!);
    let total = gLog && ops.sub(gLog, ops.mul(probabilities, ops.sum(gLog, { axes: [1], keepDims: true })));
    if (gLoss) {
      const ignored = ops.equal(labels!, attributes.ignoreIndex);
      const column = ops.unsqueeze(ops.where(ignored, 0, labels!), { axes: [1] });
      const scale = ops.unsqueeze(ops.where(ignored, 0, gLoss), { axes: [1] });
      const hits = ops.neg(scale);
      const part = ops.scatterAddElements(ops.mul(probabilities, scale), column, hits, { axis: 1 });
      total = total ? ops.add(total, part) : part;
    }
    return [total, undefined];
  },
  reference([logits, labels], { ignoreIndex }) {
    const log = logSoftmaxOf(logits!, 1);
    const width = logits!.shape[1]!;
    const loss = Float64Array.from(labels!.data, (label, row) =>
      label === ignoreIndex ? 0 : -log.data[row * width + label]!,
    );
    return [ndarray(labels!.shape, loss), log];
  },
});
