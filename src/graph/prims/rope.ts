import { AthanorError } from '../../core/index.ts';
import { shapeError } from '../ir.ts';
import { definePrim, type EmitContext, type EmitNode } from '../prim.ts';
import { ndarray, resolveIndex } from '../reference/ndarray.ts';
import { isFloat, type TensorType } from '../types.ts';

/**
 * Rotary position embedding (Su et al., "RoFormer", 2021), in the half-split form of Hugging Face's Llama ("rotate_half"):
 * with x = [x1, x2] split in the middle of the last axis and c, s the rows of cos and sin at the token's position,
 *   y = [x1·c − x2·s, x2·c + x1·s].
 * x [B, H, T, d], or [B, T, H, d] with `layout: 'BTHd'`; cos, sin [M, d/2]; positions int64 [B, T], each < M. A rotation's
 * gradient is the rotation back: rope of g with −sin. The tables are constants of the model and carry no gradient.
 *
 * Layout: com.microsoft RotaryEmbedding takes rank 4 as [B, H, T, d] or rank 3 as [B, T, H·d]. Measured on 2 cores of Zen 4,
 * ONNX Runtime 1.30, B 8, T 256, H 6, d 64 (best of 20): rank 4 0.72 ms, rank 3 1.0 ms, standard operators 2.4 ms including
 * the 0.8 ms transpose. So attention transposes to [B, H, T, d] first, as it must anyway, and rotates then.
 */
export interface RopeAttributes {
  readonly layout: 'BHTd' | 'BTHd';
}

export const rope = definePrim<RopeAttributes>({
  name: 'rope',
  infer(inputs, { layout }) {
    const [x, cos, sin, positions] = inputs;
    const [batch, time] = layout === 'BHTd' ? [x?.shape[0], x?.shape[2]] : [x?.shape[0], x?.shape[1]];
    const width = x?.shape[3];
    const table = (type: TensorType | undefined) =>
      type?.dtype === x?.dtype && type?.shape.length === 2 && typeof width === 'number' && type.shape[1] === width / 2;
    const fits =
      x &&
      isFloat(x.dtype) &&
      x.shape.length === 4 &&
      table(cos) &&
      table(sin) &&
      cos!.shape[0] === sin!.shape[0] &&
      positions?.dtype === 'int64' &&
      positions.shape.length === 2 &&
      positions.shape[0] === batch &&
      positions.shape[1] === time;
    if (!fits)
      throw shapeError(
        'rope',
        inputs,
        `x [${layout === 'BHTd' ? 'B, H, T, d' : 'B, T, H, d'}] with d known and even, cos and sin [M, d/2] of its element type, and int64 positions [B, T]`,
      );
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  emit(context, node) {
    if (context.contrib(node.inputs[0]!.dtype)) emitContrib(context, node);
    else emitStandard(context, node);
  },
  gradient({ inputs: [, cos, sin, positions], attributes, gradient: g, needed, ops }) {
    if (needed[1] || needed[2])
      throw new AthanorError('unsupported', 'rope: the cos and sin tables have no gradient', { place: 'rope' });
    return [ops.rope(g, cos!, ops.neg(sin!), positions!, attributes), undefined, undefined, undefined];
  },
  reference([x, cos, sin, positions], { layout }) {
    const [batch, a, b, width] = x!.shape as [number, number, number, number];
    const [heads, time] = layout === 'BHTd' ? [a, b] : [b, a];
    const half = width / 2;
    const result = ndarray(x!.shape);
    for (let n = 0; n < batch; n++)
      for (let h = 0; h < heads; h++)
        for (let t = 0; t < time; t++) {
          const row = resolveIndex(positions!.data[n * time + t]!, cos!.shape[0]!, 'rope') * half;
          const base = (layout === 'BHTd' ? (n * heads + h) * time + t : (n * time + t) * heads + h) * width;
          for (let i = 0; i < half; i++) {
            const [x1, x2] = [x!.data[base + i]!, x!.data[base + half + i]!];
            const [c, s] = [cos!.data[row + i]!, sin!.data[row + i]!];
            result.data[base + i] = x1 * c - x2 * s;
            result.data[base + half + i] = x2 * c + x1 * s;
          }
        }
    return [result];
  },
});

function emitContrib(context: EmitContext, { inputs, outputs, attributes }: EmitNode<RopeAttributes>): void {
  const [x, cos, sin, positions] = inputs;
  const rest = [positions!.name, cos!.name, sin!.name];
  const output = outputs[0]!.name;
  const domain = 'com.microsoft';
  if (attributes.layout === 'BHTd') {
    context.node('RotaryEmbedding', [x!.name, ...rest], {}, { outputs: [output], domain });
    return;
  }
  // Zeros copy a dim of the input, -1 is the product of the last two: no copy.
  const flat = context.node('Reshape', [x!.name, context.ints([0, 0, -1])]);
  const turned = context.node('RotaryEmbedding', [flat, ...rest], {}, { domain });
  context.node('Reshape', [turned, context.shape(x!.shape)], {}, { outputs: [output] });
}

function emitStandard(context: EmitContext, { inputs, outputs, attributes }: EmitNode<RopeAttributes>): void {
  const [x, cos, sin, positions] = inputs;
  const axis = context.ints([attributes.layout === 'BHTd' ? 1 : 2]);
  const rows = (table: string) => context.node('Unsqueeze', [context.node('Gather', [table, positions!.name]), axis]);
  const [c, s] = [rows(cos!.name), rows(sin!.name)];
  const [x1, x2] = [context.fresh(), context.fresh()];
  context.node('Split', [x!.name], { axis: 3, num_outputs: 2 }, { outputs: [x1, x2] });
  const times = (a: string, b: string) => context.node('Mul', [a, b]);
  const first = context.node('Sub', [times(x1, c), times(x2, s)]);
  const second = context.node('Add', [times(x2, c), times(x1, s)]);
  context.node('Concat', [first, second], { axis: 3 }, { outputs: [outputs[0]!.name] });
}
