import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseFiles } from '../download/hub.ts';
import { DuckDb, sqlString } from '../duckdb/duckdb.ts';
import { type LocalServer, localServer } from '../testing/local-server.ts';
import { readSource } from '../testing/read-source.ts';
import { huggingface } from './huggingface.ts';

const commit = 'a'.repeat(40);
const other = 'b'.repeat(40);
let golden: string;
let workspace: string;
let hub: LocalServer;
/** What lies on the hub: `<revision>:<path>` → content. */
let repository: Map<string, Buffer>;
/** Said first about a request; true: it was answered. */
let disturb: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
let wrongHash = false;

beforeAll(async () => {
  golden = mkdtempSync(join(tmpdir(), 'athanor-hub-golden-'));
  const duckdb = await DuckDb.open();
  for (const part of [0, 1]) {
    const rows = `SELECT 'p${part}-' || i AS id, '第 ' || i || ' 行 of part ${part}' AS text FROM range(2000) t(i)`;
    await duckdb.run(`COPY (${rows}) TO ${sqlString(join(golden, `${part}.parquet`))} (FORMAT parquet)`);
  }
  duckdb.close();
});
afterAll(() => rmSync(golden, { recursive: true, force: true }));

beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'athanor-hub-'));
  const part = (n: number) => readFileSync(join(golden, `${n}.parquet`));
  repository = new Map([
    ['README.md', Buffer.from('# set')],
    ['data/train-00000-of-00002.parquet', part(0)],
    ['data/train-00001-of-00002.parquet', part(1)],
    ['data/test-00000-of-00001.parquet', part(1)],
  ]);
  disturb = () => false;
  wrongHash = false;
  hub = await localServer((request, response, url) => {
    if (!disturb(request, response, url)) imitateHub(request, response, url);
  });
  vi.stubEnv('HF_ENDPOINT', hub.origin);
  vi.stubEnv('HF_HOME', join(workspace, 'hf'));
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(workspace, { recursive: true, force: true });
});

/** The parts of the hub's API that are used; lists come in pages of two, files with ranges. */
function imitateHub(request: IncomingMessage, response: ServerResponse, url: URL): void {
  const [, , , , , kind, revision] = url.pathname.split('/');
  if (kind === 'revision') {
    if (decodeURIComponent(revision!) !== 'main') return void response.writeHead(404).end();
    response.end(JSON.stringify({ id: 'owner/set', sha: commit }));
  } else if (kind === 'tree') {
    const all = [...repository].map(([path, bytes]) => ({
      type: 'file',
      path,
      size: bytes.length,
      ...(path.endsWith('.parquet')
        ? { lfs: { oid: wrongHash ? '0'.repeat(64) : sha256(bytes), size: bytes.length } }
        : {}),
    }));
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const next = `<https://hub.example${url.pathname}?recursive=true&cursor=${from + 2}>; rel="next"`;
    if (from + 2 < all.length) response.setHeader('link', next);
    response.end(JSON.stringify([{ type: 'directory', path: 'data' }, ...all.slice(from, from + 2)]));
  } else if (url.pathname.startsWith(`/datasets/owner/set/resolve/${commit}/`)) {
    const bytes = repository.get(url.pathname.split('/').slice(6).join('/'));
    if (!bytes) return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from > 0) response.writeHead(206, { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
    response.end(bytes.subarray(from));
  } else response.writeHead(404).end();
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const read = (config: Record<string, unknown> = {}) =>
  readSource(huggingface, { repo: 'owner/set', retries: 2, ...config }, { workspace });
const fetched = () => hub.requests.map(({ url }) => url).filter((url) => url.includes('/resolve/'));

describe('huggingface', () => {
  it('fetches the files of a split once, checks them, and needs no network afterwards', async () => {
    const { documents, files } = await read();
    expect(documents).toHaveLength(4000);
    expect(documents[0]).toEqual({ id: 'p0-0', text: '第 0 行 of part 0', meta: {} });
    expect(documents.at(-1)!.id).toBe('p1-1999');
    expect(files.map(({ path, sha256: hash }) => [path, hash])).toEqual(
      [0, 1].map((n) => [
        `owner/set/data/train-0000${n}-of-00002.parquet`,
        sha256(readFileSync(join(golden, `${n}.parquet`))),
      ]),
    );
    expect(fetched()).toHaveLength(2);
    await hub.close();
    expect((await read()).documents).toEqual(documents);
  });

  it('reads other splits, globs, and the first files only', async () => {
    expect((await read({ split: 'test' })).documents).toHaveLength(2000);
    expect((await read({ split: ['train', 'test'] })).documents).toHaveLength(6000);
    expect((await read({ files: 'data/*-00001-*.parquet' })).documents[0]!.id).toBe('p1-0');
    expect((await read({ max_files: 1 })).documents).toHaveLength(2000);
    await expect(read({ split: 'validation' })).rejects.toThrow("owner/set has no Parquet file for 'validation'");
    await expect(read({ revision: 'v9' })).rejects.toThrow(/cannot fetch owner\/set@v9 .*the server answers 404/);
  });

  it('goes on with a download that broke, with a range', async () => {
    let broken = 0;
    disturb = (request, response, url) => {
      if (!url.pathname.endsWith('train-00000-of-00002.parquet') || broken > 0) return false;
      broken++;
      const bytes = repository.get('data/train-00000-of-00002.parquet')!;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 5000), () => setTimeout(() => request.socket.destroy(), 20));
      return true;
    };
    expect((await read()).documents).toHaveLength(4000);
    const ranges = hub.requests.filter(({ url }) => url.includes('00000-of-00002')).map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, 'bytes=5000-']);
  });

  it('goes on after a kill, and starts anew where the server knows no ranges', async () => {
    disturb = (_, response, url) => {
      if (!url.pathname.endsWith('train-00001-of-00002.parquet')) return false;
      response.writeHead(500).end();
      return true;
    };
    await expect(read({ retries: 0 })).rejects.toThrow('owner/set/data/train-00001-of-00002.parquet');
    const part = join(
      workspace,
      'cache',
      'huggingface',
      'owner--set',
      commit,
      'data',
      'train-00001-of-00002.parquet.part',
    );
    writeFileSync(part, repository.get('data/train-00001-of-00002.parquet')!.subarray(0, 3000));
    disturb = (request, response, url) => {
      if (!url.pathname.includes('/resolve/') || request.headers.range === undefined) return false;
      response.end(repository.get('data/train-00001-of-00002.parquet'));
      return true;
    };
    const before = fetched().length;
    expect((await read()).documents).toHaveLength(4000);
    expect(fetched().slice(before)).toHaveLength(1);
    // Killed between the last byte and the check: nothing is fetched again.
    renameSync(part.replace(/\.part$/, ''), part);
    expect((await read()).documents).toHaveLength(4000);
    expect(fetched().slice(before)).toHaveLength(1);
    expect(readdirSync(dirname(part))).not.toContain('train-00001-of-00002.parquet.part');
  });

  it('refuses files with another checksum, and forgets wrong beginnings', async () => {
    const part = join(workspace, 'cache', 'huggingface', 'owner--set', commit, 'data');
    mkdirSync(part, { recursive: true });
    writeFileSync(join(part, 'train-00000-of-00002.parquet.part'), Buffer.alloc(100, 7));
    expect((await read({ max_files: 1 })).documents).toHaveLength(2000);
    rmSync(join(workspace, 'cache'), { recursive: true });
    wrongHash = true;
    await expect(read()).rejects.toThrow(
      'owner/set/data/train-00000-of-00002.parquet does not have the checksum that the server names',
    );
    expect(readdirSync(part)).toEqual([]);
  });

  it('sends the token to the hub and not to the host that it redirects to', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    const storage = await localServer((request, response, url) => imitateHub(request, response, url));
    try {
      disturb = (_, response, url) => {
        if (!url.pathname.includes('/resolve/')) return false;
        response.writeHead(302, { location: `${storage.origin}${url.pathname}` }).end();
        return true;
      };
      expect((await read()).documents).toHaveLength(4000);
      expect(hub.requests.every(({ headers }) => headers.authorization === 'Bearer hf_secret')).toBe(true);
      expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    } finally {
      await storage.close();
    }
  });

  it("uses the hub's own Parquet copy where the repository has none, and asks which configuration", async () => {
    const parquet = readFileSync(join(golden, '0.parquet'));
    const main = new Map([['data.csv', Buffer.from('a,b')]]);
    const converted = new Map([
      ['en/train/0000.parquet', parquet],
      ['zh/train/0000.parquet', parquet],
      ['zh/partial-test/0000.parquet', parquet],
    ]);
    disturb = (_, response, url) => {
      if (url.pathname.includes('/revision/refs%2Fconvert%2Fparquet')) {
        response.end(JSON.stringify({ sha: other }));
        return true;
      }
      if (url.pathname.includes(`/resolve/${other}/`)) {
        response.end(parquet);
        return true;
      }
      repository = url.pathname.endsWith(other) ? converted : main;
      return false;
    };
    await expect(read()).rejects.toMatchObject({ hint: "Set 'config' to one of: en, zh." });
    expect((await read({ config: 'zh' })).documents).toHaveLength(2000);
    expect((await read({ config: 'zh', split: 'test' })).documents).toHaveLength(2000);
  });

  it('looks for a newer commit on refresh only', async () => {
    await read({ max_files: 1 });
    const before = hub.requests.length;
    await read({ max_files: 1 });
    expect(hub.requests).toHaveLength(before);
    await read({ max_files: 1, refresh: true });
    expect(hub.requests.length).toBeGreaterThan(before);
    expect(fetched()).toHaveLength(1);
  });

  it('reads what the Python library has, offline and online, and says what is missing', async () => {
    const root = join(workspace, 'hf', 'hub', 'datasets--owner--set');
    const data = join(root, 'snapshots', commit, 'data');
    mkdirSync(data, { recursive: true });
    mkdirSync(join(root, 'refs'));
    writeFileSync(join(root, 'refs', 'main'), commit);
    for (const n of [0, 1])
      writeFileSync(
        join(data, `train-0000${n}-of-00002.parquet`),
        repository.get(`data/train-0000${n}-of-00002.parquet`)!,
      );
    expect((await read()).documents).toHaveLength(4000);
    expect(fetched()).toEqual([]);
    rmSync(join(workspace, 'cache'), { recursive: true });
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const before = hub.requests.length;
    expect((await read()).documents).toHaveLength(4000);
    await expect(read({ split: 'test' })).rejects.toThrow('owner/set is not in the cache');
    expect(hub.requests).toHaveLength(before);
  });

  it('does not follow paths out of the cache', async () => {
    repository = new Map([['../../../train/x.parquet', Buffer.from('x')]]);
    await expect(read()).rejects.toThrow("owner/set has no Parquet file for 'train'");
  });
});

it('finds the files of a split in every layout', () => {
  const files = [
    'data/train-00000-of-00001.parquet',
    'data/training-notes.parquet',
    'en/train-00000-of-00001.parquet',
    'en/train/0000.parquet',
    'en/partial-train/0000.parquet',
    'train.parquet',
    'data/constrain.parquet',
    'data/train.jsonl',
    'data/test-00000-of-00001.parquet',
  ].map((path) => ({ path, bytes: 1 }));
  const paths = (config?: string) => chooseFiles(files, { config, splits: ['train'] }).map(({ path }) => path);
  expect(paths()).toEqual([
    'data/train-00000-of-00001.parquet',
    'en/partial-train/0000.parquet',
    'en/train-00000-of-00001.parquet',
    'en/train/0000.parquet',
    'train.parquet',
  ]);
  expect(paths('en')).toEqual([
    'en/partial-train/0000.parquet',
    'en/train-00000-of-00001.parquet',
    'en/train/0000.parquet',
  ]);
});
