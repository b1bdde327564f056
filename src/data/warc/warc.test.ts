import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatFields, parseFields } from './fields.ts';
import { joinChunks } from './http.ts';
import { cutWarc, readWarc, type WarcRange } from './read.ts';
import { base32, WarcWriter } from './write.ts';

const golden = fileURLToPath(new URL('golden/', import.meta.url));
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-warc-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Seen {
  type: string;
  url?: string | undefined;
  place: string;
  block?: string;
  reason?: string;
}

async function seen(path: string, range?: WarcRange): Promise<Seen[]> {
  const all: Seen[] = [];
  for await (const record of readWarc(path, range)) {
    if (record.kind === 'bad') all.push({ type: 'bad', place: record.place, reason: record.reason });
    else {
      const { type, url, place } = record;
      all.push({ type, url, place, block: (await record.block.all()).toString('latin1') });
    }
  }
  return all;
}

const date = new Date('2024-05-01T10:00:00Z');

function write(path: string, bodies: readonly Uint8Array[]): void {
  const writer = new WarcWriter(path);
  writer.writeInfo({ software: 'test' }, date);
  for (const [i, body] of bodies.entries()) {
    const headers = [['Content-Type', 'text/html']] as const;
    writer.writeResponse({ url: `http://a.example/${i}`, date, startLine: 'HTTP/1.1 200 OK', headers, body });
  }
  writer.close();
}

describe('WarcWriter', () => {
  it('writes what the reader reads, any bytes', async () => {
    const path = join(directory, 'any.warc.gz');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 6 }), async (bodies) => {
        write(path, bodies);
        const records = await seen(path);
        expect(records.map(({ type }) => type)).toEqual(['warcinfo', ...bodies.map(() => 'response')]);
        expect(records.slice(1).map(({ block }) => block!.slice(block!.indexOf('\r\n\r\n') + 4))).toEqual(
          bodies.map((body) => Buffer.from(body).toString('latin1')),
        );
      }),
      { seed: 4, numRuns: 40 },
    );
  });

  it('writes the same bytes again, and goes on after a kill as if nothing had happened', () => {
    const bodies = ['一', '<p>two', '三'].map((text) => Buffer.from(text));
    const [whole, cut] = [join(directory, 'whole.warc.gz'), join(directory, 'cut', 'whole.warc.gz')];
    write(whole, bodies);
    mkdirSync(join(directory, 'cut'));
    const first = new WarcWriter(cut);
    first.writeInfo({ software: 'test' }, date);
    const sure = first.offset;
    first.close();
    writeFileSync(cut, Buffer.concat([readFileSync(cut), Buffer.from('half a record')]));
    const second = new WarcWriter(cut, { from: sure });
    for (const [i, body] of bodies.entries()) {
      const headers = [['Content-Type', 'text/html']] as const;
      second.writeResponse({ url: `http://a.example/${i}`, date, startLine: 'HTTP/1.1 200 OK', headers, body });
    }
    second.close();
    second.close();
    expect(readFileSync(cut).equals(readFileSync(whole))).toBe(true);
    expect(() => new WarcWriter(cut, { from: 1e9 })).toThrow(/is shorter than 1000000000 bytes/);
  });

  it('renames the headers that are not true any more, and keeps line ends out of fields', async () => {
    const path = join(directory, 'undone.warc.gz');
    const writer = new WarcWriter(path);
    const { id, payloadDigest } = writer.writeResponse({
      url: 'http://a.example/a b\r\nWARC-Type: evil',
      date,
      startLine: 'HTTP/1.1 200 OK',
      headers: [
        ['Transfer-Encoding', 'chunked'],
        ['Content-Encoding', 'gzip'],
        ['X-Bad', 'a\r\n\r\nb'],
      ],
      body: Buffer.from('你好'),
      undone: ['transfer-encoding', 'content-encoding'],
      truncated: 'length',
    });
    writer.writeRevisit({
      url: 'http://a.example/',
      date,
      startLine: 'HTTP/1.1 304 Not Modified',
      headers: [],
      because: 'not-modified',
      of: { id, url: 'http://a.example/', date: date.toISOString(), payloadDigest },
    });
    writer.close();
    const text = gunzipSync(readFileSync(path)).toString();
    expect(text).toContain('WARC-Target-URI: http://a.example/a%20b%20WARC-Type:%20evil\r\n');
    expect(text).toContain(
      'X-Crawler-Transfer-Encoding: chunked\r\nX-Crawler-Content-Encoding: gzip\r\nX-Bad: a b\r\n',
    );
    expect(text).toContain('Content-Length: 6\r\n\r\n你好\r\n\r\n');
    expect(text).toContain('WARC-Truncated: length\r\n');
    expect(text).toContain(`WARC-Refers-To: ${id}\r\n`);
    expect(text.split(`WARC-Payload-Digest: ${payloadDigest}`)).toHaveLength(3);
    expect((await seen(path)).map(({ type }) => type)).toEqual(['response', 'revisit']);
  });

  it('base32 is that of RFC 4648', () => {
    expect(['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(Buffer.from(text)))).toEqual([
      ...['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'],
    ]);
  });
});

describe('readWarc', () => {
  it.each([
    ['archive-2008.warc.gz', { warcinfo: 1, response: 15, request: 11, metadata: 11 }, []],
    ['bad.arc', { response: 1 }, ['0 bad-length', '134 bad-length', '262 bad-length']],
    ['example-bad-non-chunked.warc.gz', { warcinfo: 2, response: 1, request: 2, revisit: 1 }, []],
    ['example-digest.warc', { request: 4 }, []],
    ['example-space-in-url.arc', { warcinfo: 1, response: 1 }, ['151 truncated']],
    ['example-trunc.warc', { warcinfo: 2, response: 1, request: 1 }, ['2560 bad-record']],
    ['example-wrong-chunks.warc.gz', { response: 1, request: 1 }, []],
    ['example.arc.gz', { warcinfo: 1, response: 1 }, []],
    ['example.warc', { warcinfo: 2, response: 1, request: 2, revisit: 1 }, []],
    ['whirlwind.warc.wet.gz', { warcinfo: 1, conversion: 1 }, []],
  ])('reads %s', async (name, counts, bad) => {
    const found: Record<string, number> = {};
    const reports: string[] = [];
    for await (const record of readWarc(join(golden, name))) {
      if (record.kind === 'bad') reports.push(`${record.place} ${record.reason}`);
      else found[record.type] = (found[record.type] ?? 0) + 1;
    }
    expect(found).toEqual(counts);
    expect(reports).toEqual(bad);
  });

  it('reads the same from gzip a record, gzip as a whole, and plain', async () => {
    const packed = join(golden, 'archive-2008.warc.gz');
    const plain = gunzipSync(readFileSync(packed));
    const [asPlain, asWhole] = [join(directory, 'plain.warc'), join(directory, 'whole-file.warc.gz')];
    writeFileSync(asPlain, plain);
    writeFileSync(asWhole, gzipSync(plain));
    const bare = async (path: string) => (await seen(path)).map(({ type, url, block }) => ({ type, url, block }));
    const expected = await bare(packed);
    expect(expected).toHaveLength(38);
    expect(await bare(asPlain)).toEqual(expected);
    expect(await bare(asWhole)).toEqual(expected);
  });

  it('reads zstd, and refuses what would need a dictionary or too much memory', async () => {
    const packed = readFileSync(join(golden, 'example.warc.zst'));
    const bare = async (path: string) => (await seen(path)).map(({ type, url, block }) => ({ type, url, block }));
    const expected = await bare(join(golden, 'example.warc'));
    expect(await bare(join(golden, 'example.warc.zst'))).toEqual(expected);
    const path = join(directory, 'x.warc.zst');
    // Cut inside a frame's header, wherever it ends.
    for (let length = 5; length < 18; length++) {
      writeFileSync(path, Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xc3]), Buffer.alloc(length - 5)]));
      expect(await seen(path)).toEqual([{ type: 'bad', place: '0', reason: 'damaged-packing' }]);
    }
    const skippable = (magic: number) => Buffer.from([magic, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    writeFileSync(path, Buffer.concat([skippable(0x50), packed]));
    expect(await bare(path)).toEqual(expected);
    writeFileSync(path, Buffer.concat([skippable(0x5d), packed]));
    await expect(seen(path)).rejects.toThrow(/was packed with a zstd dictionary/);
    writeFileSync(path, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 0x07, 1, 0, 0]));
    await expect(seen(path)).rejects.toThrow(/was packed with a zstd dictionary/);
    writeFileSync(path, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf0, 1, 0, 0]));
    await expect(seen(path)).rejects.toThrow(/wants \d+ bytes of memory/);
    writeFileSync(path, packed.subarray(0, packed.length - 50));
    expect((await seen(path)).at(-1)).toMatchObject({ type: 'bad', reason: 'damaged-packing' });
  });

  it('goes on behind a damaged member, and says which bytes were lost', async () => {
    const bytes = readFileSync(join(golden, 'archive-2008.warc.gz'));
    bytes.fill(0x55, 26_600, 26_700); // inside the member at 26,164
    const path = join(directory, 'damaged.warc.gz');
    writeFileSync(path, bytes);
    const records = await seen(path);
    expect(records.filter(({ type }) => type === 'bad')).toEqual([
      { type: 'bad', place: '26164', reason: 'damaged-packing' },
    ]);
    expect(records).toHaveLength(38);
  });

  it('says that a file is cut, and that a file is no WARC', async () => {
    const bytes = readFileSync(join(golden, 'example.warc.gz'));
    const path = join(directory, 'cut.warc.gz');
    writeFileSync(path, bytes.subarray(0, bytes.length - 300));
    expect((await seen(path)).at(-1)).toMatchObject({ type: 'bad', reason: 'damaged-packing' });
    writeFileSync(path, gunzipSync(bytes).subarray(0, 2000));
    expect((await seen(path)).at(-1)).toMatchObject({ type: 'bad', reason: 'truncated' });
    writeFileSync(path, '<html>\n<body>\nnot an archive\n'.repeat(1000));
    expect(await seen(path)).toEqual([{ type: 'bad', place: '0', reason: 'not-a-warc' }]);
    writeFileSync(path, '');
    expect(await seen(path)).toEqual([]);
  });

  it('never throws, whatever the bytes are', async () => {
    const path = join(directory, 'noise');
    const example = readFileSync(join(golden, 'example.warc.gz'));
    const plain = readFileSync(join(golden, 'example.warc'));
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(5000), fc.uint8Array({ maxLength: 40 }), async (packed, at, noise) => {
        const bytes = Buffer.from(packed ? example : plain);
        Buffer.from(noise).copy(bytes, at % bytes.length);
        writeFileSync(path, bytes);
        for (const { type } of await seen(path)) expect(typeof type).toBe('string');
      }),
      { seed: 9, numRuns: 150 },
    );
  });

  it('is linear on hostile lines', async () => {
    const path = join(directory, 'hostile.warc');
    for (const text of [
      'a: '.repeat(400_000),
      'http://a 1 123456789012 '.repeat(60_000),
      ' '.repeat(1e6),
      'WARC/'.repeat(2e5),
    ]) {
      writeFileSync(path, text);
      const start = performance.now();
      await seen(path);
      expect(performance.now() - start).toBeLessThan(10_000);
    }
  });
});

describe('cutWarc', () => {
  async function ranges(path: string, bytes: number): Promise<WarcRange[]> {
    const all: WarcRange[] = [];
    for await (const range of cutWarc(path, bytes)) all.push(range);
    return all;
  }

  it('gives ranges that together hold the file, wherever it is cut', async () => {
    const path = join(directory, 'many.warc.gz');
    write(
      path,
      Array.from({ length: 60 }, (_, i) => noise(8000, i)),
    );
    const whole = await seen(path);
    const sizes: Record<number, number> = { 1: 61, 10000: 30, 77777: 6, 1000000000: 1 };
    for (const bytes of [1, 10_000, 77_777, 1e9]) {
      const cuts = await ranges(path, bytes);
      const parts = await Promise.all(cuts.map((range) => seen(path, range)));
      expect(parts.flat()).toEqual(whole);
      expect(cuts.length).toBe(sizes[bytes]);
    }
  });

  it('never cuts inside a payload that looks like a file of members', async () => {
    // Stored blocks keep the bytes of a packed archive as they are.
    const inner = join(directory, 'inner.warc.gz');
    write(
      inner,
      Array.from({ length: 40 }, (_, i) => noise(9000, i)),
    );
    const path = join(directory, 'outer.warc.gz');
    const payload = readFileSync(inner);
    const outside = join(directory, 'outside.warc.gz');
    write(outside, [noise(500, 1), noise(500, 2)]);
    const head = `WARC/1.1\r\nWARC-Type: response\r\nContent-Length: ${payload.length}\r\n\r\n`;
    const stored = gzipSync(Buffer.concat([Buffer.from(head), payload, Buffer.from('\r\n\r\n')]), { level: 0 });
    expect(stored.indexOf(payload.subarray(9000, 9200))).toBeGreaterThan(0);
    writeFileSync(path, Buffer.concat([stored, readFileSync(outside)]));
    const cuts = await ranges(path, 1000);
    const parts = await Promise.all(cuts.map((range) => seen(path, range)));
    expect(parts.flat()).toEqual(await seen(path));
    expect(parts.flat().map(({ type }) => type)).toEqual(['response', 'warcinfo', 'response', 'response']);
    expect(cuts[1]!.start).toBe(stored.length);
  });

  it('leaves files that are packed as a whole alone', async () => {
    const path = join(directory, 'one-member.warc.gz');
    writeFileSync(path, gzipSync(gunzipSync(readFileSync(join(golden, 'archive-2008.warc.gz')))));
    expect(await ranges(path, 1000)).toHaveLength(1);
  });
});

describe('fields and chunks', () => {
  it('fields come back as they were', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,20}$/);
    const value = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\0]/g, '').trim());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (fields) => {
        expect(parseFields(formatFields(fields).split('\r\n').slice(0, -1))).toEqual(fields);
      }),
      { seed: 2 },
    );
    expect(parseFields(['A: 1', ' more', 'no colon', 'B:2'])).toEqual([
      ['A', '1 more'],
      ['B', '2'],
    ]);
  });

  it('chunks are joined, and what is not chunked stays', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 })), (chunks) => {
        const parts = chunks.flatMap((c) => [Buffer.from(`${c.length.toString(16)};x=y\r\n`), c, Buffer.from('\r\n')]);
        const joined = joinChunks(Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]));
        expect(joined.equals(Buffer.concat(chunks))).toBe(true);
      }),
      { seed: 3 },
    );
    expect(joinChunks(Buffer.from('<html>plain')).toString()).toBe('<html>plain');
    expect(joinChunks(Buffer.from('3\r\nabc\r\nzz\r\nrest')).toString()).toBe('abczz\r\nrest');
    expect(joinChunks(Buffer.from('ff\r\nshort')).toString()).toBe('short');
  });
});

/** Bytes that cannot be packed. */
function noise(length: number, seed: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i * 64 < length; i++) parts.push(createHash('sha512').update(`${seed}:${i}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}
