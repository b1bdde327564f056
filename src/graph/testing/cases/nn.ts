/** Cases of matmul, normalizations, activations and losses. */
import * as ops from '../../ops/index.ts';
import { primCase } from '../check-prim.ts';

const labels = { shape: [4], dtype: 'int64', values: [0, -100, 2, 1] } as const;

export const nnCases = [
  primCase('matmul', (a, b) => ops.matmul(a!, b!), [
    [2, 3],
    [3, 4],
  ]),
  primCase('matmul a transposed', (a, b) => ops.matmul(a!, b!, { transposeA: true, alpha: 0.5 }), [
    [3, 2],
    [3, 4],
  ]),
  primCase('matmul b transposed', (a, b) => ops.matmul(a!, b!, { transposeB: true, alpha: -2 }), [
    [2, 3],
    [4, 3],
  ]),
  primCase('matmul both transposed', (a, b) => ops.matmul(a!, b!, { transposeA: true, transposeB: true }), [
    [3, 2],
    [4, 3],
  ]),
  primCase('matmul batched', (a, b) => ops.matmul(a!, b!, { alpha: 0.25 }), [
    [2, 2, 3],
    [2, 3, 2],
  ]),
  primCase('matmul batched, b transposed', (a, b) => ops.matmul(a!, b!, { transposeB: true }), [
    [2, 3, 2, 3],
    [2, 3, 4, 3],
  ]),
  primCase('matmul batched, a transposed', (a, b) => ops.matmul(a!, b!, { transposeA: true }), [
    [2, 3, 2],
    [2, 3, 4],
  ]),
  primCase('matmul of a batch and a matrix', (a, b) => ops.matmul(a!, b!, { transposeB: true }), [
    [2, 2, 3],
    [4, 3],
  ]),
  primCase('matmul of a transposed batch and a matrix', (a, b) => ops.matmul(a!, b!, { transposeA: true }), [
    [2, 3, 2],
    [3, 4],
  ]),
  primCase('matmul of a matrix and a batch', (a, b) => ops.matmul(a!, b!), [
    [2, 3],
    [2, 3, 2],
  ]),
  primCase('matmul of grouped heads', (a, b) => ops.matmul(a!, b!, { transposeB: true }), [
    [2, 2, 3, 2, 2],
    [2, 2, 1, 4, 2],
  ]),
  primCase('matmul crossing batches', (a, b) => ops.matmul(a!, b!), [
    [2, 1, 2, 3],
    [1, 3, 3, 2],
  ]),
  primCase(
    'matmul named',
    (a, b) => ops.matmul(a!, b!),
    [
      ['B', 'T', 3],
      [3, 2],
    ],
    { sizes: { B: 2, T: 2 } },
  ),
  primCase('matmul of one row', (a, b) => ops.matmul(a!, b!, { transposeB: true }), [
    [1, 3],
    [1, 3],
  ]),
  primCase(
    'matmul of no rows',
    (a, b) => ops.matmul(a!, b!),
    [
      [0, 3],
      [3, 2],
    ],
    { gradient: false },
  ),
  primCase('softmax', (x) => ops.softmax(x), [[2, 4]]),
  primCase('softmax of axis 0', (x) => ops.softmax(x, { axis: 0 }), [[3, 2]]),
  primCase('log softmax', (x) => ops.logSoftmax(x), [[2, 4]]),
  primCase('log softmax of axis 0', (x) => ops.logSoftmax(x, { axis: 0 }), [[3, 2]]),
  primCase('layer norm', (x, w, b) => ops.layerNorm(x!, w!, b!), [[2, 3, 4], [4], [4]], { tolerance: 1e-4 }),
  primCase('layer norm without bias', (x, w) => ops.layerNorm(x!, w!), [[3, 5], [5]], { tolerance: 1e-4 }),
  primCase('layer norm of one row', (x, w) => ops.layerNorm(x!, w!, undefined, { epsilon: 0.1 }), [[4], [4]]),
  primCase('rms norm', (x, w) => ops.rmsNorm(x!, w!), [[2, 3, 4], [4]], { tolerance: 1e-4 }),
  primCase('rms norm named', (x, w) => ops.rmsNorm(x!, w!, { epsilon: 1e-6 }), [['N', 4], [4]], {
    sizes: { N: 3 },
    tolerance: 1e-4,
  }),
  primCase('gelu', (x) => ops.gelu(x), [{ shape: [7], low: -4, high: 4 }], { dtypes: ['float32'] }),
  primCase('gelu by tanh', (x) => ops.gelu(x, { approximate: 'tanh' }), [{ shape: [7], low: -4, high: 4 }]),
  primCase('silu', (x) => ops.silu(x), [{ shape: [7], low: -4, high: 4 }]),
  primCase('cross entropy', (x, i) => ops.crossEntropy(x!, i!).sum, [[4, 3], labels]),
  primCase('cross entropy per token', (x, i) => ops.crossEntropy(x!, i!).perToken, [[4, 3], labels]),
  primCase(
    'cross entropy, mean',
    (x, i) => {
      const { sum, count } = ops.crossEntropy(x!, i!, { ignoreIndex: 1 });
      return ops.div(sum, count);
    },
    [['N', 3], { shape: ['N'], dtype: 'int64', values: [0, 1, 2, 2] }],
    { sizes: { N: 4 } },
  ),
];
