import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planPhases, type StepShape } from './plan.ts';
import { emptySide, SideWriter } from './side-writer.ts';
import { emptySpool, SpoolReader, SpoolWriter } from './spool.ts';
import { givenVerdicts, VerdictWriter, withVerdicts } from './verdicts.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'athanor-executor-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe('planPhases', () => {
  const plan = (shapes: string) =>
    planPhases(
      [...shapes].map((letter) => ({ use: letter })),
      (use) => ({ e: 'each', s: 'survey', r: 'run' })[use] as StepShape,
    ).map(({ head, stream, steps, tail, last }) =>
      [
        head && `${head.index}?`,
        stream && `(${stream.index})`,
        ...steps.map(({ index }) => index),
        tail && `${tail.index}!`,
        last && 'end',
      ]
        .filter((part) => part !== undefined && part !== false)
        .join(' '),
    );

  it('fuses steps, and ends a phase where all documents are needed', () => {
    expect(plan('e')).toEqual(['0 end']);
    expect(plan('eee')).toEqual(['0 1 2 end']);
    expect(plan('ese')).toEqual(['0 1!', '1? 2 end']);
    expect(plan('sse')).toEqual(['0!', '0? 1!', '1? 2 end']);
    expect(plan('ere')).toEqual(['0', '(1)', '2 end']);
    expect(plan('ser')).toEqual(['0!', '0? 1', '(2)', 'end']);
    expect(plan('rs')).toEqual(['', '(0)', '1!', '1? end']);
  });
});

describe('the spool', () => {
  const line = (text: string) => ({ id: text.slice(0, 5), text, meta: {} });
  const framed = (record: Uint8Array) => {
    const bytes = Buffer.alloc(4 + record.length);
    bytes.writeUInt32LE(record.length);
    bytes.set(record, 4);
    return bytes;
  };

  it('gives back documents and records, in order and at random', async () => {
    const blockOf = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 20 })), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(blockOf, { maxLength: 8 }), async (blocks) => {
        const path = join(base, 'spool');
        const writer = new SpoolWriter(path);
        for (const block of blocks)
          writer.add(
            Buffer.from(block.map(([text]) => `${JSON.stringify(line(text))}\n`).join('')),
            block.length,
            Buffer.concat(block.map(([, record]) => framed(record))),
          );
        const { state } = writer;
        writer.close();
        const reader = new SpoolReader(path, state);
        const all = blocks.flat();
        const documents = all.map(([text]) => line(text));
        expect([...reader.stream()]).toEqual(documents);
        expect([...reader.blocks()].map(({ first }) => first)).toEqual(
          blocks.flatMap((block, i) => (block.length > 0 ? [blocks.slice(0, i).flat().length] : [])),
        );
        const records: [number, Uint8Array][] = [];
        for await (const batch of reader.records())
          for (const { number, bytes } of batch) records.push([number, bytes.slice()]);
        expect(records).toEqual(all.map(([, record], i) => [i, record]));
        const backwards = all.map((_, i) => all.length - 1 - i);
        expect(reader.read(backwards)).toEqual(backwards.map((i) => documents[i]));
        reader.close();
      }),
      { numRuns: 40 },
    );
  });

  it('reads records longer than its buffer', async () => {
    const writer = new SpoolWriter(join(base, 'spool'));
    const record = new Uint8Array(3 << 20).fill(7);
    for (let i = 0; i < 3; i++) writer.add(Buffer.from('{"id":"a","text":"","meta":{}}\n'), 1, framed(record));
    const reader = new SpoolReader(join(base, 'spool'), writer.state);
    const lengths: number[] = [];
    for await (const batch of reader.records()) for (const { bytes } of batch) lengths.push(bytes.length);
    expect(lengths).toEqual([3 << 20, 3 << 20, 3 << 20]);
  });

  it('goes on from a checkpoint as if nothing had been written since', () => {
    const block = (i: number) => Buffer.from(`${JSON.stringify(line(`text ${i}`))}\n`);
    const writer = new SpoolWriter(join(base, 'spool'));
    writer.add(block(0), 1, undefined);
    const checkpoint = writer.state;
    writer.add(block(1), 1, undefined);
    writer.close();
    const second = new SpoolWriter(join(base, 'spool'), checkpoint);
    second.add(block(2), 1, undefined);
    const texts = [...new SpoolReader(join(base, 'spool'), second.state).stream()].map(({ text }) => text);
    expect(texts).toEqual(['text 0', 'text 2']);
    expect(emptySpool.documents).toBe(0);
    writeFileSync(join(base, 'spool.jsonl'), '');
    expect(() => new SpoolWriter(join(base, 'spool'), checkpoint)).toThrow(/its checkpoint says/);
  });
});

describe('verdicts', () => {
  it('go with the block of their document', async () => {
    const writer = new VerdictWriter(join(base, 'verdicts'));
    for (const n of [0, 4, 5, 11]) writer.add(n, { n });
    writer.finish();
    const blocks = [0, 3, 5, 6, 9].map((first) => ({ path: '', start: 0, end: 0, first }));
    const got: number[][] = [];
    for await (const { verdicts } of withVerdicts(blocks, join(base, 'verdicts'))) got.push(verdicts.map(([n]) => n));
    expect(got).toEqual([[0], [4], [5], [], [11]]);
    expect(() => {
      const wrong = new VerdictWriter(join(base, 'wrong'));
      wrong.add(2, 0);
      wrong.add(2, 0);
    }).toThrow(/internal/);
  });
});

describe('verdicts of a survey that was stopped', () => {
  const path = () => join(base, 'verdicts');
  const three = '[0,{"a":1}]\n[1,"床前"]\n[2,null]\n';
  it.each([
    ['half a line', '[3,{"a', 3],
    ['a line without its end', '[3,4]', 3],
    ['zeros of a machine that lost its power', '\0\0\0\0\n[4,1]\n', 3],
    ['a line out of order', '[4,1]\n', 3],
    ['nothing', '', 3],
    ['one more', '[3,1]\n', 4],
  ])('go on behind what is whole: %s', async (_, torn, documents) => {
    writeFileSync(path(), three + torn);
    const given = await givenVerdicts(path());
    expect(given.documents).toBe(documents);
    const writer = new VerdictWriter(path(), given);
    expect(() => writer.add(documents - 1, 0)).toThrow(/internal/);
    writer.add(documents, 'next');
    writer.finish();
    const lines = `${three}${documents === 4 ? torn : ''}[${documents},"next"]\n`;
    expect(readFileSync(path(), 'utf8')).toBe(lines);
  });

  it('are none where there is no file', async () => {
    expect(await givenVerdicts(path())).toEqual({ documents: 0, bytes: 0 });
  });
});

describe('shards', () => {
  const lines = Array.from(
    { length: 2000 },
    (_, i) => `${JSON.stringify({ id: `d${i}`, text: `text ${i} `.repeat(1 + (i % 7)) })}\n`,
  );
  const write = (all: readonly string[], directory: string, block = 50) => {
    mkdirSync(directory);
    const writer = new SideWriter(directory, 'train', 4000);
    for (let i = 0; i < all.length; i += block) writer.add(Buffer.from(all.slice(i, i + block).join('')), 1);
    return writer.finish();
  };

  it('do not depend on how the lines come, and hold them all', () => {
    const a = write(lines, join(base, 'a'));
    expect(write(lines, join(base, 'b'), 7).shards).toEqual(a.shards);
    expect(a.shards.map(({ file }) => readFileSync(join(base, 'a', file), 'utf8')).join('')).toBe(lines.join(''));
    expect(a.shards.reduce((n, { documents }) => n + documents, 0)).toBe(2000);
    for (const { bytes } of a.shards.slice(0, -1)) {
      expect(bytes).toBeGreaterThanOrEqual(2000);
      expect(bytes).toBeLessThan(8200);
    }
  });

  it('are shared by versions that differ in a document', () => {
    const a = new Set(write(lines, join(base, 'a')).shards.map(({ sha256 }) => sha256));
    const b = write([...lines.slice(0, 700), '{"id":"new","text":"x"}\n', ...lines.slice(700)], join(base, 'b')).shards;
    expect(b.filter(({ sha256 }) => !a.has(sha256)).length).toBeLessThanOrEqual(4);
  });

  it('go on from a checkpoint', () => {
    const a = write(lines, join(base, 'a'));
    const directory = join(base, 'c');
    mkdirSync(directory);
    const first = new SideWriter(directory, 'train', 4000);
    first.add(Buffer.from(lines.slice(0, 1003).join('')), 3);
    const { state } = first;
    first.add(Buffer.from(lines.slice(1003, 1100).join('')), 3);
    first.abandon();
    const second = new SideWriter(directory, 'train', 4000, state);
    second.add(Buffer.from(lines.slice(1003).join('')), 3);
    expect(second.finish().shards).toEqual(a.shards);
    expect(emptySide.documents).toBe(0);
  });
});
