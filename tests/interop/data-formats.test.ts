/**
 * Data formats against libraries that others wrote: web archives against warcio (records, URLs, decoded payloads of
 * well-formed and malformed files; digests of what we write), Parquet both ways against pyarrow, TFRecord against tfrecord
 * (its reader checks checksums and parses with protobuf).
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeParquet, writeParquetExamples } from '../../src/data/formats/parquet.ts';
import { writeTfrecord } from '../../src/data/formats/tfrecord.ts';
import { parquet } from '../../src/data/sources/parquet.ts';
import { readSource } from '../../src/data/testing/read-source.ts';
import { decodeBody, readHttpHead } from '../../src/data/warc/http.ts';
import { readWarc } from '../../src/data/warc/read.ts';
import { WarcWriter } from '../../src/data/warc/write.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

const golden = fileURLToPath(new URL('../../src/data/warc/golden/', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'athanor-data-formats-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let python: string;
beforeAll(async () => {
  python = await ensureVenv('data-formats');
});

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

interface Seen {
  type: string;
  url: string | null;
  /** Of the payload: of HTTP messages what is behind the header, unpacked. */
  sha1: string;
}

/** Reads as warcio's ArchiveIterator does; `stopped` where it raises. */
const warcioReader = `
import hashlib, json, sys
from warcio.archiveiterator import ArchiveIterator
answer = {}
for path in sys.argv[1:]:
    records, stopped = [], None
    try:
        with open(path, 'rb') as stream:
            for record in ArchiveIterator(stream, arc2warc=True):
                payload = record.content_stream().read()
                records.append({'type': record.rec_type, 'url': record.rec_headers.get_header('WARC-Target-URI'),
                                'sha1': hashlib.sha1(payload).hexdigest()})
    except Exception as error:
        stopped = type(error).__name__ + ': ' + str(error).split(chr(10))[0]
    answer[path.rsplit('/', 1)[1]] = {'records': records, 'stopped': stopped}
print(json.dumps(answer))
`;

async function ours(path: string): Promise<{ records: Seen[]; bad: string[] }> {
  const records: Seen[] = [];
  const bad: string[] = [];
  for await (const record of readWarc(path)) {
    if (record.kind === 'bad') {
      bad.push(record.reason);
      continue;
    }
    const { type, url, contentType, block } = record;
    const http = /^application\/http/.test(contentType ?? '') && type !== 'warcinfo';
    let payload: Buffer;
    if (http && (type === 'response' || type === 'revisit')) {
      const head = await readHttpHead(block);
      payload = await decodeBody(await block.all(), head?.fields ?? [], 1e9);
    } else if (http) {
      while (await block.line());
      payload = await block.all();
    } else payload = await block.all();
    // ARC's first record has the file's own name for a URL; warcio leaves that out.
    if (!block.truncated) records.push({ type, url: type === 'warcinfo' ? null : (url ?? null), sha1: sha1(payload) });
  }
  return { records, bad };
}

describe('web archives', () => {
  /** Where we differ from warcio, and why. */
  const differences: Record<string, string> = {
    // Its records say -1 and abc bytes; warcio takes that for nothing and gives empty records.
    'bad.arc': 'lengths that are no numbers',
    // The file ends inside the last record, by 14 bytes; warcio gives what there is.
    'example-space-in-url.arc': 'a record that is cut',
    // Its gzip members end inside records; warcio gives the first one empty and then gives up.
    'example-wrong-chunks.warc.gz': 'records that go across gzip members',
  };

  it('read as warcio reads them', async () => {
    const names = readdirSync(golden).filter((name) => /\.w?arc(\.wet)?(\.gz)?$/.test(name));
    expect(names.length).toBeGreaterThan(17);
    const answer = await runPython(python, warcioReader, { args: names.map((name) => join(golden, name)) });
    const theirs = JSON.parse(answer) as Record<string, { records: Seen[]; stopped: string | null }>;
    const report: string[] = [];
    for (const name of names) {
      const mine = await ours(join(golden, name));
      const { stopped } = theirs[name]!;
      // warcio writes the first record of an ARC file anew, as WARC fields.
      const records = theirs[name]!.records.map((one, i) => (/\.arc/.test(name) && i === 0 ? mine.records[0]! : one));
      const same =
        JSON.stringify(mine.records) === JSON.stringify(records.slice(0, stopped ? records.length : undefined));
      report.push(
        `${name}: ours ${mine.records.length} [${mine.bad}], warcio ${records.length} ${stopped ?? ''}, same ${same}`,
      );
      if (name in differences) continue;
      // Where warcio gives up we go on; what it read before must be the same.
      expect(mine.records.slice(0, records.length), `${name}\n${report.join('\n')}`).toEqual(records);
      if (stopped === null) expect(mine.records.length, name).toBe(records.length);
    }
    console.log(report.join('\n'));
  });

  it('that we write pass `warcio check`, and are read back by it', async () => {
    const path = join(dir, 'ours.warc.gz');
    const writer = new WarcWriter(path);
    const date = new Date('2024-05-01T10:00:00Z');
    writer.writeInfo({ software: 'athanor', robots: 'obey' }, date);
    const page = { url: 'http://例子.example/a b', date, headers: [['Content-Type', 'text/html']] as const };
    const request = writer.writeRequest({ ...page, startLine: 'GET /a%20b HTTP/1.1', headers: [['Host', 'a']] });
    const bodies = ['你好', 'x'.repeat(100_000), '\0\r\n\r\nWARC/1.1\r\n'].map((text) => Buffer.from(text));
    for (const body of bodies) {
      writer.writeResponse({ ...page, startLine: 'HTTP/1.1 200 OK', body, concurrentTo: request.id, ip: '127.0.0.1' });
    }
    const packed = { ...page, headers: [...page.headers, ['Content-Encoding', 'gzip']] as const };
    const response = writer.writeResponse({ ...packed, startLine: 'HTTP/1.1 200 OK', body: gzipSync(bodies[0]!) });
    const of = { id: response.id, url: page.url, date: response.date, payloadDigest: response.payloadDigest };
    writer.writeRevisit({ ...page, startLine: 'HTTP/1.1 304 Not Modified', because: 'not-modified', of });
    writer.writeMetadata({ via: 'http://a.example/' }, { url: page.url, date });
    writer.close();
    const checked = await runPython(
      python,
      'import sys\nfrom warcio.cli import main\nmain(["check", "-v", sys.argv[1]])',
      {
        args: [path],
      },
    ).catch((error: Error) => error.message);
    expect(checked.match(/digest pass/g)).toHaveLength(7);
    expect(checked).not.toMatch(/fail|not present|error/i);
    const theirs = JSON.parse(await runPython(python, warcioReader, { args: [path] })) as Record<
      string,
      { records: Seen[] }
    >;
    const { records } = theirs['ours.warc.gz']!;
    expect(records.map(({ type }) => type).join(' ')).toBe(
      'warcinfo request response response response response revisit metadata',
    );
    expect(records.slice(2, 6).map((record) => record.sha1)).toEqual([...bodies, bodies[0]!].map(sha1));
    expect(records[2]!.url).toBe('http://例子.example/a%20b');
    expect((await ours(path)).records).toEqual(records);
  });
});

async function* stream<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

describe('Parquet', () => {
  it('that we write is read by pyarrow', async () => {
    const documents = [
      { id: 'a', text: '床前明月光', meta: { n: 1, list: ['x', null] }, split: 'train' as const },
      { id: 'b', text: 'NUL \0 "quotes" 😀', meta: {} },
    ];
    await writeParquet(join(dir, 'documents.parquet'), stream(documents));
    await writeParquetExamples(join(dir, 'tokens.parquet'), stream([{ input_ids: [1, 2, 65_535] }, { input_ids: [] }]));
    const program = `
import json, sys, pyarrow.parquet as pq
print(json.dumps([pq.read_table(path).to_pylist() for path in sys.argv[1:]]))
`;
    const paths = ['documents.parquet', 'tokens.parquet'].map((name) => join(dir, name));
    const [rows, tokens] = JSON.parse(await runPython(python, program, { args: paths })) as Record<string, unknown>[][];
    expect(rows!.map((row) => ({ ...row, meta: JSON.parse(row.meta as string) }))).toEqual([
      documents[0],
      { ...documents[1], split: null },
    ]);
    expect(tokens).toEqual([
      { input_ids: [1, 2, 65_535], attention_mask: [1, 1, 1] },
      { input_ids: [], attention_mask: [] },
    ]);
  });

  it('that pyarrow writes is read by us', async () => {
    const program = `
import sys, datetime, pyarrow as pa, pyarrow.parquet as pq
table = pa.table({
  'id': pa.array([1, 2**53 + 1, 3], pa.int64()),
  'text': pa.array(['你好', 'two', None]),
  'tags': pa.array([['a', None], [], None], pa.list_(pa.string())),
  'deep': pa.array([{'x': [{'y': 1}]}, {'x': None}, None], pa.struct([('x', pa.list_(pa.struct([('y', pa.int64())])))])),
  'map': pa.array([[('k', 1)], [], None], pa.map_(pa.string(), pa.int32())),
  'when': pa.array([datetime.datetime(2024, 5, 1), None, None], pa.timestamp('ms')),
  'label': pa.array(['p', 'q', 'p']).dictionary_encode(),
  'raw': pa.array([b'\\x00', b'', None], pa.binary()),
  'half': pa.array([0.5, float('nan'), None], pa.float32()),
})
for codec in ['snappy', 'zstd', 'gzip', 'none']:
  pq.write_table(table, sys.argv[1] + '/' + codec + '.parquet', compression=codec, row_group_size=2)
`;
    await runPython(python, program, { args: [dir] });
    for (const codec of ['snappy', 'zstd', 'gzip', 'none']) {
      const { documents, bad } = await readSource(
        parquet,
        { path: `${codec}.parquet`, unit_bytes: 1 },
        { baseDir: dir },
      );
      expect(bad.map(({ place, reason }) => `${place} ${reason}`)).toEqual([`${codec}.parquet:3 no-text`]);
      expect(documents).toEqual([
        {
          id: '1',
          text: '你好',
          meta: {
            ...{ tags: ['a', null], deep: { x: [{ y: 1 }] }, map: { k: 1 }, when: '2024-05-01 00:00:00' },
            ...{ label: 'p', half: 0.5 },
          },
        },
        {
          id: '9007199254740993',
          text: 'two',
          meta: { tags: [], deep: { x: null }, map: {}, when: null, label: 'q', half: 'NaN' },
        },
      ]);
    }
  });
});

describe('TFRecord', () => {
  it('is read by tfrecord, checksums right', async () => {
    const examples = Array.from({ length: 300 }, (_, i) => ({
      input_ids: Array.from({ length: i }, (_, k) => (i * 7919 + k * k) % 151_936),
      attention_mask: Array.from({ length: i }, (_, k) => (k % 3 === 0 ? 0 : 1)),
    }));
    const path = join(dir, 'x.tfrecord');
    await writeTfrecord(path, stream(examples));
    writeFileSync(join(dir, 'examples.json'), JSON.stringify(examples));
    const program = `
import json, struct, sys, crc32c
from tfrecord import example_pb2
from tfrecord.reader import tfrecord_loader
expected = json.load(open(sys.argv[2]))
kinds = {'input_ids': 'int', 'attention_mask': 'int'}
read = list(tfrecord_loader(sys.argv[1], None, kinds))
assert len(read) == len(expected)
for got, want in zip(read, expected):
  for key in kinds:
    assert list(got[key]) == want[key], (got, want)
mask = lambda data: (lambda c: (((c >> 15) | (c << 17)) + 0xa282ead8) & 0xffffffff)(crc32c.crc32c(data))
count = 0
with open(sys.argv[1], 'rb') as file:
  while head := file.read(12):
    length, check = struct.unpack('<QI', head)
    assert check == mask(head[:8])
    data = file.read(length)
    assert struct.unpack('<I', file.read(4))[0] == mask(data)
    example_pb2.Example.FromString(data)
    count += 1
print(count)
`;
    expect((await runPython(python, program, { args: [path, join(dir, 'examples.json')] })).trim()).toBe('300');
  });
});
