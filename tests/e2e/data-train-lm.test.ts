/** `data train-lm` as a user calls it: text and JSONL, English and Chinese, ARPA, its memory, bad input. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athanor, hasStack, json, leftovers, root, scratch } from './athanor.ts';

const place = scratch();
afterAll(() => place.remove());
const at = (name: string) => join(place.path, name);
const train = (out: string, ...flags: string[]) => athanor(['data', 'train-lm', '--out', at(out), ...flags]);
interface Report {
  readonly sha256: string;
  readonly vocabulary: number;
  readonly ngrams: readonly number[];
}

beforeAll(() => {
  const verse = readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8');
  writeFileSync(at('verse.txt'), verse.slice(0, 60_000));
  const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')));
  writeFileSync(at('poems.jsonl.gz'), gzipSync(poems.toString().split('\n', 2000).join('\n')));
  writeFileSync(at('all.jsonl'), poems.toString().split('\n', 30_000).join('\n'));
});

describe('data train-lm', () => {
  it('learns Chinese poems and English verse, writes the same bytes each time, and an ARPA file', async () => {
    const result = await train(
      'zh.lm',
      '--input',
      at('poems.jsonl.gz'),
      '--order',
      '3',
      '--arpa',
      at('zh.arpa'),
      '--json',
    );
    expect(result.code, result.stderr).toBe(0);
    const report = json<Report>(result);
    expect(report.ngrams).toHaveLength(3);
    expect(report.vocabulary).toBe(report.ngrams[0]);
    const arpa = readFileSync(at('zh.arpa'), 'utf8');
    expect(arpa).toContain(`ngram 1=${report.vocabulary}\n`);
    expect(arpa).toMatch(/\\2-grams:\n[\s\S]*明 月/);
    const again = json<Report>(await train('again.lm', '--input', at('poems.jsonl.gz'), '--order', '3', '--json'));
    expect(again.sha256).toBe(report.sha256);
    const english = json<Report>(
      await train('en.lm', '--input', at('verse.txt'), '--unit', 'characters', '--set', 'min_count=2', '--json'),
    );
    expect(english.ngrams).toHaveLength(5);
    expect(english.vocabulary).toBeLessThan(60);
  });

  it('scores what is like its text as less surprising, in a recipe', async () => {
    const texts = ['床前明月光，疑是地上霜。举头望明月，低头思故乡。', '会员登录后点击这里下载最新版本客户端软件'];
    writeFileSync(at('given.jsonl'), texts.map((text) => JSON.stringify({ text })).join('\n'));
    writeFileSync(
      at('recipe.yaml'),
      `name: lm
stages:
  - data:
      name: lm
      sources: [{ type: jsonl, path: given.jsonl }]
      steps: [{ use: perplexity, model: { ngram: zh.lm } }]
`,
    );
    expect(await athanor(['data', 'build', at('recipe.yaml'), '--workspace', at('ws')])).toMatchObject({ code: 0 });
    const exported = ['data', 'export', 'lm', '--out', at('out.jsonl'), '--workspace', at('ws')];
    expect(await athanor(exported)).toMatchObject({ code: 0 });
    const [poem, advert] = readFileSync(at('out.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { meta: { perplexity: number } }).meta.perplexity);
    expect(poem).toBeLessThan(advert! / 3);
  });

  it('warns of text that will not fit, and stops at its bound without a file', async () => {
    const flags = ['--input', at('all.jsonl'), '--order', '2'];
    const warning = /up to about \d+ different n-grams, which need \d+ MiB; --memory-mb grants/;
    const tight = await train('large.lm', ...flags, '--memory-mb', '32');
    expect(tight.code).toBe(2);
    expect(tight.stderr).toMatch(warning);
    expect(tight.stderr).toMatch(/more than \d+ different n-grams, as many as fit into 32 MiB[\s\S]+--memory-mb/);
    expect(existsSync(at('large.lm'))).toBe(false);
    const chinese = await train('large.lm', ...flags, '--memory-mb', '45', '--lang', 'zh');
    expect(chinese.code, chinese.stderr).toBe(0);
    expect(chinese.stderr).toContain('--memory-mb 只给了 45');
    const roomy = await train('large.lm', ...flags);
    expect(roomy.stderr).not.toMatch(warning);
  });

  it('refuses bad input, and leaves nothing behind', async () => {
    writeFileSync(at('blank.txt'), ' \n\n');
    writeFileSync(at('bad.jsonl'), '{"text":"好"}\n{"text":1}\n');
    writeFileSync(at('latin.txt'), Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]));
    const cases: [string[], RegExp][] = [
      [['--input', at('none.txt')], /none\.txt/],
      [['--input', at('blank.txt')], /no text to learn from/],
      [['--input', at('bad.jsonl')], /bad\.jsonl:2.*'text' must be a string/],
      [['--input', at('latin.txt')], /latin\.txt:1/],
      [['--input', at('verse.txt'), '--unit', 'syllables'], /unit/],
      [['--input', at('verse.txt'), '--order', '20'], /order/],
      [['--input', at('verse.txt'), '--set', 'prune=[1,0]'], /prune/],
    ];
    for (const [flags, message] of cases) {
      const result = await train('bad.lm', ...flags, '--arpa', at('bad.arpa'), '--json');
      expect(result.code, flags.join(' ')).toBeGreaterThan(0);
      expect(result.stdout + result.stderr).toMatch(message);
      expect(hasStack(result)).toBe(false);
      expect([existsSync(at('bad.lm')), existsSync(at('bad.arpa'))]).toEqual([false, false]);
    }
    expect(leftovers(place.path)).toEqual([]);
  });
});
