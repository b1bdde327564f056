/** The loss curves that golden.json freezes: 20 steps of tiny models, seeded, on one thread. */
import { openBackend } from '../../../src/runtime/node.ts';
import { trainingCases, trainLosses } from '../../helpers/training-case.ts';

export async function lossCurves(): Promise<Record<string, number[]>> {
  const backend = await openBackend({ device: 'cpu', threads: 1, spinning: false });
  try {
    const curves: Record<string, number[]> = {};
    for (const [name, training] of Object.entries(trainingCases)) curves[name] = await trainLosses(backend, training);
    return curves;
  } finally {
    backend.dispose();
  }
}
