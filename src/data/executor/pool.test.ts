import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../core/index.ts';
import { jsonl } from '../sources/jsonl.ts';
import type { Chunk } from './chunk.ts';
import { addLedger, emptyLedger } from './ledger.ts';
import type { Phase } from './plan.ts';
import { type PhaseOptions, runHere, UnitPool } from './pool.ts';
import type { PhaseSpec, UnitInput } from './unit-runner.ts';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'athanor-pool-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const phaseOf = (...uses: string[]): Phase => ({
  steps: uses.map((use, index) => ({ index, use, config: {} })),
  last: false,
});

/** Runs documents through a phase; units of `unitSize` documents each. */
async function run(
  texts: readonly string[],
  phase: Phase,
  { threads = 2, ...options }: Partial<PhaseOptions> & { threads?: number } = {},
  unitSize = 5,
) {
  const config = { type: 'jsonl', ...jsonl.config.parse({ path: 'unused.jsonl' }) };
  const spec: PhaseSpec = {
    phase,
    sources: [{ type: 'jsonl', config }],
    workspace: join(base, 'ws'),
    baseDir: base,
    seed: 1,
    samples: 3,
    keepDropped: true,
    definitions: new URL('hostile-steps.fixture.mjs', import.meta.url).href,
  };
  async function* units(): AsyncGenerator<UnitInput> {
    for (let at = 0; at < texts.length; at += unitSize) {
      const lines = texts.slice(at, at + unitSize).map((text) => JSON.stringify({ text }));
      yield { source: 0, unit: { name: 'a', first: at + 1, bytes: Buffer.from(lines.join('\n')) } };
    }
  }
  const chunks: Chunk[] = [];
  const done: number[] = [];
  const ledger = emptyLedger();
  const phaseOptions: PhaseOptions = {
    spec,
    first: 0,
    units: units(),
    write: (chunk) => chunks.push(chunk),
    done: (number, books) => {
      done.push(number);
      for (const [index, record] of books) if (index >= 0) addLedger(ledger, record, 3);
    },
    report: silent,
    secondsPerDocument: 2,
    ...options,
  };
  if (threads === 0) await runHere(phaseOptions);
  else {
    const pool = new UnitPool(threads, 96);
    try {
      await pool.run(phaseOptions);
    } finally {
      await pool.close();
    }
  }
  const parse = (bytes: Uint8Array) =>
    Buffer.from(bytes)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { id: string; text: string; step?: string; reason?: string });
  return {
    documents: chunks.flatMap(({ lanes }) => parse(lanes[0]!.bytes)),
    dropped: chunks.flatMap(({ dropped }) => parse(dropped)),
    done,
    ledger,
  };
}

const texts = Array.from({ length: 53 }, (_, i) => `text ${i} 第${i}篇`);

describe('UnitPool', () => {
  it.each([0, 1, 2, 5])('keeps the order of the units on %i threads', async (threads) => {
    const { documents, done } = await run(texts, phaseOf('throw'), { threads });
    expect(documents.map(({ text }) => text)).toEqual(texts.map((text) => `${text}.`));
    expect(documents.map(({ id }) => id)).toEqual(texts.map((_, i) => `a:${i + 1}`));
    expect(done).toEqual(Array.from({ length: 11 }, (_, i) => i));
  });

  it('gives the same chunks whatever the number of threads', async () => {
    const long = texts.map((text) => text.repeat(10_000));
    const [a, b] = [await run(long, phaseOf(), { threads: 0 }, 20), await run(long, phaseOf(), { threads: 2 }, 20)];
    expect(b).toEqual(a);
  });

  it.each([
    ['hang', 'timeout'],
    ['eat-memory', 'out-of-memory'],
    ['throw', 'step-failed'],
  ])(
    'a document that makes a step %s costs that document',
    async (misbehaviour, reason) => {
      const poisoned = texts.map((text, i) => (i === 7 || i === 8 || i === 31 ? `${text} ${misbehaviour}` : text));
      // Only what hangs may be ended by the clock: on a busy machine the memory takes seconds to fill.
      const secondsPerDocument = misbehaviour === 'hang' ? 2 : 60;
      const { documents, dropped, ledger, done } = await run(poisoned, phaseOf('throw', misbehaviour), {
        secondsPerDocument,
      });
      const lost = misbehaviour === 'throw' ? 'throw' : misbehaviour;
      expect(documents.map(({ text }) => text)).toEqual(
        texts.filter((_, i) => i !== 7 && i !== 8 && i !== 31).map((text) => `${text}..`),
      );
      expect(dropped.map(({ id, step, reason: why }) => [id, step, why])).toEqual(
        ['a:8', 'a:9', 'a:32'].map((id) => [id, lost, reason]),
      );
      expect(ledger.dropped).toEqual({ [reason]: 3 });
      expect(done).toEqual(Array.from({ length: 11 }, (_, i) => i));
    },
    60_000,
  );

  it('stops at bad input with its error, and at a signal', async () => {
    const bad = { path: 'x' };
    await expect(run(['fine', bad as never, 'fine'], phaseOf(), {}, 1)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('a:2'),
    });
    const controller = new AbortController();
    const stopping = run(texts, phaseOf('hang'), {
      signal: controller.signal,
      done: () => controller.abort(),
    });
    await expect(stopping).rejects.toMatchObject({ code: 'cancelled' });
  });
});
