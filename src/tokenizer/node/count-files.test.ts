import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rng } from '../../core/index.ts';
import { WordCounter } from '../bpe/word-counter.ts';
import { patternJson } from '../pre-tokenizers/patterns.ts';
import { blockBytes, type CountInput, readBlocks } from './count-blocks.ts';
import { type CountFilesOptions, countFiles } from './count-files.ts';
import { forgetCounts } from './count-state.ts';

const plan = { preTokenizer: patternJson('gpt4') };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'athanor-count-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Seeded lines of words and Chinese, some empty. */
function lines(count: number, seed = 5): string[] {
  const rng = new Rng(seed);
  const word = () => ['the', 'of', '明月', '光，', `w${rng.int(3000)}`, '  x', "it's", '\t'][rng.int(8)]!;
  return Array.from({ length: count }, () => Array.from({ length: rng.int(14) }, word).join(' '));
}

function expected(texts: Iterable<string>): [string, number][] {
  const counter = new WordCounter(plan);
  for (const text of texts) counter.add(text);
  return [...counter.words.entries()] as [string, number][];
}

const count = async (inputs: CountInput[], options: Partial<CountFilesOptions> = {}) => {
  const { counter, ...rest } = await countFiles({ inputs, plan, threads: 1, ...options });
  return { words: [...counter.words.entries()], ...rest };
};

describe('countFiles', () => {
  it('reads documents, lines and JSON Lines, packed or not', async () => {
    const texts = lines(300);
    const whole = texts.join('\n');
    const rows = texts.map((text, i) => `${JSON.stringify({ text, i })}${i % 50 === 0 ? '\r\n\n' : '\n'}`).join('');
    const document = await count([{ path: file('a.txt', whole), format: 'document' }]);
    expect(document).toEqual({ words: expected([whole]), documents: 1, resumed: false });
    const line = await count([{ path: file('b.txt', whole), format: 'line' }]);
    expect(line).toEqual({
      words: expected(texts.map((text, i) => text + (i < 299 ? '\n' : ''))),
      documents: 300,
      resumed: false,
    });
    for (const path of [file('c.jsonl', rows), file('d.jsonl.gz', gzipSync(rows))])
      expect(await count([{ path, format: 'jsonl' }])).toEqual({
        words: expected(texts),
        documents: 300,
        resumed: false,
      });
    const marked = file('e.txt', `\ufeff${whole}`);
    expect(await count([{ path: marked, format: 'document' }])).toEqual(document);
    expect((await count([{ path: file('empty', ''), format: 'document' }])).words).toEqual([]);
  });

  it('leaves the ends of lines out where the plan says so, as SentencePiece does', async () => {
    const path = file('a.txt', 'one two\r\n\nthree\nfour');
    const { words } = await count([{ path, format: 'line' }], { plan: { ...plan, dropLineEnds: true } });
    expect(words).toEqual([' two', 'four', 'one', 'three'].map((word) => [word, 1]));
  });

  it('cuts a long document where the pattern cuts anyway, and keeps long lines whole', async () => {
    const long = lines(90_000).join('\n').replaceAll('\t', ' ');
    expect(Buffer.byteLength(long)).toBeGreaterThan(2 * blockBytes);
    const path = file('long.txt', long);
    const blocks = [];
    for await (const block of readBlocks([{ path, format: 'document' }], { file: 0, offset: 0 })) blocks.push(block);
    expect(Buffer.concat(blocks.map(({ bytes }) => bytes)).toString()).toBe(long);
    expect(blocks.map(({ first }) => first)).toEqual(blocks.map((_, i) => i === 0));
    const counted = await count([{ path, format: 'document' }]);
    expect(counted).toEqual({ words: expected([long]), documents: 1, resumed: false });
    const row = `${JSON.stringify({ text: long })}\n`;
    const jsonl = await count([{ path: file('long.jsonl', row + row), format: 'jsonl' }]);
    expect(jsonl).toEqual({ words: expected([long, long]), documents: 2, resumed: false });
  });

  it('cuts a document without line ends between characters', async () => {
    const text = '字'.repeat(blockBytes / 2);
    const { words } = await count([{ path: file('x.txt', text), format: 'document' }]);
    expect(words.reduce((sum, [word, times]) => sum + word.length * times, 0)).toBe(text.length);
    for (const [word] of words) expect(word).toMatch(/^字+$/);
  });

  it('goes on after a stop, with the same words, and begins anew for other files', async () => {
    const paths = [1, 2].map((seed) => file(`${seed}.txt`, lines(25_000, seed).join('\n')));
    const packed = file('3.txt.gz', gzipSync(lines(25_000, 3).join('\n')));
    const inputs = [...paths, packed].map((path): CountInput => ({ path, format: 'line' }));
    const whole = await count(inputs);
    const statePath = join(folder, 'state');
    let stops = 0;
    for (;;) {
      const controller = new AbortController();
      const progress = () => controller.abort(); // after one block
      try {
        expect(await count(inputs, { statePath, progress, signal: controller.signal })).toEqual({
          ...whole,
          resumed: true,
        });
        break;
      } catch (error) {
        expect(error).toMatchObject({ code: 'cancelled' });
        expect(existsSync(statePath)).toBe(true);
        stops++;
      }
    }
    expect(stops).toBe(2); // of three blocks
    const state = readFileSync(statePath);
    expect((await count(inputs.slice(1), { statePath })).resumed).toBe(false);
    truncateSync(statePath, state.length - 5); // not whole: of no use
    expect(await count(inputs, { statePath })).toEqual(whole);
    forgetCounts(statePath);
    expect(existsSync(statePath)).toBe(false);
  });

  it('saves the state now and then', async () => {
    const path = file('a.txt', lines(40_000).join('\n'));
    const statePath = join(folder, 'state');
    await count([{ path, format: 'line' }], { statePath, saveSeconds: 0 });
    expect(readFileSync(statePath, 'utf8')).toMatch(/^athanor word counts 1\n\{"position"/);
  });

  it('gives the same with several threads', async () => {
    const text = lines(300_000).join('\n');
    expect(Buffer.byteLength(text)).toBeGreaterThan(8 << 20);
    const inputs: CountInput[] = [{ path: file('a.txt', text), format: 'line' }];
    let last: unknown;
    const progress = (...now: number[]) => {
      last = now;
    };
    expect(await count(inputs, { threads: 3, progress })).toEqual(await count(inputs));
    expect(last).toEqual([Buffer.byteLength(text), Buffer.byteLength(text)]);
  });

  it('names the file and line of what it cannot read, the first one', async () => {
    const good = '{"text":"a"}\n';
    const bad = (name: string, content: string | Uint8Array, format: CountInput['format'] = 'jsonl') =>
      count([{ path: file(name, content), format }]);
    await expect(bad('a.jsonl', `${good}{"text":1}\n{`)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/a\.jsonl:2: expected `text` \(a string\)/),
    });
    await expect(bad('b.jsonl', `${good.repeat(200_000)}[]\n`)).rejects.toMatchObject({
      code: 'bad-file',
      place: expect.stringMatching(/b\.jsonl:200001$/),
    });
    const latin = Buffer.concat([Buffer.from('one\ntwo\n'.repeat(9)), Buffer.from([0xe9, 0x20])]);
    await expect(bad('c.txt', latin, 'line')).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/c\.txt:19: not valid UTF-8/),
    });
    await expect(bad('d.txt.gz', gzipSync('hello').subarray(0, 15), 'line')).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/not a whole gzip file/),
    });
    await expect(count([{ path: join(folder, 'none.txt'), format: 'line' }])).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
