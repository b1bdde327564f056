import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type FoundUrl, Frontier, OffsetQueue } from './frontier.ts';
import { HashIndex } from './hash-index.ts';
import { Host, TurnOrder } from './hosts.ts';
import { Journal } from './journal.ts';
import { allowAll } from './robots.ts';
import { RulesKept, robotsRefusal } from './robots-kept.ts';

const directory = mkdtempSync(join(tmpdir(), 'athanor-frontier-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const page = (url: string, more: Partial<FoundUrl> = {}): FoundUrl => ({
  url,
  depth: 1,
  kind: 'page',
  chain: [],
  run: 0,
  ...more,
});

describe('HashIndex', () => {
  it('is a set and a map, in bounded memory', () => {
    const set = new HashIndex();
    const map = new HashIndex(true);
    for (let i = 0; i < 50_000; i++) {
      if (!set.add(`http://a.example/${i}`)) expect.fail(String(i));
      map.set(`${i}`, i * 3);
    }
    map.set('7', -1);
    for (let i = 0; i < 50_000; i++)
      if (set.add(`http://a.example/${i}`) || map.get(`${i}`) !== (i === 7 ? -1 : i * 3)) expect.fail(String(i));
    expect(set.has('http://a.example/50000')).toBe(false);
    expect(map.get('x')).toBeUndefined();
    expect(set.size).toBe(50_000);
    expect(set.bytes / set.size).toBeLessThan(23);
    expect(map.bytes / map.size).toBeLessThan(46);
  });
});

describe('Journal', () => {
  it('gives lines back by offset and in order, and cuts off what is broken', () => {
    const path = join(directory, 'journal.jsonl');
    const journal = new Journal(path);
    const offsets = journal.append([{ a: 1 }, { text: '中文\n'.repeat(5000) }, { a: 3 }]);
    expect(journal.read(offsets[1]!)).toEqual({ text: '中文\n'.repeat(5000) });
    journal.close();
    appendFileSync(path, '{"a":4}\n\0\0\0\n{"a":5}\n');
    const again = new Journal(path);
    expect([...again.replay()].map(({ value }) => (value as { a?: number }).a)).toEqual([1, undefined, 3, 4]);
    expect(again.append([{ a: 6 }])).toEqual([again.offset - 8]);
    expect([...again.replay()].at(-1)!.value).toEqual({ a: 6 });
    again.close();
  });
});

describe('Frontier', () => {
  it('knows each URL once, on disk, and again after a restart', () => {
    const path = join(directory, 'frontier.jsonl');
    const frontier = new Frontier(path, 5);
    const waiting: [string, number][] = [];
    const reasons: string[] = [];
    const add = (...urls: FoundUrl[]) =>
      frontier.add(
        urls,
        (reason) => reasons.push(reason),
        (host, offset) => waiting.push([host, offset]),
      );
    expect(
      add(
        page('http://a.example/1'),
        page('http://b.example:81/2', { depth: 0, chain: ['http://a.example/1'], run: 7 }),
        page('http://a.example/1'),
      ),
    ).toBe(2);
    expect(add(page('http://a.example/1', { kind: 'sitemap' }), page('http://b.example:81/2'))).toBe(1);
    expect(waiting.map(([host]) => host)).toEqual(['a.example', 'b.example:81', 'a.example']);
    expect(frontier.read(waiting[1]![1])).toEqual({
      number: 1,
      url: 'http://b.example:81/2',
      depth: 0,
      kind: 'page',
      chain: ['http://a.example/1'],
      run: 7,
    });
    const end = frontier.offset;
    expect(add(page('http://a.example/4'), page('http://a.example/5'), page('http://a.example/6'))).toBe(2);
    expect(reasons).toEqual(['duplicate', 'duplicate', 'frontier-full']);
    frontier.close();
    const again = new Frontier(path, 100);
    const left: string[] = [];
    again.restore(
      end,
      (n) => n === 0,
      (_, offset) => left.push(again.read(offset).url),
    );
    expect(left).toEqual(['http://b.example:81/2', 'http://a.example/1']);
    expect(again.size).toBe(3);
    expect(
      again.add(
        [page('http://a.example/4'), page('http://a.example/1')],
        () => {},
        () => {},
      ),
    ).toBe(1);
    again.close();
  });

  it('its queues are first in, first out', () => {
    const queue = new OffsetQueue();
    for (let i = 0; i < 5000; i++) queue.push(i);
    for (let i = 0; i < 4000; i++) if (queue.shift() !== i) expect.fail(String(i));
    queue.push(5000);
    expect(queue.length).toBe(1001);
    for (let i = 4000; i <= 5000; i++) expect(queue.shift()).toBe(i);
    expect(queue.shift()).toBeUndefined();
  });
});

describe('RulesKept', () => {
  it('drops the rules that were fetched first', () => {
    const kept = new RulesKept(100);
    const hosts = ['a', 'b', 'c'].map((key) => new Host(key));
    const fetched = (host: Host, bytes: number) => {
      host.robots.set('http', { rules: { ...allowAll, bytes }, at: 0 });
      kept.add(host);
    };
    for (const host of hosts) fetched(host, 45);
    expect(hosts.map(({ robots }) => robots.size)).toEqual([0, 1, 1]);
    expect(robotsRefusal(hosts[0]!, 'http://a/', 1, 0)).toBe('ask-robots');
    expect(robotsRefusal(hosts[1]!, 'http://b/', 1, 0)).toBeUndefined();
    expect(robotsRefusal(hosts[1]!, 'https://b/', 1, 0)).toBe('ask-robots');
    expect(robotsRefusal(hosts[1]!, 'http://b/', 1, 25 * 3600 * 1000)).toBe('ask-robots');
    // The same host's again, day after day: they take the place of the old ones.
    for (let day = 0; day < 10; day++) fetched(hosts[1]!, 45);
    expect(hosts.map(({ robots }) => robots.size)).toEqual([0, 1, 1]);
    fetched(hosts[1]!, 500);
    expect(hosts.map(({ robots }) => robots.size)).toEqual([0, 1, 0]);
  });
});

describe('TurnOrder', () => {
  it('gives turns by time, then by who came first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (times) => {
        const order = new TurnOrder();
        for (const [i, time] of times.entries()) order.push(new Host(String(i)), time);
        const expected = times.map((time, i) => [time, i] as const).sort(([a, i], [b, j]) => a - b || i - j);
        expect(times.map(() => Number(order.pop()!.key))).toEqual(expected.map(([, i]) => i));
        expect(order.pop()).toBeUndefined();
      }),
      { seed: 2 },
    );
  });

  it('a host with many failed pages begins no more until those were tried', () => {
    const host = new Host('x');
    host.queue.push(1);
    const entry = { ...page('http://x/'), number: 0 };
    host.hold({ entry, attempts: 1, notBefore: 50 });
    host.hold({ entry, attempts: 1, notBefore: 20 });
    expect(host.held.map(({ notBefore }) => notBefore)).toEqual([20, 50]);
    expect(host.wakeAt()).toBe(0);
    for (let i = 0; i < 50; i++) host.hold({ entry, attempts: 1, notBefore: 30 });
    expect(host.wakeAt()).toBe(20);
  });
});
