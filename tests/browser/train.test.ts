/** Training a tiny Llama in a real Chromium: the same program over onnxruntime-web gives the losses of Node's CPU. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/runtime/node.ts';
import { type OpenPage, openPage } from '../helpers/chromium.ts';
import { llamaTraining, trainLosses } from '../helpers/training-case.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** A software GPU: Chromium's own SwiftShader. */
const gpuFlags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

let plain: OpenPage;
let expected: number[];
beforeAll(async () => {
  const backend = await openBackend({ device: 'cpu', threads: 1 });
  expected = await trainLosses(backend, llamaTraining);
  backend.dispose();
  plain = await openPage(folder);
});
afterAll(() => plain?.close());

async function train({ page, messages }: OpenPage, device: 'wasm' | 'webgpu'): Promise<number[]> {
  try {
    return await page.evaluate((name) => window.train(name), device);
  } catch (error) {
    return expect.fail(`${error}\n${messages.join('\n')}`);
  }
}

function expectEqualLosses(losses: number[], tolerance: number): void {
  expect(losses).toHaveLength(llamaTraining.steps);
  losses.forEach((loss, step) => {
    expect(Math.abs(loss - expected[step]!), `step ${step}: ${loss} against ${expected[step]}`).toBeLessThan(tolerance);
  });
}

describe('in Chromium', () => {
  it('trains on wasm with the losses of the CPU', async () => {
    expectEqualLosses(await train(plain, 'wasm'), 1e-4);
  });

  it('trains on WebGPU with the losses of the CPU', async () => {
    const withGpu = await openPage(folder, gpuFlags);
    try {
      expectEqualLosses(await train(withGpu, 'webgpu'), 1e-3);
    } finally {
      await withGpu.close();
    }
  });

  it('says that there is no WebGPU where there is none', async () => {
    await expect(plain.page.evaluate(() => window.train('webgpu'))).rejects.toThrow(/this browser has no WebGPU/);
  });
});
