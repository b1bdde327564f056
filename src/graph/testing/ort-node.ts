/** Runs models through onnxruntime-node's own JavaScript binding. For tests of emission only: programs use `runtime/`. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ndarray } from '../reference/ndarray.ts';
import type { Runner } from './check-prim.ts';

/** A runner for `checkPrim`. `optimize: false` runs the graph as emitted. */
export function ortRunner(options: { optimize?: boolean } = {}): Runner {
  return async (model, feeds) => {
    const session = await InferenceSession.create(model, {
      graphOptimizationLevel: (options.optimize ?? true) ? 'all' : 'disabled',
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    try {
      const fed = Object.entries(feeds).map(([name, { dtype, shape, data }]) => [
        name,
        new Tensor(dtype as 'float32', data as Float32Array, shape),
      ]);
      const results = await session.run(Object.fromEntries(fed) as Record<string, Tensor>);
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => [
          name,
          ndarray(value.dims, Array.from(value.data as Float32Array, Number)),
        ]),
      );
    } finally {
      await session.release();
    }
  };
}
