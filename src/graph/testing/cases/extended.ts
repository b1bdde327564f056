/** Cases of randomness, sorting, rotary positions, attention, quantized products and checkpoints. */
import { checkpoint } from '../../checkpoint.ts';
import * as ops from '../../ops/index.ts';
import { type CaseInput, primCase } from '../check-prim.ts';

const none = { gradient: false } as const;
const key: CaseInput = { shape: [3], dtype: 'int64', values: [7, 1, 42] };
const distinct: CaseInput = { shape: [2, 4], values: [3, 1, -2, 0.5, 4, -1, 2, 0] };
/** cos and sin of small angles, as constants: rope gives them no gradient. */
const table = (f: (angle: number) => number, half: number, dtype: 'float32' | 'float64') =>
  ops.constant(
    Array.from({ length: 6 * half }, (_, i) => Math.fround(f(Math.floor(i / half) / (1 + (i % half))))),
    [6, half],
    dtype,
  );
const float = (dtype: string) => (dtype === 'float64' ? 'float64' : 'float32');

export const extendedCases = [
  primCase('cumsum', (x) => ops.cumsum(x, { axis: 1 }), [[2, 4]]),
  primCase('cumsum exclusive, reversed', (x) => ops.cumsum(x, { axis: 0, exclusive: true, reverse: true }), [[3, 2]]),
  primCase('top k', (x) => ops.topk(x, 2)[0], [distinct]),
  primCase('top k positions', (x) => ops.topk(x, 3, { axis: 1 })[1], [distinct], none),
  primCase('one hot', (i) => ops.oneHot(i, 3), [{ shape: [4], dtype: 'int64', high: 4 }], none),
  primCase('random bits', (k) => ops.randomBits([2, 3], { key: k, stream: 5 }), [key], none),
  primCase('random uniform', (k) => ops.randomUniform([5], { key: k, stream: 1 }), [key], none),
  primCase('random normal', (k) => ops.randomNormal([5], { key: k, stream: 1 }), [key], {
    ...none,
    tolerance: 1e-4,
    dtypes: ['float32'],
  }),
  primCase('dropout', (x, k) => ops.dropout(x!, { rate: 0.25, key: k!, stream: 3 }), [[4, 5], key]),
  primCase(
    'rope',
    (x, p) => ops.rope(x!, table(Math.cos, 8, float(x!.dtype)), table(Math.sin, 8, float(x!.dtype)), p!),
    [[1, 2, 3, 16], { shape: [1, 3], dtype: 'int64', values: [0, 2, 5] }],
  ),
  primCase('checkpoint', (x, w) => checkpoint((h) => ops.tanh(ops.matmul(h, w!)), [x!]), [
    [2, 3],
    [3, 3],
  ]),
  primCase(
    'cached attention',
    (q, k, v, pastK, pastV, seqlensK, totalLength) => {
      const attention = ops.cachedAttention({
        ...{ q: q!, k: k!, v: v!, pastK: pastK!, pastV: pastV!, seqlensK: seqlensK!, totalLength: totalLength! },
        ...{ cos: table(Math.cos, 8, 'float32'), sin: table(Math.sin, 8, 'float32'), numHeads: 2, kvHeads: 1 },
      });
      return [attention.out, attention.presentK, attention.presentV];
    },
    [
      ...[
        [2, 1, 32],
        [2, 1, 16],
        [2, 1, 16],
        [2, 1, 6, 16],
        [2, 1, 6, 16],
      ],
      { shape: [2], dtype: 'int32', values: [3, 1] },
      { shape: [], dtype: 'int32', values: [4] },
    ],
    { ...none, dtypes: ['float32'], targets: ['cpu'] },
  ),
  primCase(
    'matmul of 8 bits',
    (x, w, s) => ops.matmulNBits(x!, w!, s!, { K: 32, N: 3, bits: 8, blockSize: 32 }),
    [[2, 32], { shape: [3, 1, 32], dtype: 'uint8', high: 256 }, { shape: [3], low: 0.01, high: 0.1 }],
    { ...none, dtypes: ['float32'], targets: ['cpu'] },
  ),
];
