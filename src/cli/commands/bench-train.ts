/** `athanor bench train [--peer torch]`: training speed, beside PyTorch on the same model, batch and threads. */
import { availableParallelism } from 'node:os';
import { AthanorError } from '../../core/index.ts';
import { defaultSizes } from '../bench/sizes.ts';
import { benchTrain as bench } from '../bench/train.ts';
import { defineCommand } from '../command.ts';

export const benchTrain = defineCommand({
  name: 'bench-train',
  options: [
    { flags: '--peer <name>', describe: 'option.bench.peer' },
    { flags: '--steps <n>', describe: 'option.bench.steps', kind: 'integer', default: 4 },
    { flags: '--rounds <n>', describe: 'option.bench.rounds', kind: 'integer', default: 5 },
    { flags: '--arch <name>', describe: 'option.bench.arch', default: defaultSizes.arch },
  ],
  async run({ globals, print, note }, _args, options) {
    const { peer, arch } = options as Partial<Record<string, string>>;
    if (peer !== undefined && peer !== 'torch')
      throw new AthanorError('bad-input', `--peer: unknown peer '${peer}'`, { hint: 'Known: torch.' });
    if (arch !== 'gpt2' && arch !== 'llama')
      throw new AthanorError('bad-input', `--arch: unknown architecture '${arch}'`, { hint: 'Known: gpt2, llama.' });
    const intermediate_size = arch === 'llama' ? 1024 : defaultSizes.intermediate_size;
    const threads = globals.threads ?? availableParallelism();
    const result = await bench({
      sizes: { ...defaultSizes, arch, intermediate_size, threads },
      peer,
      steps: Math.max(1, options.steps as number),
      rounds: Math.max(1, options.rounds as number),
      note,
    });
    for (const { name, tokens_per_s, peak_mb } of result.contenders)
      print(`${name}: ${tokens_per_s} tokens/s, peak ${peak_mb} MB`);
    if (result.ratio !== null) print(`ratio: ${result.ratio} × ${result.peer}`);
    print(
      `MFU ${(100 * result.mfu).toFixed(1)} % of ${result.gemm_gflops} GFLOP/s (${(result.params / 1e6).toFixed(2)} M parameters)`,
    );
    return result;
  },
});
