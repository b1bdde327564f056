import { onnxDataType } from '../onnx/encode.ts';
import { emitParts, emitPhilox, inferRandom, type RandomAttributes, referencePhilox } from '../philox.ts';
import { definePrim } from '../prim.ts';
import type { DType } from '../types.ts';

/** Uniform numbers in [0, 1): key int64 [3] → `shape`. The top 24 bits of a Philox word, so float32 holds them exactly. */
export const randomUniform = definePrim<RandomAttributes & { readonly dtype: DType }>({
  name: 'random-uniform',
  infer: (inputs, attributes) => inferRandom('randomUniform', inputs, attributes, attributes.dtype),
  emit(context, { inputs, outputs, attributes }) {
    const { u, v } = emitPhilox(context, inputs[0]!.name, attributes, 4);
    const to = onnxDataType[attributes.dtype];
    const scale = context.scalar(attributes.dtype, 2 ** -24);
    const parts = [u, v].flatMap((state) => {
      const high = context.node('BitShift', [state, context.scalar('uint64', 40)], { direction: 'RIGHT' });
      const word = context.node('Cast', [state], { to: onnxDataType.uint32 });
      const low = context.node('BitShift', [word, context.scalar('uint32', 8)], { direction: 'RIGHT' });
      return [high, low].map((bits) => context.node('Mul', [context.node('Cast', [bits], { to }), scale]));
    });
    emitParts(context, parts, outputs[0]!.shape, outputs[0]!.name);
  },
  gradient: 'zero',
  reference: ([key], { stream }, context) => [
    referencePhilox(key!, context.resolve(context.outputs[0]!.shape), stream, 4, (words) =>
      words.map((word) => (word >>> 8) * 2 ** -24),
    ),
  ],
});
