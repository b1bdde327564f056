import { onnxDataType } from '../onnx/encode.ts';
import { emitParts, emitPhilox, inferRandom, type RandomAttributes, referencePhilox } from '../philox.ts';
import { definePrim } from '../prim.ts';

/**
 * Raw Philox words: key int64 [3] → int64 `shape`, each in [0, 2^32). Four a block, in the order c0 c1 c2 c3 (layout in
 * philox.ts).
 */
export const randomBits = definePrim<RandomAttributes>({
  name: 'random-bits',
  infer: (inputs, attributes) =>
    inferRandom('randomBits', inputs, attributes, 'bool').map(({ shape }) => ({ dtype: 'int64', shape })),
  emit(context, { inputs, outputs, attributes }) {
    const { u, v } = emitPhilox(context, inputs[0]!.name, attributes, 4);
    const parts = [u, v].flatMap((state) => [
      context.node('BitShift', [state, context.scalar('uint64', 32)], { direction: 'RIGHT' }),
      context.node('BitwiseAnd', [state, context.scalar('uint64', 0xffffffff)]),
    ]);
    const signed = parts.map((part) => context.node('Cast', [part], { to: onnxDataType.int64 }));
    emitParts(context, signed, outputs[0]!.shape, outputs[0]!.name);
  },
  gradient: 'zero',
  reference: ([key], { stream }, context) => [
    referencePhilox(key!, context.resolve(context.outputs[0]!.shape), stream, 4, (words) => words),
  ],
});
