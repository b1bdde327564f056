import { onnxDataType } from '../onnx/encode.ts';
import { emitParts, emitPhilox, inferRandom, type RandomAttributes, referencePhilox } from '../philox.ts';
import { definePrim } from '../prim.ts';
import type { DType } from '../types.ts';

/**
 * Standard normal numbers: key int64 [3] → `shape`, by Box–Muller (1958). A block gives two pairs: c0 and c2 the radii
 * √(−2 ln((w≫8 + 1)·2⁻²⁴)), c1 and c3 the angles; its parts are cos, cos, sin, sin. No value is beyond 5.77.
 */
export const randomNormal = definePrim<RandomAttributes & { readonly dtype: DType }>({
  name: 'random-normal',
  infer: (inputs, attributes) => inferRandom('randomNormal', inputs, attributes, attributes.dtype),
  emit(context, { inputs, outputs, attributes }) {
    const { dtype } = attributes;
    const { u, v } = emitPhilox(context, inputs[0]!.name, attributes, 4);
    const to = onnxDataType[dtype];
    const float = (bits: string) => context.node('Cast', [bits], { to });
    const scalar = (value: number) => context.scalar(dtype, value);
    const both = context.node('Concat', [u, v], { axis: 0 });
    const high = float(context.node('BitShift', [both, context.scalar('uint64', 40)], { direction: 'RIGHT' }));
    const words = context.node('Cast', [both], { to: onnxDataType.uint32 });
    const low = float(context.node('BitShift', [words, context.scalar('uint32', 8)], { direction: 'RIGHT' }));
    const chance = context.node('Mul', [context.node('Add', [high, scalar(1)]), scalar(2 ** -24)]);
    const radius = context.node('Sqrt', [context.node('Mul', [context.node('Log', [chance]), scalar(-2)])]);
    const angle = context.node('Mul', [low, scalar(2 * Math.PI * 2 ** -24)]);
    // Two parts here are four of the layout: `both` holds U's blocks and then V's.
    const pairs = ['Cos', 'Sin'].map((turn) => context.node('Mul', [radius, context.node(turn, [angle])]));
    emitParts(context, pairs, outputs[0]!.shape, outputs[0]!.name, 4);
  },
  gradient: 'zero',
  reference: ([key], { stream }, context) => [
    referencePhilox(key!, context.resolve(context.outputs[0]!.shape), stream, 4, ([c0, c1, c2, c3]) => {
      const radius = (word: number) => Math.sqrt(-2 * Math.log(((word >>> 8) + 1) * 2 ** -24));
      const angle = (word: number) => 2 * Math.PI * (word >>> 8) * 2 ** -24;
      return [
        radius(c0) * Math.cos(angle(c1)),
        radius(c2) * Math.cos(angle(c3)),
        radius(c0) * Math.sin(angle(c1)),
        radius(c2) * Math.sin(angle(c3)),
      ];
    }),
  ],
});
