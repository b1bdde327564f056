import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MixtureConfig, MixturePlan, mixtureOf, mixtureSchema } from './mixture.ts';

const plan = (mixture: MixtureConfig['mixture'], sequences: number[], wanted: number, temperature = 1) =>
  new MixturePlan(mixtureSchema.parse({ mixture, temperature }), sequences, wanted);
const owners = (of: MixturePlan, rows: number) => Array.from({ length: rows }, (_, i) => of.row(i).part);

describe('MixturePlan', () => {
  it('keeps every dataset within a sequence of its share at every moment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3000 }),
        (weights, rows) => {
          const of = plan(
            weights.map((weight, i) => ({ dataset: `d${i}`, weight })),
            weights.map(() => 100),
            rows,
          );
          const sum = weights.reduce((a, b) => a + b, 0);
          const counts = weights.map(() => 0);
          let worst = 0;
          for (let i = 0; i < rows; i++) {
            const { part, index } = of.row(i);
            if (index !== counts[part]!++) return false;
            for (const [j, weight] of weights.entries())
              worst = Math.max(worst, Math.abs(counts[j]! - ((i + 1) * weight) / sum));
          }
          expect(worst).toBeLessThan(weights.length > 2 ? 2 : 1 + 1e-9);
          expect(of.countsBefore(rows)).toEqual(counts);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is the same whether it is asked forwards, backwards or far ahead', () => {
    const make = () =>
      plan(
        [
          { dataset: 'a', weight: 2 },
          { dataset: 'b', weight: 1 },
        ],
        [10, 10],
        Number.POSITIVE_INFINITY,
      );
    const forwards = owners(make(), 5000);
    const of = make();
    expect(of.row(4999).part).toBe(forwards[4999]);
    for (const i of [0, 1023, 1024, 1025, 3000]) expect(of.row(i).part).toBe(forwards[i]);
    expect(of.countsBefore(1024)).toEqual([683, 341]);
  });

  it('takes sizes for weights, flattened by temperature', () => {
    expect(plan([{ dataset: 'big' }, { dataset: 'small' }], [900, 100], 1000).countsBefore(1000)).toEqual([900, 100]);
    const flat = plan([{ dataset: 'big' }, { dataset: 'small' }], [900, 100], 1000, 2).countsBefore(1000);
    expect(flat).toEqual([750, 250]); // √900 : √100
  });

  it('stops a dataset at max_epochs and shares its part among the others', () => {
    const of = plan(
      [
        { dataset: 'web', weight: 1 },
        { dataset: 'wiki', weight: 1, max_epochs: 2 },
      ],
      [50, 10],
      100,
    );
    expect(of.rows).toBe(Number.POSITIVE_INFINITY);
    expect(of.countsBefore(40)).toEqual([20, 20]);
    expect(of.countsBefore(100)).toEqual([80, 20]);
    const capped = plan(
      [
        { dataset: 'a', max_epochs: 2 },
        { dataset: 'b', max_epochs: 0.5 },
      ],
      [10, 10],
      1000,
    );
    expect(capped.rows).toBe(25);
    expect(capped.countsBefore(25)).toEqual([20, 5]);
  });

  it('follows weights that change over the run: a curriculum, a jump, an annealing', () => {
    const annealed = plan(
      [
        {
          dataset: 'web',
          weight: [
            { at: 0, weight: 1 },
            { at: 0.8, weight: 1 },
            { at: 1, weight: 0 },
          ],
        },
        {
          dataset: 'books',
          weight: [
            { at: 0, weight: 0 },
            { at: 0.8, weight: 0 },
            { at: 1, weight: 1 },
          ],
        },
      ],
      [1000, 1000],
      1000,
    );
    expect(annealed.countsBefore(800)).toEqual([800, 0]);
    const [, books] = annealed.countsBefore(1000);
    expect(books).toBeGreaterThanOrEqual(99);
    expect(books).toBeLessThanOrEqual(101);
    const jump = plan(
      [
        {
          dataset: 'easy',
          weight: [
            { at: 0, weight: 1 },
            { at: 0.5, weight: 1 },
            { at: 0.5, weight: 0 },
            { at: 1, weight: 0 },
          ],
        },
        {
          dataset: 'hard',
          weight: [
            { at: 0, weight: 0 },
            { at: 0.5, weight: 0 },
            { at: 0.5, weight: 1 },
            { at: 1, weight: 1 },
          ],
        },
      ],
      [5, 5],
      101,
    );
    expect(owners(jump, 101)).toEqual([...Array(50).fill(0), ...Array(51).fill(1)]);
  });

  it('says what is wrong with a plan that cannot be', () => {
    const changing = [
      { at: 0, weight: 1 },
      { at: 1, weight: 0 },
    ];
    expect(() =>
      plan([{ dataset: 'a', weight: changing }, { dataset: 'b' }], [5, 5], Number.POSITIVE_INFINITY),
    ).toThrow(/nothing says how long/);
    expect(() =>
      plan(
        [
          { dataset: 'a', weight: changing },
          { dataset: 'b', weight: 1, max_epochs: 1 },
          { dataset: 'c', weight: 0 },
        ],
        [9, 5, 5],
        100,
      ),
    ).not.toThrow();
    expect(() =>
      plan(
        [
          { dataset: 'a', weight: 0 },
          { dataset: 'b', weight: 0 },
        ],
        [5, 5],
        10,
      ),
    ).toThrow(/every weight is 0/);
    const half = [
      { at: 0, weight: 1 },
      { at: 0.5, weight: 1 },
      { at: 0.5, weight: 0 },
      { at: 1, weight: 0 },
    ];
    expect(() =>
      plan(
        [
          { dataset: 'a', weight: half },
          { dataset: 'b', weight: 0 },
        ],
        [5, 5],
        10,
      ),
    ).toThrow(/after 5 sequences no dataset with a weight is left/);
  });

  it('refuses settings by name', () => {
    const parse = (value: unknown) => mixtureSchema.safeParse(value).success;
    expect(parse({ mixture: [{ dataset: 'a' }, { dataset: 'a' }] })).toBe(false);
    expect(
      parse({
        mixture: [
          {
            dataset: 'a',
            weight: [
              { at: 1, weight: 1 },
              { at: 0, weight: 1 },
            ],
          },
        ],
      }),
    ).toBe(false);
    expect(parse({ mixture: [{ dataset: 'a', max_epochs: 0 }] })).toBe(false);
    expect(parse({ mixture: [] })).toBe(false);
    expect(mixtureOf('web')).toEqual({ mixture: [{ dataset: 'web' }], temperature: 1 });
  });
});
