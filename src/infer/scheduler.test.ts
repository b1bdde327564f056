import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scheduler, type SchedulerStep } from './scheduler.ts';

const make = (slots = 2, maxQueue = 8, prefillBudget = 4) => new Scheduler({ slots, maxQueue, prefillBudget });

/** Runs one step as the engine would and tells what it was. */
function step(scheduler: Scheduler): SchedulerStep {
  const next = scheduler.next();
  if (next.kind !== 'idle') scheduler.done(next);
  return next;
}

describe('scheduler', () => {
  it('is idle when empty', () => {
    expect(make().next()).toEqual({ kind: 'idle', moves: [] });
  });

  it('prefills in chunks, then decodes', () => {
    const scheduler = make();
    scheduler.add(1, 6);
    expect(step(scheduler)).toMatchObject({ kind: 'prefill', id: 1, slot: 0, from: 0, to: 4, last: false });
    expect(step(scheduler)).toMatchObject({ kind: 'prefill', id: 1, slot: 0, from: 4, to: 6, last: true });
    expect(step(scheduler)).toMatchObject({ kind: 'decode', ids: [1] });
  });

  it('admits short prompts several at once, and decodes between the chunks of a long one', () => {
    const scheduler = make(4, 8, 4);
    for (const [id, length] of [
      [1, 2],
      [2, 2],
      [3, 8],
    ] as const)
      scheduler.add(id, length);
    const kinds = Array.from({ length: 7 }, () => {
      const next = step(scheduler);
      return next.kind === 'prefill' ? `p${next.id}` : next.kind === 'decode' ? `d${next.ids.join('')}` : 'idle';
    });
    expect(kinds).toEqual(['p1', 'p2', 'd12', 'p3', 'd12', 'p3', 'd123']);
  });

  it('moves the last row into a hole, and the row being prefilled after it', () => {
    const scheduler = make(4, 8, 4);
    for (const id of [1, 2, 3]) scheduler.add(id, 1);
    for (let i = 0; i < 4; i++) step(scheduler); // three prefills, one decode
    scheduler.add(4, 8);
    expect(step(scheduler)).toMatchObject({ kind: 'prefill', id: 4, slot: 3, last: false });
    scheduler.release(1);
    expect(scheduler.running).toBe(3);
    expect(step(scheduler)).toMatchObject({
      kind: 'decode',
      ids: [3, 2],
      moves: [
        { from: 2, to: 0 },
        { from: 3, to: 2 },
      ],
    });
    expect(step(scheduler)).toMatchObject({ kind: 'prefill', id: 4, slot: 2, from: 4, last: true });
  });

  it('copes with a request that is cancelled while its last chunk runs', () => {
    const scheduler = make();
    scheduler.add(1, 2);
    scheduler.add(2, 2);
    const running = scheduler.next();
    scheduler.release(1);
    scheduler.done(running);
    expect(step(scheduler)).toMatchObject({ kind: 'prefill', id: 2, slot: 0 });
  });

  it('refuses a request when slots and queue are full, and takes one again after a release', () => {
    const scheduler = make(1, 1);
    scheduler.add(1, 1);
    scheduler.add(2, 1);
    expect(() => scheduler.add(3, 1)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    scheduler.release(1);
    scheduler.add(3, 1);
    expect(scheduler.waiting).toBe(2);
  });

  it('needs no queue to use its slots', () => {
    const scheduler = make(2, 0);
    scheduler.add(1, 1);
    scheduler.add(2, 1);
    expect(() => scheduler.add(3, 1)).toThrow(/slots are busy/);
  });
});

type Action = { kind: 'add'; length: number; tokens: number } | { kind: 'cancel'; pick: number } | { kind: 'step' };
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    length: fc.integer({ min: 1, max: 20 }),
    tokens: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(30) }),
  fc.constant({ kind: 'step' as const }),
);

/** Plays the engine: cache contents are lists of [request, position]; every step checks that its rows hold the right ones. */
class Player {
  readonly scheduler: Scheduler;
  readonly live = new Map<number, { length: number; tokens: number; cached: number }>();
  readonly added: number[] = [];
  readonly started: number[] = [];
  readonly cancelled = new Set<number>();
  readonly finished = new Set<number>();
  private readonly cache: (string | undefined)[];
  private id = 0;
  private steps = 0;

  constructor(slots: number, maxQueue: number, prefillBudget: number) {
    this.scheduler = make(slots, maxQueue, prefillBudget);
    this.cache = Array.from({ length: slots });
  }

  add(length: number, tokens: number): void {
    const id = this.id++;
    try {
      this.scheduler.add(id, length);
    } catch {
      return;
    }
    this.added.push(id);
    this.live.set(id, { length, tokens, cached: 0 });
  }

  cancel(pick: number): void {
    const id = [...this.live.keys()][pick % Math.max(1, this.live.size)];
    if (id === undefined) return;
    this.live.delete(id);
    this.cancelled.add(id);
    this.scheduler.release(id);
  }

  step(during: () => void = () => {}): SchedulerStep['kind'] {
    const next = this.scheduler.next();
    for (const { from, to } of next.moves) this.cache[to] = this.cache[from];
    if (next.kind === 'idle') return 'idle';
    if (next.kind === 'prefill') this.prefill(next);
    else
      for (const [row, id] of next.ids.entries()) {
        const request = this.live.get(id)!;
        expect(this.cache[row]).toBe(`${id}:${request.cached}`);
        request.cached++;
        this.cache[row] = `${id}:${request.cached}`;
      }
    if (this.steps++ % 3 === 0) during();
    this.scheduler.done(next);
    for (const id of next.kind === 'decode' ? next.ids : next.last ? [next.id] : []) {
      const request = this.live.get(id);
      if (!request || --request.tokens > 0) continue;
      this.live.delete(id);
      this.finished.add(id);
      this.scheduler.release(id);
    }
    return next.kind;
  }

  private prefill(next: Extract<SchedulerStep, { kind: 'prefill' }>): void {
    const request = this.live.get(next.id)!;
    expect(next.from).toBe(request.cached);
    expect(next.to).toBeGreaterThan(next.from);
    expect(next.last).toBe(next.to === request.length);
    if (next.from === 0) this.started.push(next.id);
    else expect(this.cache[next.slot]).toBe(`${next.id}:${next.from}`);
    expect(next.slot).toBeLessThan(this.cache.length);
    request.cached = next.to;
    this.cache[next.slot] = `${next.id}:${next.to}`;
  }
}

describe('scheduler, any order of events', () => {
  it('loses no request, keeps the order, keeps every row where its cache is, and leaks no slot', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(action, { maxLength: 60 }),
        (slots, maxQueue, budget, actions) => {
          const player = new Player(slots, maxQueue, budget);
          for (const each of actions) {
            if (each.kind === 'add') player.add(each.length, each.tokens);
            else if (each.kind === 'cancel') player.cancel(each.pick);
            else player.step(() => player.cancel(1));
            expect(player.scheduler.waiting + player.scheduler.running).toBe(player.live.size);
            expect(player.scheduler.running).toBeLessThanOrEqual(slots);
            expect(player.live.size).toBeLessThanOrEqual(slots + maxQueue);
          }
          let steps = 0;
          while (player.step() !== 'idle') expect(steps++).toBeLessThan(2000);
          expect(player.live.size).toBe(0);
          for (const id of player.added) expect(player.finished.has(id) || player.cancelled.has(id)).toBe(true);
          expect(player.started).toEqual([...player.started].sort((a, b) => a - b));
          expect([player.scheduler.waiting, player.scheduler.running]).toEqual([0, 0]);
          // All slots can be used again.
          for (let i = 0; i < slots; i++) player.add(1, 2);
          for (let i = 0; i < slots * 2; i++) player.step();
          expect(player.live.size + player.finished.size).toBeGreaterThanOrEqual(slots);
        },
      ),
      { numRuns: 150, seed: 7 },
    );
  });
});
