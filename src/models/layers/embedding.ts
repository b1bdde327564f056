/** A table of learned vectors, looked up by index. */
import { gather, type Tensor } from '../../graph/index.ts';
import type { ModelContext } from '../context.ts';

/** Indices [N] (int64, 0 ≤ i < count) → [N, D]; owns `<name>.weight` [count, D]. */
export function embedding(
  context: ModelContext,
  indices_N: Tensor,
  name: string,
  options: { readonly count: number; readonly size: number; readonly std: number },
): Tensor {
  const weight_CD = embeddingTable(context, name, options);
  return gather(weight_CD, indices_N, { axis: 0 });
}

/** The table itself [count, D], e.g. for a tied output head. */
export function embeddingTable(
  context: ModelContext,
  name: string,
  { count, size, std }: { readonly count: number; readonly size: number; readonly std: number },
): Tensor {
  return context.parameter(`${name}.weight`, [count, size], { kind: 'normal', std }, 'embedding');
}
