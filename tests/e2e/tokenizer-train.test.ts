/** `tokenizer train` as users call it: kinds of tokenizers, kinds of input, Ctrl-C and the run after it. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athanor, root, start } from './athanor.ts';

const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz'))).toString();
const play = readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'athanor-train-'));
  mkdirSync(join(folder, 'texts/more'), { recursive: true });
  writeFileSync(join(folder, 'texts/play.txt'), play.slice(0, 200_000));
  writeFileSync(join(folder, 'texts/more/poems.jsonl.gz'), gzipSync(poems.split('\n').slice(0, 1000).join('\n')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tokenizer = (name: string) => readFileSync(join(folder, name, 'tokenizer.json'), 'utf8');
const train = (out: string, ...args: string[]) =>
  athanor(['tokenizer', 'train', '--input', 'texts', '--out', out, '--json', ...args], folder);

describe('tokenizer train', () => {
  it.each([
    ['bpe', 2000, ['--pattern', 'o200k', '--split-digits']],
    ['bpe', 5000, ['--byte-fallback', '--user-defined-symbols', '<sep>,<cls>', '--max-token-length', '8']],
    ['unigram', 6000, ['--character-coverage', '0.999']],
    ['wordpiece', 8000, ['--limit-alphabet', '2500']],
    ['wordlevel', 2000, ['--min-frequency', '2', '--special-tokens', '<pad>,<s>']],
  ])('%s of %i tokens from a folder, %j', async (type, size, flags) => {
    const { code, stdout, stderr } = await train(type, '--type', type, '--vocab-size', String(size), ...flags);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ type, vocab_size: size, directory: type });
  });

  it('learns the same from a glob of the files, in one thread', async () => {
    await train('whole', '--vocab-size', '1000');
    const glob = ['--input', '*/{play.txt,more/*.gz}', '--out', 'glob', '--threads', '1'];
    await athanor(['tokenizer', 'train', ...glob, '--vocab-size', '1000'], folder);
    expect(tokenizer('glob')).toBe(tokenizer('whole'));
  });

  it('goes on where Ctrl-C stopped it, and comes to the same tokenizer', async () => {
    writeFileSync(join(folder, 'long.txt'), play.repeat(60));
    const args = ['tokenizer', 'train', '--input', 'long.txt', '--lines', '--vocab-size', '400', '--out'];
    const running = start([...args, 'stopped'], folder);
    await running.seen(/MB \d/);
    running.child.kill('SIGINT');
    const { code } = await running.done;
    expect(code).toBe(130);
    expect(existsSync(join(folder, 'stopped.counts'))).toBe(true);
    expect((await athanor([...args, 'stopped'], folder)).stderr).toContain('went on with the counts of');
    expect(existsSync(join(folder, 'stopped.counts'))).toBe(false);
    await athanor([...args, 'whole-long'], folder);
    expect(tokenizer('stopped')).toBe(tokenizer('whole-long'));
  });

  it.each([
    ['no input', [], 2, /nothing to learn from/],
    ['a missing file', ['--input', 'none.txt'], 1, /cannot read none\.txt: no such file/],
    ['a glob without files', ['--input', '*.none'], 1, /no file matches '\*\.none'/],
    [
      'an unknown type',
      ['--input', 'texts', '--type', 'bep'],
      2,
      /unknown tokenizer type 'bep'[\s\S]*Did you mean 'bpe'/,
    ],
    [
      'a flag of another type',
      ['--input', 'texts', '--type', 'char', '--min-frequency', '2'],
      2,
      /unknown key 'min_frequency'/,
    ],
    ['special tokens given twice', ['--input', 'texts', '--special-tokens', 'a,b,a'], 2, /'a' is given twice/],
    ['a vocabulary that is too small', ['--input', 'texts', '--vocab-size', '258'], 2, /258: expected 259/],
    [
      'an alphabet that is too large',
      ['--input', 'texts', '--byte-fallback', '--vocab-size', '900'],
      2,
      /900: expected \d+ \(\d+ characters/,
    ],
  ])('says what is wrong with %s', async (_, args, code, message) => {
    const result = await athanor(['tokenizer', 'train', '--out', 'bad', ...args], folder);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(existsSync(join(folder, 'bad'))).toBe(false);
  });
});
