/** `athanor bench infer`: prefill speed, and decode speed at batch 1 and 8. */
import { availableParallelism } from 'node:os';
import { defineCommand } from '../command.ts';

export const benchInfer = defineCommand({
  name: 'bench-infer',
  options: [
    { flags: '--model <dir>', describe: 'option.bench.model' },
    { flags: '--prompt-tokens <n>', describe: 'option.bench.prompt-tokens', kind: 'integer', default: 256 },
    { flags: '--steps <n>', describe: 'option.bench.decode-steps', kind: 'integer', default: 48 },
  ],
  async run({ globals, print, note }, _args, options) {
    const { benchInfer: bench } = await import('../bench/infer.ts');
    const { modelDirectory } = await import('../../recipe/index.ts');
    const model = options.model as string | undefined;
    const result = await bench({
      directory: model === undefined ? undefined : modelDirectory(model, globals.workspace),
      threads: globals.threads ?? availableParallelism(),
      promptTokens: Math.max(1, options['prompt-tokens'] as number),
      decodeSteps: Math.max(1, options.steps as number),
      batches: [1, 8],
      note,
    });
    for (const [name, value] of Object.entries(result)) print(`${name}: ${value}`);
    return result;
  },
});
