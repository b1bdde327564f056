/** `bench train`: our training step and PyTorch's, the same model, batch and threads, one process each, in turns. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AthanorError } from '../../core/index.ts';
import { BenchProcess, median } from './process.ts';
import type { TrainBenchSizes } from './sizes.ts';

export interface TrainBenchOptions {
  readonly sizes: TrainBenchSizes;
  readonly peer: 'torch' | undefined;
  /** Timed steps in a round. */
  readonly steps: number;
  readonly rounds: number;
  readonly note: (line: string) => void;
}

interface Contender {
  readonly name: string;
  readonly process: BenchProcess;
  readonly seconds: number[];
  peakMb: number;
}

/** Warm-up steps: the engines allocate and (torch.compile) compile in the first ones. */
const warmUp = 3;

export async function benchTrain({ sizes, peer, steps, rounds, note }: TrainBenchOptions) {
  const contenders: Contender[] = [];
  const add = (name: string, command: string, args: readonly string[]): Contender => {
    const contender = { name, process: new BenchProcess(name, command, args), seconds: [], peakMb: 0 };
    contenders.push(contender);
    return contender;
  };
  try {
    const ours = add('athanor', process.execPath, [
      fileURLToPath(new URL('./train-worker.js', import.meta.url)),
      JSON.stringify(sizes),
    ]);
    const facts = await ours.process.answer();
    if (peer === 'torch') {
      const python = findTorch();
      const script = fileURLToPath(new URL('./torch_train.py', import.meta.url));
      const modes = python.compiles ? [false, true] : [false];
      for (const compile of modes) {
        const name = `torch ${python.version} ${compile ? 'compile' : 'eager'}`;
        const contender = add(name, python.path, [script, JSON.stringify({ ...sizes, compile })]);
        const { params } = await contender.process.answer();
        if (params !== facts.params)
          throw new AthanorError('internal', `internal: the models differ: ${facts.params} and ${params} parameters`);
      }
    }
    for (const { name, process: bench } of contenders) {
      note(`${name}: warming up`);
      await bench.ask(String(warmUp));
    }
    for (let round = 0; round < rounds; round++)
      for (const contender of contenders) {
        const answer = await contender.process.ask(String(steps));
        contender.seconds.push(Number(answer.seconds) / steps);
        contender.peakMb = Math.max(contender.peakMb, Number(answer.rss_mb));
        note(`${contender.name}: ${speed(sizes, Number(answer.seconds) / steps)} tokens/s`);
      }
    const { gemm_gflops } = await ours.process.ask('gemm');
    return summary(sizes, contenders, facts, Number(gemm_gflops));
  } finally {
    for (const { process: bench } of contenders) bench.stop();
  }
}

function summary(
  sizes: TrainBenchSizes,
  contenders: readonly Contender[],
  facts: Readonly<Record<string, unknown>>,
  gemmGflops: number,
) {
  const [ours, ...peers] = contenders;
  const tokensPerSecond = (contender: Contender) => speed(sizes, median(contender.seconds));
  const best =
    peers.length === 0 ? undefined : peers.reduce((a, b) => (tokensPerSecond(b) > tokensPerSecond(a) ? b : a));
  const flops = Number(facts.flops_per_token);
  return {
    ours_tokens_per_s: tokensPerSecond(ours!),
    peer_tokens_per_s: best ? tokensPerSecond(best) : null,
    ratio: best ? round3(median(best.seconds) / median(ours!.seconds)) : null,
    params: Number(facts.params),
    flops_per_token: flops,
    gemm_gflops: Math.round(gemmGflops),
    mfu: round3((tokensPerSecond(ours!) * flops) / (gemmGflops * 1e9)),
    peer: best?.name ?? null,
    ours_peak_mb: Math.round(ours!.peakMb),
    peer_peak_mb: best ? Math.round(best.peakMb) : null,
    contenders: contenders.map((contender) => ({
      name: contender.name,
      tokens_per_s: tokensPerSecond(contender),
      peak_mb: Math.round(contender.peakMb),
    })),
    sizes,
    engine: facts.engine,
    nodes: facts.nodes,
  };
}

const speed = ({ batch_size, sequence_length }: TrainBenchSizes, seconds: number) =>
  Math.round((batch_size * sequence_length) / seconds);
const round3 = (value: number) => Math.round(value * 1000) / 1000;

/** The first Python that has PyTorch. @throws AthanorError('not-found') */
function findTorch(): { path: string; version: string; compiles: boolean } {
  const candidates = [process.env.ATHANOR_TORCH_PYTHON, 'python3', '/usr/bin/python3'].filter(
    (path) => path !== undefined,
  );
  for (const path of candidates) {
    try {
      const version = execFileSync(path, ['-c', 'import torch; print(torch.__version__)'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      return { path, version, compiles: Number(version.split('.')[0]) >= 2 };
    } catch {
      // Not there, or without torch: the next one.
    }
  }
  throw new AthanorError('not-found', `no Python with PyTorch among ${candidates.join(', ')}`, {
    hint: 'Install it (Debian: python3-torch and libopenblas0; or PyPI: torch), or name one with ATHANOR_TORCH_PYTHON.',
  });
}
