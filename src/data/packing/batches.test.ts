import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Batch, PackedBatches, type PackedBatchesOptions } from './batches.ts';
import { documentEncoder, type EncodedDocument, openTokens, type Tokens, writeTokens } from './tokens.ts';

let directory: string;
let made = 0;
const opened: Tokens[] = [];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-tokens-'));
});
afterAll(() => {
  for (const tokens of opened) tokens.dispose();
  rmSync(directory, { recursive: true, force: true });
});

async function tokensOf(documents: readonly EncodedDocument[], vocabSize = 70_000): Promise<Tokens> {
  const path = join(directory, `t${made++}`);
  await writeTokens(path, documents, { vocabSize });
  const tokens = openTokens(path);
  opened.push(tokens);
  return tokens;
}

/** Documents whose every token says where it is: document · 100 + place. */
const numbered = (lengths: readonly number[]): EncodedDocument[] =>
  lengths.map((length, i) => ({ ids: Array.from({ length }, (_, k) => i * 100 + k), bytes: length }));

const rowsOf = (batch: Batch) => {
  const [rows, length] = batch.input_ids.shape;
  return Array.from({ length: rows * length }, (_, i) => ({
    row: Math.floor(i / length),
    id: Number(batch.input_ids.data[i]),
    label: Number(batch.labels.data[i]),
    segment: Number(batch.segment_ids.data[i]),
    position: Number(batch.positions.data[i]),
  }));
};

const targetsOf = (batch: Batch) =>
  rowsOf(batch)
    .map(({ label }) => label)
    .filter((label) => label !== -100);

const lengths = fc
  .array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 30 })
  .filter((all) => all.some((length) => length > 1));
const sizes = {
  sequenceLength: fc.integer({ min: 1, max: 40 }),
  batchSize: fc.integer({ min: 1, max: 7 }),
  seed: fc.nat(1000),
};
const settings = fc.record({ ...sizes, packing: fc.constantFrom('stream' as const, 'whole' as const) });

/** All counted tokens of an epoch, whole batches beyond it cut off. */
function epochTargets(batches: PackedBatches, batchSize: number): number[] {
  const rows: number[][] = [];
  for (let position = 0; rows.length < batches.sequences; position++) {
    const batch = batches.batch(position);
    for (let row = 0; row < batchSize; row++) {
      rows.push(
        rowsOf(batch)
          .filter((one) => one.row === row && one.label !== -100)
          .map(({ label }) => label),
      );
    }
  }
  return rows.slice(0, batches.sequences).flat();
}

describe('PackedBatches', () => {
  it('counts every token but the first of a document exactly once an epoch', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, settings, async (all, options) => {
        const documents = numbered(all);
        const batches = new PackedBatches({ tokens: await tokensOf(documents), ...options });
        const expected = documents.flatMap(({ ids }) =>
          Array.from(ids).slice(1, options.packing === 'whole' ? options.sequenceLength + 1 : undefined),
        );
        const sorted = (numbers: number[]) => [...numbers].sort((a, b) => a - b);
        expect(sorted(epochTargets(batches, options.batchSize))).toEqual(sorted(expected));
        expect(sorted([...batches.evaluation()].flatMap(targetsOf))).toEqual(sorted(expected));
        const { truncatedTokens, withoutTargets } = batches.stats;
        expect(expected.length + truncatedTokens).toBe(all.reduce((sum, length) => sum + length - 1, 0));
        expect(withoutTargets).toBe(options.packing === 'whole' ? all.filter((length) => length === 1).length : 0);
      }),
      { seed: 9, numRuns: 25 },
    );
  });

  it('predicts only inside a document; segments and positions follow it', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, settings, async (all, options) => {
        const batches = new PackedBatches({ tokens: await tokensOf(numbered(all)), ...options });
        const batch = batches.batch(3);
        expect(batch.targets).toBe(targetsOf(batch).length);
        expect(batch.tokens).toBe(rowsOf(batch).filter(({ segment }) => segment > 0).length);
        const places = rowsOf(batch);
        const wrong = places.filter(({ id, label, segment, position, row }, i) => {
          if (segment === 0) return id !== 0 || label !== -100 || position !== 0;
          if (label !== -100 && label !== id + 1) return true;
          const before = places[i - 1];
          if (before?.row !== row) return segment !== 1 || position !== 0;
          if (before.segment === segment) return id !== before.id + 1 || position !== before.position + 1;
          return segment !== before.segment + 1 || position !== 0;
        });
        expect(wrong).toEqual([]);
      }),
      { seed: 10, numRuns: 25 },
    );
  });

  it('is a pure function of the position: resumes anywhere', async () => {
    const tokens = await tokensOf(numbered([30, 5, 61, 2, 17, 44, 9]));
    for (const extra of [{}, { packing: 'whole' }, { sampling: 'windows' }] as Partial<PackedBatchesOptions>[]) {
      const options = { tokens, sequenceLength: 8, batchSize: 3, seed: 5, ...extra };
      const straight = new PackedBatches(options);
      const all = Array.from({ length: 30 }, (_, i) => straight.batch(i));
      for (const position of [29, 0, 13, 7]) expect(new PackedBatches(options).batch(position)).toEqual(all[position]);
      expect(new PackedBatches({ ...options, seed: 6 }).batch(0)).not.toEqual(all[0]);
    }
  });

  it('shuffles anew each epoch', async () => {
    const batches = new PackedBatches({
      tokens: await tokensOf(numbered([200, 100])),
      sequenceLength: 10,
      batchSize: 10,
      seed: 1,
    });
    expect(batches.sequences).toBe(30);
    const epoch = (n: number) => [0, 1, 2].flatMap((i) => targetsOf(batches.batch(n * 3 + i)));
    expect(epoch(0)).not.toEqual(epoch(1));
    expect([...epoch(0)].sort()).toEqual([...epoch(1)].sort());
    expect(batches.epochAt(3)).toBe(1);
  });

  it('takes random windows as nanoGPT does', async () => {
    const tokens = await tokensOf([{ ids: Array.from({ length: 1000 }, (_, i) => i), bytes: 1000 }]);
    const batches = new PackedBatches({ tokens, sequenceLength: 64, batchSize: 12, seed: 2, sampling: 'windows' });
    const starts = new Set<number>();
    for (let position = 0; position < 50; position++) {
      const batch = batches.batch(position);
      expect(batch.targets).toBe(12 * 64);
      for (let row = 0; row < 12; row++) starts.add(Number(batch.input_ids.data[row * 64]));
    }
    expect(starts.size).toBeGreaterThan(400);
    expect(Math.max(...starts)).toBeLessThanOrEqual(1000 - 65);
    expect(Math.min(...starts)).toBeLessThan(20);
    const short = await tokensOf(numbered([10]));
    expect(
      () => new PackedBatches({ tokens: short, sequenceLength: 10, batchSize: 1, seed: 0, sampling: 'windows' }),
    ).toThrow(/a window needs 11/);
  });

  it('counts what the mask lets count', async () => {
    const chat = (n: number): EncodedDocument => {
      const ids = Array.from({ length: 12 }, (_, k) => n * 100 + k);
      return { ids, labels: ids.map((id, k) => (k < 7 ? -100 : id)), bytes: 12 };
    };
    const tokens = await tokensOf([{ ids: [9000, 9001, 9002], bytes: 3 }, chat(1), chat(2)]);
    expect(tokens.info.targets).toBe(2 + 5 + 5);
    const whole = new PackedBatches({ tokens, sequenceLength: 16, batchSize: 2, seed: 0, packing: 'whole' });
    const seen = [...whole.evaluation()].flatMap(targetsOf).sort((a, b) => a - b);
    expect(seen).toEqual([107, 108, 109, 110, 111, 207, 208, 209, 210, 211, 9001, 9002]);
  });
});

describe('documents longer than a sequence', () => {
  const long = numbered([4, 20, 3, 15]);
  const options = { sequenceLength: 8, batchSize: 2, seed: 0 };

  it('are split in a stream, and counted', async () => {
    const { stats } = new PackedBatches({ tokens: await tokensOf(long), ...options });
    expect(stats).toMatchObject({ documents: 4, splitDocuments: 2, truncatedDocuments: 0, sequences: 6, padding: 7 });
  });

  it('are truncated, dropped or refused when kept whole, never silently', async () => {
    const tokens = await tokensOf(long);
    const messages: string[] = [];
    const report = (event: { type: string; text?: string }) => messages.push(event.text ?? '');
    const packed = (overlong: 'truncate' | 'drop' | 'error') =>
      new PackedBatches({ tokens, ...options, packing: 'whole', overlong, report });
    expect(packed('truncate').stats).toMatchObject({
      truncatedDocuments: 2,
      truncatedTokens: 11 + 6,
      droppedDocuments: 0,
    });
    expect(packed('drop').stats).toMatchObject({ truncatedDocuments: 0, droppedDocuments: 2 });
    expect(() => packed('error')).toThrow(/document 1 has 20 tokens, a sequence holds 9/);
    expect(messages).toEqual([
      'of 4 documents at sequence length 8: 2 truncated (17 tokens cut)',
      'of 4 documents at sequence length 8: 2 left out as too long',
    ]);
  });

  it('whose answer was cut away entirely are left out under a name', async () => {
    const ids = Array.from({ length: 20 }, (_, k) => k);
    const tokens = await tokensOf([
      { ids, labels: ids.map((id) => (id < 15 ? -100 : id)), bytes: 1 },
      ...numbered([5]),
    ]);
    expect(new PackedBatches({ tokens, ...options, packing: 'whole' }).stats).toMatchObject({
      withoutTargets: 1,
      truncatedDocuments: 0,
    });
  });

  it('best fit fills sequences', async () => {
    const tokens = await tokensOf(numbered(Array.from({ length: 200 }, (_, i) => 3 + ((i * 7) % 23))));
    const { stats, sequences } = new PackedBatches({
      tokens,
      sequenceLength: 64,
      batchSize: 2,
      seed: 0,
      packing: 'whole',
    });
    expect(stats.padding / (sequences * 64)).toBeLessThan(0.03);
  });
});

describe('token shards', () => {
  it('read back as they were written, mapped or not, in both widths', async () => {
    for (const [vocabSize, dtype] of [
      [65_536, 'uint16'],
      [65_537, 'uint32'],
    ] as const) {
      const documents = [[1, 2, 3], [65_535], [0, 7]].map((ids) => ({ ids, bytes: 1 }));
      const { directory: path, info } = await tokensOf(documents, vocabSize);
      expect(info).toMatchObject({ dtype, documents: 3, tokens: 6, targets: 3 });
      for (const mode of ['auto', 'read'] as const) {
        const tokens = openTokens(path, { mode, verify: 'full' });
        expect([...tokens.offsets]).toEqual([0, 3, 4, 6]);
        expect([...tokens.read(0, 6)]).toEqual([1, 2, 3, 65_535, 0, 7]);
        expect([...tokens.read(3, 5)]).toEqual([65_535, 0]);
        expect(tokens.readMask(0, 6)).toBeUndefined();
        tokens.dispose();
      }
    }
  });

  it('are the same bytes each time', async () => {
    const bytes = async () => {
      const { directory: path } = await tokensOf(numbered([5, 9]));
      return readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString('base64')]);
    };
    expect(await bytes()).toEqual(await bytes());
  });

  it('encode plain documents with their ends', () => {
    const encode = documentEncoder({ encode: (text) => [...text].map((c) => c.codePointAt(0)!) }, { bos: 1, eos: 2 });
    expect(encode({ id: 'd', text: '诗a', meta: {} })).toEqual({ ids: [1, 0x8bd7, 97, 2], bytes: 4 });
    expect(documentEncoder({ encode: () => [5] }, {})({ id: 'd', text: 'x', meta: {} }).ids).toEqual([5]);
  });

  it('refuse bad ids, nothing, and damage', async () => {
    await expect(tokensOf([{ ids: [5], bytes: 1 }], 5)).rejects.toThrow(/token id 5 in document 0 is outside/);
    await expect(tokensOf([{ ids: [], bytes: 0 }])).rejects.toThrow(/not a single token/);
    expect(readdirSync(directory).filter((name) => name.includes('tmp'))).toEqual([]);
    expect(() => openTokens(join(directory, 'nowhere'))).toThrow(/there are no tokens/);
    const { directory: path } = await tokensOf(numbered([4, 4]));
    writeFileSync(join(path, 'tokens.bin'), 'xx');
    expect(() => openTokens(path)).toThrow(/tokens\.bin does not match/);
    const single = await tokensOf(numbered([1, 1]));
    expect(() => new PackedBatches({ tokens: single, sequenceLength: 4, batchSize: 1, seed: 0 })).toThrow(
      /nothing in .* can be predicted/,
    );
  });
});
