import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel, type Model, parameterSpecs } from '../models/index.ts';
import { type Backend, initialValue, type Store } from '../runtime/index.ts';
import { openBackend } from '../runtime/node.ts';
import { Engine } from './engine.ts';
import { createRunner } from './program-runner.ts';
import type { ModelRunner } from './runner.ts';

const specs = {
  llama: {
    type: 'llama',
    vocab_size: 37,
    hidden_size: 64,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 32,
  },
  gpt2: { type: 'gpt2', vocab_size: 37, n_embd: 64, n_layer: 2, n_head: 4, n_positions: 32 },
};
let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ device: 'cpu', threads: 1, spinning: false });
});
afterAll(() => backend.dispose());

/** A store with random weights, large enough that every token matters. */
function randomStore(model: Model): Store {
  const store = backend.createStore();
  for (const { name, shape } of parameterSpecs(model))
    store.create(name, 'float32', shape, initialValue(name, 'float32', shape, { kind: 'normal', std: 0.3 }, 7));
  return store;
}

const tokens = Array.from({ length: 20 }, (_, i) => (i * 17 + 3) % 37);
/** Logits after each token, from prefills of every length in a fresh row. */
async function reference(runner: ModelRunner, length: number): Promise<number[]> {
  return [...(await runner.prefill(0, Int32Array.from(tokens.slice(0, length)), 0))];
}
function close(actual: ArrayLike<number>, expected: readonly number[]): void {
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  expect(worst).toBeLessThan(2e-4);
}

describe.each(Object.entries(specs))('program runner, %s', (_name, spec) => {
  const model = createModel(spec);
  let runner: ModelRunner;
  beforeAll(async () => {
    runner = await createRunner({ model, backend, store: randomStore(model), slots: 4, ownsStore: true });
  });
  afterAll(() => runner.dispose());

  it('a prefill in chunks and steps of decoding equal one prefill', async () => {
    const whole = await reference(runner, 20);
    expect(Math.max(...whole) - Math.min(...whole)).toBeGreaterThan(0.5);
    await runner.prefill(2, Int32Array.from(tokens.slice(0, 7)), 0);
    close(await runner.prefill(2, Int32Array.from(tokens.slice(7, 20)), 7), whole);
    await runner.prefill(0, Int32Array.from(tokens.slice(0, 5)), 0);
    for (let past = 5; past < 20; past++) {
      const logits = await runner.decode(1, [tokens[past]!], [past]);
      if (past === 19) close(logits, whole);
    }
  });

  it('rows of different length do not see each other, and keep their cache when they move', async () => {
    const lengths = [12, 3, 19];
    const expected: number[][] = [];
    for (const length of lengths) expected.push(await reference(runner, length + 1));
    for (const [slot, length] of lengths.entries())
      await runner.prefill(slot, Int32Array.from(tokens.slice(0, length)), 0);
    const logits = await runner.decode(
      3,
      lengths.map((length) => tokens[length]!),
      lengths,
    );
    for (const [row, values] of expected.entries()) close(logits.subarray(row * 37, (row + 1) * 37), values);
    const longer = await reference(runner, 21 - 1);
    for (const [slot, length] of lengths.entries())
      await runner.prefill(slot, Int32Array.from(tokens.slice(0, length)), 0);
    runner.move(2, 0);
    close(await runner.decode(1, [tokens[19]!], [19]), longer);
  });

  it('an old cache in the row changes nothing', async () => {
    const fresh = await reference(runner, 4);
    await runner.prefill(0, Int32Array.from(tokens), 0);
    close(await runner.prefill(0, Int32Array.from(tokens.slice(0, 4)), 0), fresh);
  });
});

describe('program runner', () => {
  const model = createModel(specs.llama);

  it('serves an engine: greedy answers are the same alone and together', async () => {
    const engine = new Engine(
      await createRunner({ model, backend, store: randomStore(model), slots: 3, ownsStore: true }),
      { prefillBudget: 4 },
    );
    const ask = async (start: number) => {
      const ids: number[] = [];
      const request = {
        promptIds: tokens.slice(start, start + 1 + (start % 7)),
        maxTokens: 12,
        sampling: { temperature: 0 },
      };
      for await (const { id } of engine.submit(request)) ids.push(id);
      return ids.join();
    };
    const alone: string[] = [];
    for (let start = 0; start < 8; start++) alone.push(await ask(start));
    expect(await Promise.all(Array.from({ length: 8 }, (_, start) => ask(start)))).toEqual(alone);
    expect(engine.stats().decodeRows / engine.stats().decodeSteps).toBeGreaterThan(1.2);
    await engine.dispose();
  });

  it('shares a store whose weights change, and leaves it as it was', async () => {
    const store = randomStore(model);
    const before = store.names();
    const runner = await createRunner({ model, backend, store, slots: 1, frozen: false });
    const first = await reference(runner, 3);
    const name = before.find((each) => each.includes('q_proj'))!;
    store.write(name, new Float32Array(64 * 64));
    expect(await reference(runner, 3)).not.toEqual(first);
    runner.dispose();
    expect(store.names()).toEqual(before);
    store.dispose();
  });

  it('refuses sizes that cannot be, and missing weights', async () => {
    const store = randomStore(model);
    for (const sizes of [{ maxLength: 33 }, { maxLength: 1 }, { slots: 0 }, { slots: 1.5 }])
      await expect(createRunner({ model, backend, store, ...sizes })).rejects.toMatchObject({ code: 'bad-input' });
    const names = store.names();
    store.delete('model.norm.weight');
    await expect(createRunner({ model, backend, store })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('model.norm.weight'),
    });
    expect(store.names()).toEqual(names.filter((name) => name !== 'model.norm.weight'));
    store.dispose();
  });
});
