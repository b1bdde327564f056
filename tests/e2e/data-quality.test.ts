/** A quality classifier of one's own: trained by one command, then a recipe that keeps the best share of a corpus. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athanor, hasStack, json, leftovers, root, scratch } from './athanor.ts';

interface Row {
  readonly id: string;
  readonly text: string;
  readonly label?: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly meta: { readonly quality: number; readonly language: string; readonly expected: string };
}

const place = scratch();
afterAll(() => place.remove());
const at = (...parts: string[]) => join(place.path, ...parts);
const rowsOf = (path: string): Row[] => {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
};
const train = (out: string, ...more: string[]) =>
  athanor(['data', 'train-classifier', '--out', at(out), '--json', ...more], place.path);
const settings = ['--set', 'features.characters=null', '--set', 'features.han=2'];
let labelled: string;

beforeAll(() => {
  cpSync(join(root, 'examples/quality'), at('example'), { recursive: true });
  labelled = at('example/data/labelled.jsonl.gz');
});

describe('data train-classifier', () => {
  it('learns from English and Chinese texts, and says how well; the same bytes each time', async () => {
    const result = await train('example/quality.bin', '--input', labelled, ...settings);
    expect(result.code, result.stderr).toBe(0);
    const report = json(result);
    expect(report).toMatchObject({ labels: ['good', 'raw'], sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((report.examples as number) + (report.held_out as number)).toBe(rowsOf(labelled).length);
    expect((report.metrics as { macro_f1: number }).macro_f1).toBeGreaterThan(0.85);
    const again = json(await train('again.bin', '--input', labelled, ...settings));
    expect(again.sha256).toBe(report.sha256);
    const other = json(await train('other.bin', '--input', labelled, ...settings, '--seed', '5'));
    expect(other.sha256).not.toBe(report.sha256);
  });

  it('measures on a file of its own, and prints a table', async () => {
    const rows = rowsOf(at('example/data/corpus.jsonl.gz')) as unknown as { text: string; expected: string }[];
    writeFileSync(at('test.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    writeFileSync(
      at('renamed.jsonl'),
      rowsOf(labelled)
        .map(({ text, label }) => JSON.stringify({ text, expected: label }))
        .join('\n'),
    );
    const flags = ['--input', at('renamed.jsonl'), '--label-field', 'expected', '--test', at('test.jsonl')];
    const { metrics } = json<{ metrics: { examples: number; accuracy: number } }>(await train('t.bin', ...flags));
    expect(metrics.examples).toBe(rows.length);
    expect(metrics.accuracy).toBeGreaterThan(0.85);
    const plain = await athanor(['data', 'train-classifier', '--out', at('t.bin'), ...flags, '--lang', 'zh']);
    expect(plain.stdout).toMatch(/precision\s+recall\s+F1[\s\S]+good[\s\S]+raw[\s\S]+已把含 2 个标签的分类器写入/);
  });

  it('refuses bad input by file and line, and leaves nothing behind', async () => {
    const file = (name: string, ...lines: string[]) => {
      writeFileSync(at(name), lines.join('\n'));
      return at(name);
    };
    const good = '{"text":"a good text","label":"good"}';
    const raw = '{"text":"买买买 点击","label":"raw"}';
    const cases: [string[], RegExp][] = [
      [['--input', at('none.jsonl')], /none\.jsonl/],
      [['--input', file('cut.jsonl', good, '{"text":"半')], /cut\.jsonl:2.*JSON/],
      [['--input', file('no-label.jsonl', good, '{"text":"没有标签"}')], /no-label\.jsonl:2.*'label' must be a label/],
      [['--input', file('no-text.jsonl', good, '{"label":"raw"}')], /no-text\.jsonl:2.*'text' must be a string/],
      [['--input', file('one.jsonl', good, good)], /only 'good'/],
      [['--input', file('two.jsonl', good, raw), '--set', 'epoch=3'], /epochs/],
      [['--input', at('two.jsonl'), '--set', 'rate=-1'], /rate/],
      [['--input', at('two.jsonl'), '--set', 'held_out=0', '--test', at('none.jsonl')], /none\.jsonl/],
      [
        [
          '--input',
          at('two.jsonl'),
          '--set',
          'held_out=0',
          '--test',
          file('alien.jsonl', good, '{"text":"x","label":"neu"}'),
        ],
        /alien\.jsonl:2.*no label 'neu'/,
      ],
      [['--input', at('two.jsonl'), '--set', 'dim=512', '--set', 'features.buckets=16777216'], /MiB/],
    ];
    for (const [flags, message] of cases) {
      const result = await train('bad.bin', ...flags);
      expect(result.code, flags.join(' ')).toBeGreaterThan(0);
      expect(result.stdout + result.stderr).toMatch(message);
      expect(hasStack(result)).toBe(false);
      expect(existsSync(at('bad.bin'))).toBe(false);
    }
    expect(leftovers(place.path)).toEqual([]);
  });
});

describe('the quality example', () => {
  const workspace = ['--workspace', at('ws')];
  const build = (...sets: string[]) =>
    athanor(['data', 'build', at('example/recipe.yaml'), ...workspace, '--json', ...sets.flatMap((s) => ['--set', s])]);

  it('keeps the good half of each language and drops the raw one with reason and score', async () => {
    const result = await build();
    expect(result.code, result.stderr).toBe(0);
    const { counts } = json<{ counts: { in: number; out: number; dropped: Record<string, number> } }>(result);
    const scored = counts.out + counts.dropped['low-quality']!;
    expect(scored).toBeGreaterThan(125);
    for (const [flag, name] of [
      [[], 'kept'],
      [['--dropped'], 'dropped'],
    ] as const)
      expect(
        (await athanor(['data', 'export', 'quality', ...flag, '--out', at(`${name}.jsonl`), ...workspace])).code,
      ).toBe(0);
    const kept = rowsOf(at('kept.jsonl'));
    const dropped = rowsOf(at('dropped.jsonl')).filter(({ reason }) => reason === 'low-quality');
    for (const language of ['en', 'zh']) {
      const of = (rows: readonly Row[]) => rows.filter(({ meta }) => meta.language.startsWith(language));
      const good = (rows: readonly Row[]) => rows.filter(({ meta }) => meta.expected === 'good').length;
      expect(of(kept).length).toBeGreaterThan(30);
      expect(good(of(kept)) / of(kept).length).toBeGreaterThan(0.8);
      expect(1 - good(of(dropped)) / of(dropped).length).toBeGreaterThan(0.8);
      // An exact share of each: a half, rounded up, of every tag that the language step gave.
      const tags = new Set(of([...kept, ...dropped]).map(({ meta }) => meta.language));
      for (const tag of tags) {
        const mine = (rows: readonly Row[]) => rows.filter(({ meta }) => meta.language === tag);
        expect(mine(kept)).toHaveLength(Math.ceil((mine(kept).length + mine(dropped).length) / 2));
        const worst = Math.min(...mine(kept).map(({ meta }) => meta.quality));
        expect(Math.max(...mine(dropped).map(({ meta }) => meta.quality))).toBeLessThanOrEqual(worst);
      }
    }
    for (const { detail } of dropped) expect(detail).toMatch(/^quality [\d.e-]+ is not among the best 50 % of (en|zh)/);
  });

  it('keeps by another share or field, and says what is wrong with a recipe', async () => {
    const fewer = json<{ counts: { out: number } }>(await build('data.steps.top-share.share=0.1'));
    expect(fewer.counts.out).toBeGreaterThan(11);
    expect(fewer.counts.out).toBeLessThan(17);
    const failures: [string, RegExp][] = [
      ['data.steps.top-share.field=qualty', /no document has a number in meta\.qualty/],
      ['data.steps.top-share.share=1.5', /share/],
      ['data.steps.quality-classifier.label=fine', /no label 'fine'/],
      ['data.steps.quality-classifier.model=none.bin', /none\.bin/],
    ];
    for (const [set, message] of failures) {
      const result = await build(set);
      expect(result.code, set).toBeGreaterThan(0);
      expect(result.stdout + result.stderr).toMatch(message);
      expect(hasStack(result)).toBe(false);
    }
  });
});
