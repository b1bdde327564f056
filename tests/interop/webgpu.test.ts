/** The training step of a tiny Llama and GPT-2, as `train/` builds it, on WebGPU (software Vulkan: SwiftShader, which comes with Chromium) and on the CPU. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runChild } from '../helpers/node-child.ts';

const CHROMIUM = process.env.CHROMIUM_LIB ?? '/usr/lib/chromium';
const icd = process.env.VK_ICD_FILENAMES ?? `${CHROMIUM}/vk_swiftshader_icd.json`;
// The Vulkan loader too may be only Chromium's.
const env = {
  VK_ICD_FILENAMES: icd,
  LD_LIBRARY_PATH: [CHROMIUM, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
};

async function train(device: 'cpu' | 'webgpu', model: string, extra: Record<string, string>): Promise<number[]> {
  const child = await runChild('tests/helpers/train-child.ts', { args: [device, model], env: extra });
  expect(child, child.stderr).toMatchObject({ code: 0, signal: null });
  const result = JSON.parse(child.stdout) as { device: string; losses: number[] };
  expect(result.device).toBe(device);
  return result.losses;
}

describe('WebGPU in Node', () => {
  // Skipped only where no Vulkan device can be had: Debian's package `chromium` brings one.
  it.skipIf(!existsSync(icd)).each(['llama', 'gpt2', 'dropout'])(
    'trains %s with the losses of the CPU, 20 steps',
    async (model) => {
      const cpu = await train('cpu', model, {});
      const webgpu = await train('webgpu', model, env);
      expect(webgpu).toHaveLength(20);
      webgpu.forEach((loss, step) => {
        expect(Math.abs(loss - cpu[step]!), `step ${step}: ${loss} against ${cpu[step]}`).toBeLessThan(1e-3);
      });
      expect(cpu.at(-1)).toBeLessThan(cpu[0]!);
    },
  );

  it('says that there is no adapter, and ends cleanly, without a Vulkan device', async () => {
    const child = await runChild('tests/helpers/train-child.ts', {
      args: ['webgpu'],
      env: { VK_ICD_FILENAMES: '/nonexistent.json' },
    });
    expect(child.signal).toBeNull();
    expect(child.stderr).toContain("the device 'webgpu' cannot be used");
  });
});
