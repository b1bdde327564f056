/** Cases of the element-wise prims: broadcasting, scalars, single rows, empty tensors. */
import * as ops from '../../ops/index.ts';
import { type CaseInput, primCase } from '../check-prim.ts';

const positive: CaseInput = { shape: [2, 3], low: 0.3, high: 2 };
const flags: CaseInput = { shape: [2, 3], dtype: 'bool' };
const none = { gradient: false } as const;
/** Apart from each other, so that no tie lies within a finite difference. */
const apart = [
  { shape: [2, 3], values: [0.5, -1, 2, 1.5, -0.25, 0.75] },
  { shape: [3], values: [1, -0.5, 1.25] },
] satisfies CaseInput[];
/** Halves, far from every integer. */
const halves: CaseInput = { shape: [4], values: [0.5, -1.5, 1.25, -0.25] };

export const elementwiseCases = [
  primCase('add', ops.add, [[2, 3], [3]]),
  primCase('add a column and a row', ops.add, [
    [4, 1],
    [1, 3],
  ]),
  primCase('add a scalar', ops.add, [[], [2, 2]]),
  primCase('add empty', ops.add, [[0, 3], [3]], { gradient: false }),
  primCase(
    'add named',
    ops.add,
    [
      ['B', 3],
      ['B', 1],
    ],
    { sizes: { B: 2 } },
  ),
  primCase('add all', (a, b, c) => ops.addAll([a!, b!, c!]), [[2], [2], [2]]),
  primCase('global norm', (a, b) => ops.globalNorm([a!, b!]), [[2, 2], [3]]),
  primCase('sub', ops.sub, [[3], [2, 1]]),
  primCase('mul', ops.mul, [
    [2, 1, 3],
    [4, 1],
  ]),
  primCase('mul one element', ops.mul, [[1, 1], [1]]),
  primCase('div', ops.div, [[2, 3], positive]),
  primCase(
    'div integers',
    ops.div,
    [
      { shape: [4], dtype: 'int64', values: [7, -7, 6, 0] },
      { shape: [], dtype: 'int64', values: [2] },
    ],
    none,
  ),
  primCase('pow', ops.pow, [positive, { shape: [3], low: -1, high: 2 }]),
  primCase('pow by a number', (x) => ops.pow(x, 3), [[5]]),
  primCase('minimum', ops.minimum, apart),
  primCase('maximum', ops.maximum, apart),
  primCase('neg', ops.neg, [[3]]),
  primCase('exp', ops.exp, [[2, 3]]),
  primCase('log', ops.log, [positive]),
  primCase('sqrt', ops.sqrt, [positive]),
  primCase('rsqrt', ops.rsqrt, [positive]),
  primCase('reciprocal', ops.reciprocal, [positive]),
  primCase('tanh', ops.tanh, [[2, 3]]),
  primCase('sigmoid', ops.sigmoid, [[2, 3]]),
  primCase('erf', ops.erf, [[2, 3]], { dtypes: ['float32'] }),
  primCase('abs', ops.abs, [halves]),
  primCase('sign', (x) => ops.mul(ops.sign(x), x), [halves]),
  primCase('floor', (x) => ops.mul(ops.floor(x), x), [halves]),
  primCase('sin', ops.sin, [[4]]),
  primCase('cos', ops.cos, [[4]]),
  primCase('relu', ops.relu, [halves]),
  primCase('hard sigmoid', (x) => ops.hardSigmoid(x), [halves]),
  primCase('where', (c, a, b) => ops.where(c!, a!, b!), [flags, [3], [2, 1]]),
  primCase('where with a number', (c, a) => ops.where(c!, a!, 0), [{ shape: [3, 1], dtype: 'bool' }, [3, 2]]),
  primCase('equal', ops.equal, [flags, { shape: [3], dtype: 'bool' }], none),
  primCase('not equal', (x) => ops.notEqual(x, 1), [{ shape: [4], dtype: 'int64', high: 3 }], none),
  primCase('less', ops.less, apart, none),
  primCase('less or equal', (x) => ops.lessEqual(x, 0.5), [apart[0]!], none),
  primCase('greater', ops.greater, apart, none),
  primCase('greater or equal', (x) => ops.greaterEqual(x, 0.5), [apart[0]!], none),
  primCase('and', ops.logicalAnd, [flags, flags], none),
  primCase('or', ops.logicalOr, [flags, { shape: [1, 3], dtype: 'bool' }], none),
  primCase('not', ops.logicalNot, [flags], none),
  primCase('stop gradient', (x) => ops.mul(ops.stopGradient(ops.mul(x, 0)), x), [[3]]),
  primCase('after', (x, y) => ops.after(x!, [ops.exp(y!), ops.greater(y!, 0)]), [[3], [2, 2]]),
];
