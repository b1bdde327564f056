/** Runs in the browser: opens a device, trains the tiny Llama, hands the losses to the test. */
import { openWebBackend } from '../../src/runtime/web.ts';
import { llamaTraining, trainLosses } from '../helpers/training-case.ts';

declare global {
  interface Window {
    train(device: 'wasm' | 'webgpu'): Promise<number[]>;
  }
}

window.train = async (device) => {
  const backend = await openWebBackend({ device });
  try {
    return await trainLosses(backend, llamaTraining);
  } finally {
    backend.dispose();
  }
};
