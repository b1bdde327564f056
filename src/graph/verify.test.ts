import { describe, expect, it } from 'vitest';
import { exp, input, type Tensor } from './index.ts';
import { verify } from './verify.ts';

describe('verify', () => {
  const x = input('x', 'float32', [2]);
  const y = exp(x);
  /** y with its node or type forged. */
  const forged = (node: object, type: object = {}): Tensor => {
    const copy = { ...y.node, ...node, outputs: [] as Tensor[] };
    copy.outputs.push({ ...y, ...type, node: copy });
    return copy.outputs[0]!;
  };

  it('passes a good graph', () => {
    expect(() => verify({ outputs: { y } }, 'build')).not.toThrow();
  });

  it('finds a wrong shape, a wrong element type, a cycle, names used twice', () => {
    const check = (tensor: Tensor) => () => verify({ outputs: { y: tensor } }, 'the pass');
    expect(check(forged({}, { shape: [3] }))).toThrow(/after the pass: exp.*its rule says float32 \[2\]/);
    expect(check(forged({}, { dtype: 'float64' }))).toThrow(/internal/);
    expect(check(forged({ id: -1 }))).toThrow(/made later/);
    expect(() => verify({ outputs: { a: y, b: exp(input('x', 'float32', [3])) } }, 'build')).toThrow(/'x' stands for/);
    expect(() => verify({ outputs: { a: y, b: exp(input('x', 'float32', [2])) } }, 'build')).not.toThrow();
  });
});
