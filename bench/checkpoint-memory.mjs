// Peak memory of a training step with and without checkpoint(): `npm run build && node bench/checkpoint-memory.mjs [--json]`.
// Each variant runs in a process of its own, whose high-water mark (VmHWM, Linux) is read after the steps; the baseline is
// the same process before its first run. Equal digests are equal bytes of all updated weights. Knows only the public graph
// API and the plain onnxruntime-node binding. --no-pattern turns ONNX Runtime's memory pattern off (it plans one block for a
// whole run, beside what the first run took).
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const STEPS = 3;

/** A residual MLP and a pre-norm decoder; weights are small beside activations, as with long sequences. */
const models = {
  mlp: { layers: 16, width: 128, rows: 8192 },
  transformer: { layers: 8, width: 128, heads: 4, batch: 8, time: 256, dropout: 0.1 },
};

const peakMiB = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

/** Deterministic small numbers, not worth a generator. */
const values = (size, scale, seed) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233) * scale);

function mlpBlock(graph, name, { width }) {
  const up = graph.parameter(`${name}.up`, [width, 4 * width]);
  const down = graph.parameter(`${name}.down`, [4 * width, width]);
  const block = (x) => graph.add(x, graph.matmul(graph.gelu(graph.matmul(x, up)), down));
  return { block, parameters: [up, down] };
}

function transformerBlock(graph, name, config, index, key) {
  const { width, heads, batch, time, dropout } = config;
  const size = width / heads;
  const shapes = {
    norm1: [width],
    q: [width, width],
    k: [width, width],
    v: [width, width],
    o: [width, width],
    norm2: [width],
  };
  const p = Object.fromEntries(
    Object.entries(shapes).map(([key, shape]) => [key, graph.parameter(`${name}.${key}`, shape)]),
  );
  const mlp = mlpBlock(graph, name, config);
  const split = (x) => graph.transpose(graph.reshape(x, [batch, time, heads, size]), [0, 2, 1, 3]);
  const mask = graph.constant(
    Float32Array.from({ length: time * time }, (_, i) => (i % time > Math.floor(i / time) ? -1e9 : 0)),
    [1, 1, time, time],
  );
  const block = (x) => {
    const h = graph.rmsNorm(x, p.norm1, { epsilon: 1e-5 });
    const [q, k, v] = [p.q, p.k, p.v].map((weight) => split(graph.matmul(h, weight)));
    const scores = graph.matmul(q, k, { transposeB: true, alpha: 1 / Math.sqrt(size) });
    const weights = graph.dropout(graph.softmax(graph.add(scores, mask)), { rate: dropout, key, stream: 2 * index });
    const mixed = graph.reshape(graph.transpose(graph.matmul(weights, v), [0, 2, 1, 3]), [batch * time, width]);
    const y = graph.add(x, graph.matmul(mixed, p.o));
    return mlp.block(graph.dropout(y, { rate: dropout, key, stream: 2 * index + 1 }));
  };
  return { block, parameters: [...Object.values(p), ...mlp.parameters] };
}

/** One step: forward, backward, clipping by the global norm, SGD. */
function build(graph, kind, checkpointed) {
  const config = models[kind];
  const rows = config.rows ?? config.batch * config.time;
  const key = graph.input('key', 'int64', [3]);
  let x = graph.input('x', 'float32', [rows, config.width]);
  const parameters = [];
  for (let layer = 0; layer < config.layers; layer++) {
    const make = kind === 'mlp' ? mlpBlock : transformerBlock;
    const { block, parameters: own } = make(graph, `layers.${layer}`, config, layer, key);
    parameters.push(...own);
    x = checkpointed ? graph.checkpoint(block, [x]) : block(x);
  }
  const loss = graph.mean(graph.mul(x, x));
  const gradients = graph.grad(loss, parameters);
  const norm = graph.sqrt(
    gradients.map((g) => graph.sum(graph.mul(g, g))).reduceRight((total, square) => graph.add(total, square)),
  );
  const rate = graph.div(graph.constant(0.1), graph.maximum(norm, 1));
  const updates = Object.fromEntries(
    parameters.map((p, i) => [p.node.attributes.name, graph.sub(p, graph.mul(gradients[i], rate))]),
  );
  return { outputs: { loss, norm }, updates };
}

async function child(kind, checkpointed) {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const graph = await import('../dist/graph/index.js');
  const ort = await import('onnxruntime-node');
  const spec = build(graph, kind, checkpointed);
  const { model, inputs, states, nodeCount } = graph.toOnnx(spec, { target: 'cpu' });
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 2,
    enableMemPattern: !process.argv.includes('--no-pattern'),
  });
  const feeds = {};
  for (const { name, shape } of inputs.filter((input) => input.dtype === 'float32'))
    feeds[name] = new ort.Tensor(
      'float32',
      values(
        shape.reduce((a, b) => a * b),
        1,
        0,
      ),
      shape,
    );
  if (inputs.some((input) => input.name === 'key'))
    feeds.key = new ort.Tensor('int64', BigInt64Array.of(7n, 0n, 1n), [3]);
  states.forEach(({ name, shape }, i) => {
    const data = shape.length === 1 ? new Float32Array(shape[0]).fill(1) : values(shape[0] * shape[1], 0.05, i + 1);
    feeds[name] = new ort.Tensor('float32', data, shape);
  });
  const baseline = peakMiB();
  const digest = createHash('sha256');
  let milliseconds = Number.POSITIVE_INFINITY;
  let last = {};
  for (let step = 0; step < STEPS; step++) {
    const start = performance.now();
    last = await session.run(feeds);
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  for (const name of Object.keys(last).sort())
    digest.update(new Uint8Array(last[name].data.buffer, last[name].data.byteOffset, last[name].data.byteLength));
  const round = (value) => Math.round(value * 10) / 10;
  process.send({
    model: kind,
    checkpoint: checkpointed,
    nodes: nodeCount,
    loss: last.loss.data[0],
    norm: last.norm.data[0],
    digest: digest.digest('hex').slice(0, 12),
    ms_per_step: round(milliseconds),
    baseline_mib: round(baseline),
    peak_mib: round(peakMiB()),
    step_mib: round(peakMiB() - baseline),
  });
}

async function main() {
  const rows = [];
  for (const kind of Object.keys(models))
    for (const checkpointed of [false, true])
      rows.push(
        await new Promise((resolve, reject) => {
          const worker = fork(fileURLToPath(import.meta.url), [
            '--child',
            kind,
            String(checkpointed),
            ...process.argv.slice(2),
          ]);
          worker.once('message', resolve);
          worker.once('exit', (code) => code !== 0 && reject(new Error(`${kind}: child exited with ${code}`)));
        }),
      );
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
  else console.table(rows);
}

const at = process.argv.indexOf('--child');
if (at > 0) {
  await child(process.argv[at + 1], process.argv[at + 2] === 'true');
  process.disconnect();
} else await main();
