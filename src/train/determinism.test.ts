/** Several threads change nothing: the sums that training makes are the same in every run. */
import { expect, it } from 'vitest';
import { gather, grad, input, mul, parameter, sum } from '../graph/index.ts';
import { Program } from '../runtime/index.ts';
import { openBackend } from '../runtime/node.ts';

it('the gradient of an embedding adds up every repeated token, on two threads', async () => {
  const [vocabulary, tokens, width] = [64, 2048, 384];
  const backend = await openBackend({ threads: 2, spinning: false });
  const program = await Program.compile(
    () => {
      const table = parameter('table', [vocabulary, width]);
      const ids = input('ids', 'int64', [tokens]);
      const upstream = input('upstream', 'float32', [tokens, width]);
      return { outputs: { gradient: grad(sum(mul(gather(table, ids), upstream)), [table])[0]! } };
    },
    { backend },
  );
  program.initialize({ seed: 0 });
  const ids = Array.from({ length: tokens }, (_, i) => (i * i * 7 + i) % vocabulary);
  // Small integers: their sums are exact in any order, so a difference is a lost update.
  const upstream = Float32Array.from({ length: tokens * width }, (_, i) => ((i * 37) % 11) - 5);
  const expected = new Float32Array(vocabulary * width);
  ids.forEach((id, row) => {
    for (let i = 0; i < width; i++) expected[id * width + i]! += upstream[row * width + i]!;
  });
  for (let run = 0; run < 30; run++) {
    const { gradient } = await program.run({ ids: BigInt64Array.from(ids, BigInt), upstream });
    expect(Buffer.compare(Buffer.from(gradient!.data.buffer), Buffer.from(expected.buffer))).toBe(0);
  }
  program.dispose();
  backend.dispose();
});
