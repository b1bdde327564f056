/** Cases of the prims that move elements and fold axes. */
import * as ops from '../../ops/index.ts';
import { type CaseInput, primCase } from '../check-prim.ts';

const none = { gradient: false } as const;
const distinct: CaseInput = { shape: [2, 3], values: [3, 1, -2, 0.5, 4, -1] };
const rows = (shape: readonly number[], high: number): CaseInput => ({ shape, dtype: 'int64', high });

export const movementCases = [
  primCase('sum of all', (x) => ops.sum(x), [[2, 3]]),
  primCase('sum of rows', (x) => ops.sum(x, { axes: [0] }), [[4, 3]]),
  primCase('sum keeping', (x) => ops.sum(x, { axes: [-1, 0], keepDims: true }), [[2, 3, 2]]),
  primCase('sum of nothing', (x) => ops.sum(x, { axes: [0] }), [[0, 3]], none),
  primCase('sum of no axes', (x) => ops.sum(x, { axes: [] }), [[2]]),
  primCase('sum of squares', (x) => ops.sumSquares(x, { axes: [1] }), [[2, 3]]),
  primCase('mean', (x) => ops.mean(x), [[3, 2]]),
  primCase('mean of columns', (x) => ops.mean(x, { axes: [1], keepDims: true }), [[3, 2]]),
  primCase('mean named', (x) => ops.mean(x, { axes: [0] }), [['B', 2]], { sizes: { B: 3 } }),
  primCase('max', (x) => ops.max(x, { axes: [1] }), [distinct]),
  primCase('max of all', (x) => ops.max(x), [distinct]),
  primCase('argmax', (x) => ops.argmax(x), [distinct], none),
  primCase('argmax keeping', (x) => ops.argmax(x, { axis: 0, keepDims: true }), [distinct], none),
  primCase('reshape', (x) => ops.reshape(x, [3, -1]), [[2, 6]]),
  primCase(
    'reshape split and merged',
    (x) => ops.reshape(ops.mul(ops.reshape(x, ['B*T', 4]), 2), ['B', 2, 'T', 2]),
    [['B', 'T', 4]],
    {
      sizes: { B: 2, T: 3 },
    },
  ),
  primCase('squeeze', (x) => ops.squeeze(x, { axes: [1] }), [[2, 1, 3]]),
  primCase('unsqueeze', (x) => ops.unsqueeze(x, { axes: [0, -1] }), [[2, 3]]),
  primCase('transpose', (x) => ops.transpose(x, [2, 0, 1]), [[2, 3, 4]]),
  primCase('transpose named', (x) => ops.transpose(x), [['B', 3]], { sizes: { B: 2 } }),
  primCase('expand', (x) => ops.expand(x, [4, 2, 3]), [[2, 1]]),
  primCase('expand named', (x, y) => ops.mul(ops.expand(x!, ['B', 3]), y!), [[3], ['B', 3]], { sizes: { B: 2 } }),
  primCase('slice', (x) => ops.slice(x, { axis: 1, start: 1, end: -1 }), [[2, 5]]),
  primCase('slice named', (x) => ops.slice(x, { axis: 0, start: 1, end: 'T' }), [['T', 2]], { sizes: { T: 4 } }),
  primCase('slice of nothing', (x) => ops.slice(x, { axis: 0, start: 2, end: 2 }), [[3, 2]], none),
  primCase('pad', (x) => ops.pad(x, { axis: 0, before: 1, after: 2 }), [[2, 3]]),
  primCase('pad named', (x) => ops.pad(x, { axis: 1, before: 'B' }), [['B', 2]], { sizes: { B: 2 } }),
  primCase('concat', (a, b) => ops.concat([a!, b!], { axis: 1 }), [
    [2, 3],
    [2, 1],
  ]),
  primCase('concat with a constant', (a) => ops.concat([ops.zeros([2, 2], a.dtype), a], { axis: 0 }), [[1, 2]]),
  primCase('split', (x) => ops.split(x, { axis: 0, sizes: [1, 3] }), [[4, 2]]),
  primCase('split, one part used', (x) => ops.split(x, { axis: -1, sizes: [1, 2] })[1]!, [[2, 3]]),
  primCase('stack', (a, b) => ops.stack([a!, b!], { axis: 1 }), [
    [2, 3],
    [2, 3],
  ]),
  primCase('cast', (x) => ops.cast(ops.cast(x, 'float32'), x.dtype), [[3]], { second: false, dtypes: ['float32'] }),
  primCase('cast to integers', (x) => ops.cast(x, 'int64'), [{ shape: [4], values: [1.7, -1.7, 0, 3] }], none),
  primCase('cast to bool', (x) => ops.cast(x, 'bool'), [{ shape: [3], values: [0, 2, -1] }], none),
  primCase('dimension', (x) => ops.mul(x, ops.dimension('2*B+1', x.dtype)), [['B', 2]], { sizes: { B: 3 } }),
  primCase('constant', (x) => ops.add(x, ops.constant([1, 2, 3], [3], x.dtype)), [[2, 3]]),
  primCase('gather rows', (x, i) => ops.gather(x!, i!), [[4, 3], rows([2, 5], 4)]),
  primCase('gather one', (x, i) => ops.gather(x!, i!), [[4, 3], rows([], 4)]),
  primCase('gather columns', (x, i) => ops.gather(x!, i!, { axis: 1 }), [[2, 3, 2], rows([2, 2], 3)]),
  primCase('gather last', (x, i) => ops.gather(x!, i!, { axis: -1 }), [[2, 3], rows([4], 3)]),
  primCase('gather elements', (x, i) => ops.gatherElements(x!, i!), [[3, 4], rows([3, 2], 4)]),
  primCase('gather elements of axis 0', (x, i) => ops.gatherElements(x!, i!, { axis: 0 }), [[3, 2], rows([5, 2], 3)]),
  primCase('scatter add', (x, i, u) => ops.scatterAdd(x!, i!, u!), [[4, 2], rows([3, 2], 4), [3, 2, 2]]),
  primCase('scatter add elements', (x, i, u) => ops.scatterAddElements(x!, i!, u!), [[3, 4], rows([3, 2], 4), [3, 2]]),
];
