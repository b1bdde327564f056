import { broadcastShapes } from '../dims.ts';
import { sumTo } from '../elementwise.ts';
import { shapeError, type Tensor } from '../ir.ts';
import { definePrim, type EmitContext, type EmitNode } from '../prim.ts';
import { map, matmul as product, transposeLast } from '../reference/ndarray.ts';
import { type Dim, isFloat, type Shape } from '../types.ts';

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

/**
 * alpha · op(a) · op(b), [..., M, K] × [..., K, N] → [..., M, N]; op swaps the last two axes where asked; leading axes
 * broadcast. Gradients are matmuls with other flags: nothing is ever transposed in memory where the kernel takes flags.
 */
export const matmul = definePrim<MatmulAttributes>({
  name: 'matmul',
  infer(inputs, { transposeA, transposeB }) {
    const [a, b] = inputs;
    if (!a || !b || a.dtype !== b.dtype || !isFloat(a.dtype) || a.shape.length < 2 || b.shape.length < 2)
      throw shapeError(
        'matmul',
        inputs,
        'two float tensors of one element type with two axes or more',
        'Use unsqueeze.',
      );
    const [m, kA] = lastTwo(a.shape, transposeA);
    const [kB, n] = lastTwo(b.shape, transposeB);
    const flags = `${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`;
    if (kA !== kB)
      throw shapeError(
        'matmul',
        inputs,
        `equal inner sizes [..., M, K] × [..., K, N]${flags}; they are ${kA} and ${kB}`,
        'A linear layer with an [out, in] weight needs transposeB: true.',
      );
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (!batch) throw shapeError('matmul', inputs, 'leading axes that broadcast');
    return [{ dtype: a.dtype, shape: [...batch, m, n] }];
  },
  emit,
  gradient({ inputs, attributes: { transposeA, transposeB, alpha }, gradient: g, needed, ops }) {
    const [a, b] = inputs as [(typeof inputs)[0] & object, (typeof inputs)[0] & object];
    const gradientA = () =>
      transposeA
        ? ops.matmul(b, g, { transposeA: transposeB, transposeB: true, alpha })
        : ops.matmul(g, b, { transposeB: !transposeB, alpha });
    const gradientB = () =>
      transposeB
        ? wide(g, a) && !transposeA
          ? ops.transpose(ops.matmul(a, g, { transposeA: true, alpha }))
          : ops.matmul(g, a, { transposeA: true, transposeB: transposeA, alpha })
        : ops.matmul(a, g, { transposeA: !transposeA, alpha });
    return [
      needed[0] ? sumTo(gradientA(), a.shape, ops) : undefined,
      needed[1] ? sumTo(gradientB(), b.shape, ops) : undefined,
    ];
  },
  reference([a, b], { transposeA, transposeB, alpha }) {
    const y = product(transposeA ? transposeLast(a!) : a!, transposeB ? transposeLast(b!) : b!);
    return [map(y, (value) => value * alpha)];
  },
});

/**
 * Whether gᵀ·a is better computed as (aᵀ·g)ᵀ: the gradient of a tied head, g [N, V]. MLAS packs a transposed left side
 * slowly when it is wide (2048 × 4096: 70 ms against 29 ms + 2 ms for the transpose of the small result, 2 threads).
 */
function wide(g: Tensor, a: Tensor): boolean {
  const [columns, inner] = [g.shape.at(-1), a.shape.at(-1)];
  return g.shape.length === 2 && typeof columns === 'number' && typeof inner === 'number' && columns >= 4 * inner;
}

function lastTwo(shape: Shape, swapped: boolean): [Dim, Dim] {
  const [rows, columns] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
  return swapped ? [columns, rows] : [rows, columns];
}

function emit(context: EmitContext, { inputs, outputs, attributes }: EmitNode<MatmulAttributes>): void {
  const [a, b] = inputs as [(typeof inputs)[0] & object, (typeof inputs)[0] & object];
  const { transposeA, transposeB, alpha } = attributes;
  const to = { outputs: [outputs[0]!.name] };
  const flags = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } };
  if (!transposeA && !transposeB && alpha === 1) {
    context.node('MatMul', [a.name, b.name], {}, to);
  } else if (context.contrib(a.dtype)) {
    context.node('FusedMatMul', [a.name, b.name], flags, { ...to, domain: 'com.microsoft' });
  } else if (a.shape.length === 2 && b.shape.length === 2) {
    context.node('Gemm', [a.name, b.name], flags, to);
  } else {
    const swap = (name: string, rank: number) => {
      const axes = Array.from({ length: rank }, (_, axis) => axis);
      return context.node('Transpose', [name], { perm: [...axes.slice(0, -2), rank - 1, rank - 2] });
    };
    const left = transposeA ? swap(a.name, a.shape.length) : a.name;
    const right = transposeB ? swap(b.name, b.shape.length) : b.name;
    const y = context.node('MatMul', [left, right], {}, alpha === 1 ? to : {});
    if (alpha !== 1) context.node('Mul', [y, context.scalar(a.dtype, alpha)], {}, to);
  }
}
