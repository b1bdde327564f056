import { AthanorError } from '../../core/index.ts';
import { emitParts, emitPhilox, inferRandom, type RandomAttributes, referencePhilox } from '../philox.ts';
import { definePrim } from '../prim.ts';

/** In how many of 65,536 cases an element is kept: a mask takes 16 bits an element, so a rate is a multiple of 2⁻¹⁶. */
export function keptOf65536(rate: number): number {
  if (!(rate >= 0 && rate < 1))
    throw new AthanorError('bad-input', `dropout: rate ${rate} is not in [0, 1)`, { values: { rate } });
  return Math.max(1, Math.round((1 - rate) * 65536));
}

/**
 * Which elements dropout keeps: key int64 [3] → bool `shape`. Eight a Philox block: the 16-bit halves of its words, from the
 * high half of c0 to the low half of c3, each compared with the threshold.
 */
export const dropoutMask = definePrim<RandomAttributes & { readonly rate: number }>({
  name: 'dropout-mask',
  infer(inputs, attributes) {
    keptOf65536(attributes.rate);
    return inferRandom('dropout', inputs, attributes, 'bool');
  },
  emit(context, { inputs, outputs, attributes }) {
    const { u, v } = emitPhilox(context, inputs[0]!.name, attributes, 8);
    // 16 bits moved to the top and compared with threshold ≪ 48: what is below them cannot change the outcome.
    const threshold = context.constant('uint64', BigUint64Array.of(BigInt(keptOf65536(attributes.rate)) << 48n), []);
    const parts = [u, v].flatMap((state) =>
      [0, 16, 32, 48].map((shift) => {
        const top =
          shift === 0
            ? state
            : context.node('BitShift', [state, context.scalar('uint64', shift)], { direction: 'LEFT' });
        return context.node('Less', [top, threshold]);
      }),
    );
    emitParts(context, parts, outputs[0]!.shape, outputs[0]!.name);
  },
  gradient: 'zero',
  reference([key], { stream, rate }, context) {
    const kept = keptOf65536(rate);
    const shape = context.resolve(context.outputs[0]!.shape);
    return [
      referencePhilox(key!, shape, stream, 8, (words) =>
        words.flatMap((word) => [Number(word >>> 16 < kept), Number((word & 0xffff) < kept)]),
      ),
    ];
  },
});
