/** Child process (needs --expose-gc): compile, run, dispose, again and again; prints the memory in use as JSON. */
import {
  add,
  div,
  type GraphSpec,
  grad,
  input,
  matmul,
  mean,
  minimum,
  mul,
  parameter,
  sqrt,
  state,
  sub,
  sum,
  tanh,
} from '../../src/graph/index.ts';
import { type HostTensor, Program } from '../../src/runtime/index.ts';
import { openBackend } from '../../src/runtime/node.ts';

const BATCH = 16;
const WIDTHS = [4, 32, 16, 1] as const;

const cycles = Number(process.argv[2]);
const backend = await openBackend({ device: 'cpu', threads: 2 });
const rss: number[] = [];
const measure = (): void => {
  (globalThis as { gc?: () => void }).gc!();
  rss.push(Math.round(process.memoryUsage().rss / 1e5) / 10);
};
for (let cycle = 0; cycle < cycles; cycle++) {
  if (cycle % Math.floor(cycles / 10) === 0) measure();
  const program = await Program.compile(buildRegression, { backend });
  program.initialize({ seed: cycle });
  await program.run(regressionFeeds(cycle));
  await program.run(regressionFeeds(cycle));
  program.dispose();
}
measure();
backend.dispose();
console.log(JSON.stringify({ rss }));

/** A step of an MLP regression with clipped momentum SGD: small, so that 1,000 cycles are fast. */
function buildRegression(): GraphSpec {
  const x = input('x', 'float32', [BATCH, WIDTHS[0]]);
  const y = input('y', 'float32', [BATCH, 1]);
  const names = ['fc1.weight', 'fc2.weight', 'fc3.weight'];
  const weights = names.map((name, i) =>
    parameter(name, [WIDTHS[i]!, WIDTHS[i + 1]!], { init: { kind: 'normal', std: 1 / Math.sqrt(WIDTHS[i]!) } }),
  );
  let hidden = x;
  weights.forEach((weight, i) => {
    hidden = matmul(hidden, weight);
    if (i < weights.length - 1) hidden = tanh(hidden);
  });
  const error = sub(hidden, y);
  const loss = mean(mul(error, error));
  const gradients = grad(loss, weights);
  const norm = sqrt(gradients.map((one) => sum(mul(one, one))).reduce((total, one) => add(total, one)));
  const clip = minimum(1, div(1, norm));
  const updates: Record<string, ReturnType<typeof add>> = {};
  weights.forEach((weight, i) => {
    const moment = state(`${names[i]}.momentum`, weight.shape);
    const next = add(mul(moment, 0.9), mul(gradients[i]!, clip));
    updates[`${names[i]}.momentum`] = next;
    updates[names[i]!] = sub(weight, mul(next, 0.05));
  });
  return { outputs: { loss }, updates };
}

/** y = sin of a sum, on points that differ from step to step. */
function regressionFeeds(step: number): Record<string, HostTensor> {
  const x = Float32Array.from({ length: BATCH * WIDTHS[0] }, (_, i) => Math.sin(i * 1.7 + step));
  const y = Float32Array.from({ length: BATCH }, (_, i) =>
    Math.sin(x.subarray(i * WIDTHS[0], (i + 1) * WIDTHS[0]).reduce((total, value) => total + value)),
  );
  return {
    x: { dtype: 'float32', shape: [BATCH, WIDTHS[0]], data: x },
    y: { dtype: 'float32', shape: [BATCH, 1], data: y },
  };
}
