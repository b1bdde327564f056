/** Programs compiled from graphs: training in place, shared state, seeds, checks, frozen states, rows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
} from '../graph/index.ts';
import { type Backend, Program } from './index.ts';
import { openBackend } from './node.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ device: 'cpu', threads: 2 });
});
afterAll(() => backend.dispose());

const normal = { kind: 'normal', std: 0.5 } as const;

/** One step of clipped momentum SGD on y = tanh(x W1) W2. The norm reads every gradient, so writing in place is safe. */
function regression(): GraphSpec {
  const x = input('x', 'float32', ['N', 3]);
  const y = input('y', 'float32', ['N', 1]);
  const weights = [parameter('w1', [3, 8], { init: normal }), parameter('w2', [8, 1], { init: normal })];
  const error = sub(matmul(tanh(matmul(x, weights[0]!)), weights[1]!), y);
  const loss = mean(mul(error, error));
  const raw = grad(loss, weights);
  const norm = sqrt(raw.map((gradient) => sum(mul(gradient, gradient))).reduce((total, one) => add(total, one)));
  const gradients = raw.map((gradient) => mul(gradient, minimum(1, div(5, norm))));
  const updates: GraphSpec['updates'] = Object.fromEntries(
    weights.flatMap((weight, i) => {
      const name = ['w1', 'w2'][i]!;
      const moment = state(`${name}.m`, weight.shape as number[]);
      const next = add(mul(moment, 0.9), gradients[i]!);
      return [
        [`${name}.m`, next],
        [name, sub(weight, mul(next, 0.05))],
      ];
    }),
  );
  return { outputs: { loss }, updates };
}

const n = 16;
const batch = {
  x: {
    dtype: 'float32' as const,
    shape: [n, 3],
    data: Float32Array.from({ length: 3 * n }, (_, i) => Math.sin(i * 1.7)),
  },
  y: { dtype: 'float32' as const, shape: [n, 1], data: Float32Array.from({ length: n }, (_, i) => Math.cos(i)) },
};

async function train(program: Program, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push(Number((await program.run(batch)).loss!.data[0]));
  return losses;
}

describe('Program', () => {
  it('trains, and in place gives the same bits as separate buffers', async () => {
    const results = [];
    for (const inPlace of [true, false]) {
      const program = await Program.compile(regression, { backend, inPlace, name: 'step' });
      program.initialize({ seed: 3 });
      const losses = await train(program, 30);
      const states = await Promise.all(program.states.map(({ name }) => program.store.read(name)));
      results.push({ losses, states });
      program.dispose();
    }
    expect(results[0]).toEqual(results[1]);
    const { losses } = results[0]!;
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 3);
  });

  it('says what it needs', async () => {
    const program = await Program.compile(regression, { backend, name: 'step' });
    expect(program.inputs.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['x', 'float32', ['N', 3]],
      ['y', 'float32', ['N', 1]],
    ]);
    expect(program.states.map(({ name, trainable }) => [name, trainable]).sort()).toEqual([
      ['w1', true],
      ['w1.m', false],
      ['w2', true],
      ['w2.m', false],
    ]);
    await expect(program.run(batch)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('has no value'),
    });
    program.initialize({ seed: 1 });
    await expect(program.run({ x: batch.x })).rejects.toMatchObject({
      code: 'shape',
      message: "step: input 'y' is missing: expected float32 [N, 1]",
    });
    const short = { ...batch, y: { dtype: 'float32' as const, shape: [n - 1, 1], data: new Float32Array(n - 1) } };
    await expect(program.run(short)).rejects.toMatchObject({
      code: 'shape',
      message: expect.stringContaining('(N is 16 elsewhere)'),
    });
    await expect(program.run(batch, { outputs: ['los'] })).rejects.toMatchObject({
      code: 'bad-input',
      hint: expect.stringContaining("'loss'"),
    });
    expect(await program.run(batch, { outputs: [] })).toEqual({});
    program.dispose();
  });

  it('shares a store between programs, which it leaves alone', async () => {
    const store = backend.createStore();
    const step = await Program.compile(regression, { backend, store, name: 'step' });
    step.initialize({ seed: 3 });
    await train(step, 3);
    const predict = (): GraphSpec => {
      const hidden = tanh(matmul(input('x', 'float32', ['N', 3]), parameter('w1', [3, 8])));
      return { outputs: { y: matmul(hidden, parameter('w2', [8, 1])) } };
    };
    const live = await Program.compile(predict, { backend, store });
    const frozen = await Program.compile(predict, { backend, store, frozen: true });
    live.initialize({ seed: 99 }); // changes nothing: all states are there
    const before = (await live.run({ x: batch.x })).y!;
    expect(before.shape).toEqual([n, 1]);
    const constant = (await frozen.run({ x: batch.x })).y!;
    constant.data.forEach((value, i) => {
      expect(value).toBeCloseTo(before.data[i] as number, 5);
    });
    await train(step, 1);
    expect((await live.run({ x: batch.x })).y!.data).not.toEqual(before.data);
    expect((await frozen.run({ x: batch.x })).y!.data).toEqual(constant.data);
    for (const program of [step, live, frozen]) program.dispose();
    expect(store.names().sort()).toEqual(['w1', 'w1.m', 'w2', 'w2.m']);
    const wrong = await Program.compile(() => ({ outputs: { y: mul(parameter('w1', [3, 9]), 2) } }), {
      backend,
      store,
      name: 'wrong',
    });
    await expect(wrong.run({})).rejects.toMatchObject({
      code: 'shape',
      message: "wrong: the state 'w1' expects float32 [3, 9], the store has float32 [3, 8]",
    });
    wrong.dispose();
    const kept = await Program.compile(predict, { backend, store, frozen: true });
    for (const name of store.names()) store.delete(name); // constants need the store no longer
    expect((await kept.run({ x: batch.x })).y!.shape).toEqual([n, 1]);
    kept.dispose();
    store.dispose();
  });

  it('gives equal first values for equal seeds, whatever the order of states', async () => {
    const values = async (seed: number, names: string[]) => {
      const build = () => ({
        outputs: Object.fromEntries(
          names.map((name) => [`${name}.copy`, mul(parameter(name, [4], { init: normal }), 1)]),
        ),
      });
      const program = await Program.compile(build, { backend });
      program.initialize({ seed });
      const value = (await program.store.read('a')).data;
      program.dispose();
      return value;
    };
    expect(await values(1, ['a', 'b'])).toEqual(await values(1, ['b', 'a']));
    expect(await values(1, ['a'])).not.toEqual(await values(2, ['a']));
  });

  it('binds rows of states whose leading dim is named', async () => {
    const build = (): GraphSpec => {
      const cache = state('cache', ['B', 2]);
      const next = add(cache, input('x', 'float32', ['B', 1]));
      return { outputs: { next: mul(next, 1) }, updates: { cache: next } };
    };
    const store = backend.createStore();
    const program = await Program.compile(build, { backend, store, name: 'decode' });
    expect(() => program.initialize({ seed: 1 })).toThrow("decode: the state 'cache' has named dims [B, 2]");
    store.create('cache', 'float32', [4, 2]);
    const x = { dtype: 'float32' as const, shape: [2, 1], data: Float32Array.of(1, 2) };
    await program.run({ x }, { rows: { start: 1, count: 2 } });
    expect([...store.view('cache')]).toEqual([0, 0, 1, 1, 2, 2, 0, 0]);
    await expect(program.run({ x }, { rows: { start: 0, count: 3 } })).rejects.toMatchObject({ code: 'shape' });
    await expect(program.run({ x }, { rows: { start: 3, count: 2 } })).rejects.toMatchObject({ code: 'shape' });
    await expect(program.run({ x })).rejects.toMatchObject({ code: 'shape' });
    program.dispose();
    store.dispose();
  });
});

describe('openBackend', () => {
  it('refuses unknown devices and thread counts, and says what there is', async () => {
    await expect(openBackend({ device: 'gpu' as 'cpu' })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(openBackend({ threads: 0 })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(openBackend({ device: 'cuda' })).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('CPUExecutionProvider'),
    });
    const auto = await openBackend({ device: 'auto' });
    expect(auto.device).toBe('cpu');
    auto.dispose();
  });
});
