import { describe, expect, it } from 'vitest';
import { AthanorError } from '../core/index.ts';
import {
  add,
  constant,
  evaluateTensors,
  exp,
  input,
  isTensor,
  layerNorm,
  matmul,
  mul,
  ndarray,
  parameter,
  reshape,
  slice,
  withScope,
} from './index.ts';
import { substitute } from './ir.ts';

function failure(build: () => unknown): AthanorError {
  try {
    build();
  } catch (error) {
    if (error instanceof AthanorError) return error;
  }
  return expect.fail('expected an AthanorError');
}

describe('shape errors', () => {
  it('name the operator, both shapes, the parameter, the scope, and a hint', () => {
    const x = input('x', 'float32', ['N', 64]);
    const w = parameter('model.layers.0.mlp.up_proj.weight', [256, 64]);
    const error = failure(() => withScope('model', () => withScope('mlp', () => matmul(exp(x), w))));
    expect(error.code).toBe('shape');
    expect(error.message).toContain('matmul');
    expect(error.message).toContain('[N, 64]');
    expect(error.message).toContain("float32 [256, 64] (state 'model.layers.0.mlp.up_proj.weight')");
    expect(error.message).toContain('64 and 256');
    expect(error.place).toBe('matmul in model.mlp');
    expect(error.hint).toContain('transposeB');
    expect(error.values.shapes).toEqual([
      ['N', 64],
      [256, 64],
    ]);
  });

  it.each([
    ['mixed element types', () => add(input('a', 'float32', [2]), input('b', 'int64', [2])), /cast/],
    [
      'shapes that do not broadcast',
      () => mul(input('a', 'float32', [2]), input('b', 'float32', [3])),
      /reshape or expand/,
    ],
    ['a reshape that loses elements', () => reshape(input('a', 'float32', [2, 3]), [5]), /6, the target 5/],
    ['a reshape with two open dims', () => reshape(input('a', 'float32', [4]), [-1, -1]), undefined],
    ['a slice beyond the end', () => slice(input('a', 'float32', [4]), { axis: 0, start: 2, end: 5 }), undefined],
    ['a weight of another width', () => layerNorm(input('a', 'float32', [2, 4]), parameter('w', [3])), undefined],
    ['too few values', () => constant([1, 2, 3], [2, 2]), undefined],
  ] as const)('%s', (_, build, hint) => {
    const error = failure(build);
    expect(error.code).toBe('shape');
    if (hint) expect(error.hint).toMatch(hint);
  });

  it('two numbers are not an operator', () => {
    expect(failure(() => add(1, 2)).code).toBe('bad-input');
  });
});

describe('the graph', () => {
  it('substitutes inputs, sharing what does not depend on them', () => {
    const x = input('x', 'float64', []);
    const other = input('other', 'float64', []);
    const shared = exp(other);
    const y = mul(add(x, 1), shared);
    const [moved] = substitute([y], new Map([[x, mul(x, 10)]]));
    expect(moved!.node.inputs[1]).toBe(shared);
    const feeds = { x: ndarray([], [2]), other: ndarray([], [0]) };
    expect(evaluateTensors([y, moved!], feeds).map((v) => v.data[0])).toEqual([3, 21]);
    expect(isTensor(y)).toBe(true);
    expect(isTensor({ shape: [] })).toBe(false);
  });
});
