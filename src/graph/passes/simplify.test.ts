import { describe, expect, it } from 'vitest';
import {
  add,
  constant,
  evaluateTensors,
  exp,
  expand,
  input,
  mul,
  ndarray,
  reshape,
  scatterAdd,
  specTensors,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '../index.ts';
import { reachableNodes } from '../ir.ts';
import { simplify } from './simplify.ts';

/** The prims left after the pass, leaves apart; and the values must not change. */
function simplified(y: Tensor, feeds: Record<string, ReturnType<typeof ndarray>>): string[] {
  const after = specTensors(simplify({ outputs: { y } }));
  const [before, now] = evaluateTensors([y, after[0]!], feeds);
  expect(now).toEqual(before);
  expect(after[0]!.shape).toEqual(y.shape);
  return reachableNodes(after)
    .filter((node) => node.inputs.length > 0)
    .map((node) => node.prim.name);
}

const x = input('x', 'float64', [2, 3]);
const feeds = { x: ndarray([2, 3], [1, 2, 3, 4, 5, 6]) };

describe('simplify', () => {
  it('merges equal nodes', () => {
    expect(simplified(add(exp(mul(x, 2)), exp(mul(x, 2))), feeds)).toEqual(['mul', 'exp', 'add']);
  });

  it('keeps 0 and -0 apart', () => {
    const both = add(mul(x, constant(0, [], 'float64')), mul(x, constant(-0, [], 'float64')));
    expect(simplified(both, feeds)).toEqual(['mul', 'mul', 'add']);
  });

  it('joins views and transposes', () => {
    expect(simplified(exp(reshape(reshape(x, [6]), [3, 2])), feeds)).toEqual(['reshape', 'exp']);
    expect(simplified(exp(transpose(transpose(x))), feeds)).toEqual(['exp']);
  });

  it('leaves broadcasting to the consumer', () => {
    expect(simplified(mul(expand(constant([2], [1], 'float64'), [2, 3]), x), feeds)).toEqual(['mul']);
    const square = expand(constant([2], [1], 'float64'), [3]);
    expect(simplified(mul(square, square), feeds)).toEqual(['mul', 'expand', 'mul'].slice(1));
  });

  it('drops factors of one', () => {
    expect(simplified(exp(mul(x, 1)), feeds)).toEqual(['exp']);
  });

  it('scatters into a gradient', () => {
    const rows = constant([1, 0], [2], 'int64');
    const y = add(scatterAdd(zeros([2, 3], 'float64'), rows, x), exp(x));
    expect(simplified(y, feeds)).toEqual(['exp', 'scatter-add']);
  });

  it('gathers sums of scalars and squares', () => {
    const norm = (t: Tensor) => sum(mul(t, t));
    const y = add(add(norm(x), norm(exp(x))), norm(mul(x, 3)));
    expect(simplified(y, feeds).filter((name) => name !== 'exp' && name !== 'mul')).toEqual([
      'sum-squares',
      'sum-squares',
      'sum-squares',
      'add-all',
    ]);
  });
});
