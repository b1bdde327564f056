import { describe, expect, it, vi } from 'vitest';
import { createFakeRunner, EOS, type FakeRunnerOptions, scripted, TURN } from '../../tests/helpers/fake-model.ts';
import { AthanorError } from '../core/index.ts';
import { Engine, type EngineOptions, type EngineRequest } from './engine.ts';
import type { Generation } from './generation.ts';

const make = (runner: FakeRunnerOptions = {}, options: EngineOptions = {}) => {
  const fake = createFakeRunner(runner);
  return { fake, engine: new Engine(fake, options) };
};
const greedy = { temperature: 0 };
const ask = (input: Partial<EngineRequest> = {}): EngineRequest => ({
  promptIds: [97],
  maxTokens: 5,
  sampling: greedy,
  stopIds: [EOS],
  ...input,
});
const ids = async (generation: Generation) => {
  const all: number[] = [];
  for await (const token of generation) all.push(token.id);
  return all;
};
const text = async (generation: Generation) => String.fromCharCode(...(await ids(generation)));
const idle = { queued: 0, running: 0 };

describe('engine', () => {
  it('generates to the limit', async () => {
    const { engine } = make();
    const generation = engine.submit(ask());
    expect(await text(generation)).toBe('bcdef');
    expect(generation.finishReason).toBe('length');
    expect(engine.stats()).toMatchObject({
      ...idle,
      promptTokens: 1,
      generatedTokens: 5,
      prefillSteps: 1,
      decodeSteps: 4,
    });
  });

  it('stops at a stop token and keeps it to itself', async () => {
    const { engine } = make({ next: scripted('hi') });
    const generation = engine.submit(ask({ promptIds: [97, TURN], maxTokens: 50 }));
    expect(await text(generation)).toBe('hi');
    expect(generation.finishReason).toBe('stop');
  });

  it('ends at the context length', async () => {
    const { engine } = make({ maxLength: 8 });
    const generation = engine.submit(ask({ maxTokens: 100 }));
    expect((await ids(generation)).length).toBe(7);
    expect(generation.finishReason).toBe('length');
  });

  it('batches requests of different length and gives each its own answer, in chunks and after moves', async () => {
    const { engine, fake } = make({ slots: 3 }, { prefillBudget: 4 });
    const requests = Array.from({ length: 9 }, (_, i) => {
      const start = 97 + i;
      const promptIds = Array.from({ length: 1 + (i % 4) * 5 }, () => start);
      return {
        start,
        maxTokens: 3 + ((i * 5) % 9),
        generation: engine.submit(ask({ promptIds, maxTokens: 3 + ((i * 5) % 9) })),
      };
    });
    for (const { start, maxTokens, generation } of requests) {
      const expected = Array.from({ length: maxTokens }, (_, step) => 97 + ((start - 97 + step + 1) % 26));
      expect(await ids(generation)).toEqual(expected);
    }
    expect(Math.max(...fake.batches)).toBe(3);
    expect(engine.stats()).toMatchObject(idle);
  });

  it('samples the same tokens alone and in a batch', async () => {
    const request = ask({ maxTokens: 30, sampling: { temperature: 2, seed: 11 } });
    const alone = await ids(make().engine.submit(request));
    const { engine } = make();
    const others = [
      engine.submit(ask({ maxTokens: 9 })),
      engine.submit(ask({ maxTokens: 40, sampling: { temperature: 2, seed: 4 } })),
    ];
    expect(await ids(engine.submit(request))).toEqual(alone);
    expect(new Set(alone).size).toBeGreaterThan(5);
    await Promise.all(others.map(ids));
  });

  it('gives log-probabilities', async () => {
    const { engine } = make();
    for await (const token of engine.submit(ask({ sampling: { ...greedy, logprobs: 3 } }))) {
      expect(token.logprob).toBeLessThan(0);
      expect(token.topLogprobs![0]).toEqual({ id: token.id, logprob: token.logprob });
      expect(token.topLogprobs!.length).toBe(3);
    }
  });

  it('refuses bad requests before they are queued', () => {
    const { engine } = make();
    for (const [input, message] of [
      [{ promptIds: [] }, /prompt is empty/],
      [{ promptIds: new Array(256).fill(97) }, /256 tokens, but the model's context is 256/],
      [{ promptIds: [97, 258] }, /prompt token 1 is 258/],
      [{ promptIds: [-1] }, /outside the vocabulary/],
      [{ maxTokens: 0 }, /maxTokens/],
      [{ sampling: { temperature: 3 } }, /temperature/],
      [{ sampling: { logit_bias: { 999: 1 } } }, /token 999/],
    ] as [Partial<EngineRequest>, RegExp][])
      expect(() => engine.submit(ask(input))).toThrow(
        expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }),
      );
    expect(engine.stats()).toMatchObject(idle);
  });

  it('bounds its queue', async () => {
    const { engine } = make({ slots: 1 }, { maxQueue: 2 });
    const accepted = [engine.submit(ask()), engine.submit(ask()), engine.submit(ask())];
    expect(() => engine.submit(ask())).toThrow(expect.objectContaining({ code: 'overloaded' }));
    expect(engine.stats()).toMatchObject({ queued: 3, running: 0 }); // the first step has not begun
    expect(await Promise.all(accepted.map(text))).toEqual(['bcdef', 'bcdef', 'bcdef']);
    expect(await text(engine.submit(ask()))).toBe('bcdef');
  });
});

describe('engine, cancellation', () => {
  it('by signal while queued, while running, and before it begins', async () => {
    const { engine } = make({ slots: 1, stepMs: 1 });
    const first = new AbortController();
    const second = new AbortController();
    const running = engine.submit(ask({ maxTokens: 200, signal: first.signal }));
    const queued = engine.submit(ask({ signal: second.signal }));
    const last = engine.submit(ask());
    second.abort();
    expect(engine.stats().queued).toBe(2);
    expect([await ids(queued), queued.finishReason]).toEqual([[], 'cancelled']);
    setTimeout(() => first.abort(), 20);
    expect((await ids(running)).length).toBeLessThan(200);
    expect(running.finishReason).toBe('cancelled');
    expect(engine.stats().running).toBe(0);
    expect(await text(last)).toBe('bcdef');
    expect(engine.submit(ask({ signal: AbortSignal.abort() })).finishReason).toBe('cancelled');
    expect(engine.stats()).toMatchObject(idle);
  });

  it('by leaving the loop', async () => {
    const { engine } = make({ stepMs: 1 });
    const generation = engine.submit(ask({ maxTokens: 200 }));
    for await (const token of generation) if (token.id === 99) break;
    expect(generation.finishReason).toBe('cancelled');
    expect(engine.stats()).toMatchObject(idle);
  });

  it('leaves no listener on a signal that outlives the request', async () => {
    const { engine } = make();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    for (let i = 0; i < 10; i++) await ids(engine.submit(ask({ signal })));
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([10, 10]);
  });

  it('survives a storm of requests and cancellations', async () => {
    const { engine, fake } = make({ slots: 3 }, { maxQueue: 20, prefillBudget: 3 });
    const reasons: Record<string, number> = {};
    const run = async (i: number) => {
      const controller = new AbortController();
      const generation = engine.submit(
        ask({
          promptIds: new Array(1 + (i % 7)).fill(97 + (i % 26)),
          maxTokens: 1 + (i % 11),
          signal: controller.signal,
        }),
      );
      if (i % 3 === 0) setTimeout(() => controller.abort(), i % 4);
      const got = await ids(generation);
      for (const [step, id] of got.entries()) expect(id).toBe(97 + ((i + step + 1) % 26));
      if (generation.finishReason === 'length') expect(got.length).toBe(1 + (i % 11));
      reasons[generation.finishReason!] = (reasons[generation.finishReason!] ?? 0) + 1;
    };
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 20 }, (_, i) => run(round * 20 + i)));
    expect((reasons.length ?? 0) + (reasons.cancelled ?? 0)).toBe(400);
    expect(engine.stats()).toMatchObject(idle);
    expect(fake.rows.length).toBe(3);
  });
});

describe('engine, failures and ends', () => {
  it('a failing step fails the requests that it ran, and the next one works', async () => {
    let fail: string | undefined = 'decode';
    const { engine } = make({
      beforeStep: (kind) => {
        if (kind === fail) throw new RangeError('broken kernel');
      },
    });
    const generation = engine.submit(ask());
    await expect(ids(generation)).rejects.toMatchObject({
      code: 'engine',
      message: expect.stringContaining('broken kernel'),
    });
    fail = 'prefill';
    await expect(ids(engine.submit(ask()))).rejects.toThrow(AthanorError);
    fail = undefined;
    expect(await text(engine.submit(ask()))).toBe('bcdef');
    expect(engine.stats()).toMatchObject(idle);
  });

  it('a copy that fails ends every request, since no row can be trusted', async () => {
    const { engine, fake } = make({ slots: 2 });
    const move = fake.move;
    fake.move = () => {
      throw new AthanorError('engine', 'copy failed');
    };
    const short = engine.submit(ask({ maxTokens: 2 }));
    const long = engine.submit(ask({ maxTokens: 20 }));
    expect(await text(short)).toBe('bc');
    await expect(ids(long)).rejects.toThrow('copy failed');
    fake.move = move;
    expect(await text(engine.submit(ask()))).toBe('bcdef');
  });

  it('drains: finishes what it has, refuses more', async () => {
    const { engine, fake } = make({ slots: 1, stepMs: 1 });
    const accepted = [engine.submit(ask()), engine.submit(ask())];
    const drained = engine.drain();
    expect(() => engine.submit(ask())).toThrow(/shutting down/);
    await drained;
    expect(await Promise.all(accepted.map(text))).toEqual(['bcdef', 'bcdef']);
    expect(fake.disposed).toBe(false);
  });

  it('dispose cancels, waits for the running step, and is safe to repeat', async () => {
    const { engine, fake } = make({ stepMs: 5 });
    const generation = engine.submit(ask({ maxTokens: 100 }));
    await new Promise((resolve) => setTimeout(resolve, 8));
    await Promise.all([engine.dispose(), engine.dispose()]);
    expect(fake.disposed).toBe(true);
    await ids(generation);
    expect(generation.finishReason).toBe('cancelled');
  });
});
