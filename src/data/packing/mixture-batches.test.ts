import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PackedBatches } from './batches.ts';
import { type MixtureConfig, mixtureOf, mixtureSchema } from './mixture.ts';
import { MixtureBatches, type MixtureBatchesOptions } from './mixture-batches.ts';
import { openTokens, type Tokens, writeTokens } from './tokens.ts';

let directory: string;
/** Ids of `web` are below 10,000, those of `wiki` from there on. */
let web: Tokens;
let wiki: Tokens;
const lengthOf = (i: number) => 3 + ((i * 7) % 40);

async function numbered(name: string, documents: number, first: number): Promise<Tokens> {
  const path = join(directory, name);
  const ids = Array.from({ length: documents }, (_, i) =>
    Array.from({ length: lengthOf(i) }, (_, k) => first + i * 50 + k),
  );
  await writeTokens(
    path,
    ids.map((of) => ({ ids: of, bytes: of.length })),
    { vocabSize: 70_000 },
  );
  return openTokens(path);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-mixture-'));
  web = await numbered('web', 100, 0);
  wiki = await numbered('wiki', 20, 10_000);
});
afterAll(() => {
  web.dispose();
  wiki.dispose();
  rmSync(directory, { recursive: true, force: true });
});

const common = { sequenceLength: 16, batchSize: 4, seed: 5 };
const mixed = (mixture: MixtureConfig['mixture'], options: Partial<MixtureBatchesOptions> = {}) =>
  new MixtureBatches({
    ...common,
    config: mixtureSchema.parse({ mixture }),
    tokens: [web, wiki],
    wanted: () => 50,
    ...options,
  });

describe('MixtureBatches', () => {
  for (const packing of ['stream', 'whole'] as const)
    it(`of one dataset are its own batches (${packing})`, () => {
      const one = new MixtureBatches({ ...common, packing, config: mixtureOf('web'), tokens: [web], wanted: () => 9 });
      const own = new PackedBatches({ ...common, packing, tokens: web });
      expect(one.sequences).toBe(own.sequences);
      for (const position of [0, 3, 40, 41]) expect(one.batch(position)).toEqual(own.batch(position));
    });

  it('read of each dataset what they report', () => {
    const batches = mixed([
      { dataset: 'web', weight: 3 },
      { dataset: 'wiki', weight: 1 },
    ]);
    const read = { web: 0, wiki: 0 };
    for (let position = 0; position < 50; position++) {
      const { input_ids, segment_ids } = batches.batch(position);
      for (const [i, id] of input_ids.data.entries())
        if (segment_ids.data[i] !== 0n) read[id < 10_000n ? 'web' : 'wiki']++;
    }
    const [first, second] = batches.shares(50);
    expect(first).toMatchObject({ dataset: 'web', tokens: read.web });
    expect(second).toMatchObject({ dataset: 'wiki', tokens: read.wiki });
    expect(first!.share).toBeCloseTo(read.web / (read.web + read.wiki), 12);
    expect(second!.epochs).toBeGreaterThan(1); // a pass ends and another begins in another order
    expect(Math.abs(first!.share - 0.75)).toBeLessThan(0.02);
  });

  it('count windows and whole conversations exactly too', () => {
    const settings: Partial<MixtureBatchesOptions>[] = [{ sampling: 'windows' }, { packing: 'whole' }];
    for (const options of settings) {
      const batches = mixed(
        [
          { dataset: 'web', weight: 1 },
          { dataset: 'wiki', weight: 1 },
        ],
        options,
      );
      let tokens = 0;
      for (let position = 0; position < 30; position++) tokens += batches.batch(position).tokens;
      expect(batches.shares(30).reduce((sum, share) => sum + share.tokens, 0)).toBe(tokens);
    }
  });

  it('see nothing more often than max_epochs allows, and end there', () => {
    const batches = mixed(
      [
        { dataset: 'web', weight: 1, max_epochs: 1 },
        { dataset: 'wiki', weight: 1, max_epochs: 1 },
      ],
      { wanted: () => 1e6 },
    );
    expect(batches.batches).toBe(Math.floor(batches.sequences / common.batchSize));
    const seen = new Map<bigint, number>();
    for (let position = 0; position < batches.batches; position++)
      for (const label of batches.batch(position).labels.data)
        if (label !== -100n) seen.set(label, (seen.get(label) ?? 0) + 1);
    expect(Math.max(...seen.values())).toBe(1);
    expect(batches.shares(batches.batches).every(({ epochs }) => epochs <= 1)).toBe(true);
  });
});
