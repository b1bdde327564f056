/** Sessions and stores on hand-written models: in place, concurrency, cancelling, dynamic shapes, errors, constants. */
import { afterAll, describe, expect, it } from 'vitest';
import { encodeModel, type OnnxModel } from '../../graph/onnx/encode.ts';
import type { HostTensor, RunRequest, Store } from '../types.ts';
import { NativeBackend } from './backend.ts';
import { openEnvironment } from './environment.ts';

const environment = openEnvironment({ threads: 2 });
const backend = new NativeBackend(environment, { device: 'cpu', threads: 2, spinning: false, providerOptions: {} });
afterAll(() => backend.dispose());

const f32 = (shape: number[], ...data: number[]): HostTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data),
});
const model = (nodes: OnnxModel['nodes'], inputs: OnnxModel['inputs'], outputs: OnnxModel['outputs']) =>
  encodeModel({ nodes, inputs, outputs, opsets: { '': 18, 'com.microsoft': 1 } });
const open = (bytes: Uint8Array, name = 'test') => backend.createSession(bytes, { name });
const request = (store: Store, feeds: Record<string, HostTensor>, rest: Partial<RunRequest> = {}): RunRequest => ({
  store,
  feeds: Object.entries(feeds).map(([name, value]) => ({ name, value })),
  states: [],
  updates: [],
  outputs: [],
  inPlace: true,
  reuseOutputs: false,
  ...rest,
});

/** w' = w - g, and sum = Σ w' */
const step = model(
  [
    { opType: 'Sub', name: 'opt.sub', inputs: ['w', 'g'], outputs: ['w.next'] },
    { opType: 'ReduceSum', name: 'opt.sum', inputs: ['w.next'], outputs: ['sum'], attributes: { keepdims: 0 } },
  ],
  [
    { name: 'g', dtype: 'float32', shape: [4] },
    { name: 'w', dtype: 'float32', shape: [4] },
  ],
  [
    { name: 'sum', dtype: 'float32', shape: [] },
    { name: 'w.next', dtype: 'float32', shape: [4] },
  ],
);
const stepRest = (inPlace: boolean): Partial<RunRequest> => ({
  states: [{ name: 'w' }],
  updates: [{ name: 'w' }],
  outputs: [{ name: 'sum', dtype: 'float32', shape: [] }],
  inPlace,
});

/** `count` square matmuls of x [n, n] in a row. */
const slow = (count: number) =>
  model(
    Array.from({ length: count }, (_, i) => ({
      opType: 'MatMul',
      name: `slow.${i}`,
      inputs: [i === 0 ? 'x' : `y${i - 1}`, 'x'],
      outputs: [i === count - 1 ? 'y' : `y${i}`],
    })),
    [{ name: 'x', dtype: 'float32', shape: ['N', 'N'] }],
    [{ name: 'y', dtype: 'float32', shape: ['N', 'N'] }],
  );
const square = (n: number): HostTensor => ({
  dtype: 'float32',
  shape: [n, n],
  data: new Float32Array(n * n).fill(1 / n),
});
const squareOutput = (n: number) => ({ outputs: [{ name: 'y', dtype: 'float32' as const, shape: [n, n] }] });

describe('sessions', () => {
  it.each([true, false])('updates state (in place: %s) in the memory that view() shows', async (inPlace) => {
    const store = backend.createStore();
    store.create('w', 'float32', [4], Float32Array.of(1, 2, 3, 4));
    const view = store.view('w');
    const session = await open(step);
    for (let i = 0; i < 3; i++) {
      const { sum } = await session.run(request(store, { g: f32([4], 1, 1, 1, 1) }, stepRest(inPlace)));
      expect([...sum!.data]).toEqual([10 - 4 * (i + 1)]);
    }
    expect([...view]).toEqual([-2, -1, 0, 1]);
    expect((await store.read('w')).data).toEqual(view);
    session.dispose();
    store.dispose();
  });

  it('returns outputs that later runs do not change, unless views are asked for', async () => {
    const store = backend.createStore();
    store.create('w', 'float32', [4]);
    const session = await open(step);
    const run = (reuseOutputs: boolean) =>
      session.run(request(store, { g: f32([4], 1, 1, 1, 1) }, { ...stepRest(true), reuseOutputs }));
    const first = (await run(false)).sum!;
    const view = (await run(true)).sum!;
    expect([first.data[0], view.data[0]]).toEqual([-4, -8]);
    await run(false);
    expect([first.data[0], view.data[0]]).toEqual([-4, -12]);
    session.dispose();
    store.dispose();
  });

  it('lets the engine allocate outputs of unknown shape, and takes empty tensors', async () => {
    const nonZero = model(
      [{ opType: 'NonZero', inputs: ['x'], outputs: ['y'] }],
      [{ name: 'x', dtype: 'float32', shape: ['N'] }],
      [{ name: 'y', dtype: 'int64', shape: [1, 'M'] }],
    );
    const store = backend.createStore();
    const session = await open(nonZero);
    const outputs = [{ name: 'y', dtype: 'int64' as const, shape: undefined }];
    const run = async (...values: number[]) =>
      (await session.run(request(store, { x: f32([values.length], ...values) }, { outputs }))).y!;
    expect(await run(0, 5, 0, 7)).toEqual({ dtype: 'int64', shape: [1, 2], data: BigInt64Array.of(1n, 3n) });
    expect((await run(0)).shape).toEqual([1, 0]);
    expect((await run()).shape).toEqual([1, 0]);
    session.dispose();
    store.dispose();
  });

  it('leaves the main thread free, runs several at once, and gives the same as alone', async () => {
    const store = backend.createStore();
    const session = await open(slow(60));
    const alone = await session.run(request(store, { x: square(256) }, squareOutput(256)));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const together = await Promise.all(
      [1, 2, 3].map(() => session.run(request(store, { x: square(256) }, squareOutput(256)))),
    );
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
    for (const { y } of together) expect(y!.data).toEqual(alone.y!.data);
    session.dispose();
    store.dispose();
  });

  it('stops a run when the signal says so, and can run again', async () => {
    const store = backend.createStore();
    const session = await open(slow(3000));
    const controller = new AbortController();
    const started = performance.now();
    const run = session.run(request(store, { x: square(256) }, { ...squareOutput(256), signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - started).toBeLessThan(2000);
    await expect(
      session.run(request(store, { x: square(2) }, { ...squareOutput(2), signal: controller.signal })),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect((await session.run(request(store, { x: square(2) }, squareOutput(2)))).y!.data[0]).toBeCloseTo(0.5);
    session.dispose();
    store.dispose();
  });

  it('cancels what is running when it is disposed', async () => {
    const store = backend.createStore();
    const session = await open(slow(3000));
    const run = session.run(request(store, { x: square(256) }, squareOutput(256)));
    setTimeout(() => session.dispose(), 20);
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    await expect(session.run(request(store, { x: square(2) }, squareOutput(2)))).rejects.toMatchObject({
      code: 'cancelled',
    });
    store.dispose();
  });

  it('names the node of ours that failed', async () => {
    const bad = model(
      [{ opType: 'Reshape', name: 'model.layers.3.attn/reshape', inputs: ['x', 's'], outputs: ['y'] }],
      [
        { name: 'x', dtype: 'float32', shape: ['N'] },
        { name: 's', dtype: 'int64', shape: [1] },
      ],
      [{ name: 'y', dtype: 'float32', shape: ['M'] }],
    );
    const store = backend.createStore();
    const session = await open(bad, 'train step');
    const feeds = { x: f32([2], 1, 2), s: { dtype: 'int64' as const, shape: [1], data: BigInt64Array.of(3n) } };
    const failed = session.run(request(store, feeds, { outputs: [{ name: 'y', dtype: 'float32', shape: undefined }] }));
    await expect(failed).rejects.toMatchObject({ code: 'engine', place: 'train step › model.layers.3.attn/reshape' });
    await expect(open(new Uint8Array([1, 2, 3]), 'broken')).rejects.toMatchObject({ code: 'engine', place: 'broken' });
    const unknownOp = model(
      [{ opType: 'Nope', name: 'model.head', inputs: ['x'], outputs: ['y'] }],
      [{ name: 'x', dtype: 'float32', shape: [1] }],
      [{ name: 'y', dtype: 'float32', shape: [1] }],
    );
    await expect(open(unknownOp, 'broken')).rejects.toMatchObject({
      code: 'engine',
      message: expect.stringContaining('Nope'),
    });
    session.dispose();
    store.dispose();
  });

  it('binds rows of a state, and takes states as constants', async () => {
    const rows = model(
      [{ opType: 'Add', inputs: ['cache', 'x'], outputs: ['cache.next'] }],
      [
        { name: 'x', dtype: 'float32', shape: [] },
        { name: 'cache', dtype: 'float32', shape: ['B', 2] },
      ],
      [{ name: 'cache.next', dtype: 'float32', shape: ['B', 2] }],
    );
    const store = backend.createStore();
    store.create('cache', 'float32', [4, 2]);
    const session = await open(rows);
    const bound = [{ name: 'cache', rows: { start: 1, count: 2 } }];
    await session.run(request(store, { x: f32([], 5) }, { states: bound, updates: bound }));
    expect([...store.view('cache')]).toEqual([0, 0, 5, 5, 5, 5, 0, 0]);
    const outside = [{ name: 'cache', rows: { start: 3, count: 2 } }];
    await expect(
      session.run(request(store, { x: f32([], 5) }, { states: outside, updates: outside })),
    ).rejects.toMatchObject({ code: 'shape' });

    const frozen = await backend.createSession(slow(1), { name: 'frozen', constants: new Map([['x', square(16)]]) });
    expect([...frozen.constants]).toEqual(['x']);
    const { y } = await frozen.run(request(store, {}, squareOutput(16)));
    expect(y!.data[0]).toBeCloseTo(1 / 16);
    for (const each of [session, frozen]) each.dispose();
    store.dispose();
  });
});

describe('stores', () => {
  it('checks names, types and sizes', () => {
    const store = backend.createStore();
    store.create('a', 'int64', [2], BigInt64Array.of(1n, 2n));
    expect(store.info('a')).toEqual({ dtype: 'int64', shape: [2] });
    expect(() => store.create('a', 'int64', [2])).toThrow("the state 'a' exists already");
    expect(() => store.write('a', BigInt64Array.of(1n))).toThrow(
      "'a': expected BigInt64Array of 2 (int64 [2]), got BigInt64Array of 1",
    );
    expect(() => store.view('b')).toThrow("no state 'b'");
    store.write('a', BigInt64Array.of(3n, 4n));
    expect(store.view('a')).toEqual(BigInt64Array.of(3n, 4n));
    store.delete('a');
    expect(store.names()).toEqual([]);
    store.dispose();
  });

  it('may be disposed while a run uses it', async () => {
    const store = backend.createStore();
    store.create('x', 'float32', [256, 256], square(256).data);
    const session = await open(slow(200));
    const run = session.run(request(store, {}, { states: [{ name: 'x' }], ...squareOutput(256) }));
    store.dispose();
    expect((await run).y!.data[0]).toBeCloseTo(1 / 256);
    session.dispose();
  });
});
