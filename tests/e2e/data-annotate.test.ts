/** `data annotate-convert` and `data annotate-agree` as a user calls them, on English and Chinese documents. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athanor, hasStack, json, leftovers, scratch } from './athanor.ts';

const place = scratch();
afterAll(() => place.remove());
const at = (name: string) => join(place.path, name);
const data = (...args: string[]) => athanor(['data', ...args, '--json']);

const english = 'Marie Curie was born in Warsaw.';
const chinese = '屠呦呦😀出生于浙江宁波。';

/** A document with spans by their text. */
function document(id: string, text: string, annotator: string, spans: readonly [string, string][]): string {
  const entities = spans.map(([covered, label], i) => {
    const start = text.indexOf(covered);
    return { id: `e${i + 1}`, start, end: start + covered.length, label, text: covered };
  });
  return JSON.stringify({ id, text, annotator, entities });
}

beforeAll(() => {
  const both = (annotator: string, warsaw: string) =>
    [
      document('en', english, annotator, [
        ['Marie Curie', 'PER'],
        ['Warsaw', warsaw],
      ]),
      document('zh', chinese, annotator, [
        ['屠呦呦', 'PER'],
        ['浙江宁波', 'LOC'],
      ]),
    ].join('\n');
  writeFileSync(at('li.jsonl'), both('li', 'LOC'));
  writeFileSync(at('wang.jsonl'), both('wang', 'LOC'));
  writeFileSync(at('zhao.jsonl'), both('zhao', 'ORG'));
  writeFileSync(at('people.yaml'), 'name: people\nlabels: [{ name: PER }, { name: LOC }]\n');
});

describe('data annotate-convert', () => {
  it('goes to every format; to Label Studio and back nothing is lost', async () => {
    const spans = (path: string) =>
      readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { id: string; text: string; entities: { start: number; label: string }[] })
        .map(({ id, text, entities }) => [id, text, entities.map(({ start, label }) => [start, label])]);
    const there = await data('annotate-convert', '--input', at('li.jsonl'), '--out', at('li.json'));
    expect(json(there)).toMatchObject({ documents: 2, from: 'jsonl', to: 'label-studio', lost: 0 });
    const back = await data(
      'annotate-convert',
      '--input',
      at('li.json'),
      '--out',
      at('back.jsonl'),
      '--project',
      at('people.yaml'),
    );
    expect(back.code, back.stderr).toBe(0);
    expect(spans(at('back.jsonl'))).toEqual(spans(at('li.jsonl')));
    const conll = await data('annotate-convert', '--input', at('li.jsonl'), '--out', at('li.bio'));
    expect(json(conll)).toMatchObject({ to: 'conll-2', lost: 0 });
    expect(readFileSync(at('li.bio'), 'utf8')).toMatch(/Marie\s+B-PER\nCurie\s+I-PER[\s\S]+屠\s+B-PER\n呦\s+I-PER/);
  });

  it('counts in code points where asked: the emoji is one', async () => {
    const flags = ['--input', at('li.jsonl'), '--out', at('points.jsonl')];
    // What is read and what is written count alike, so UTF-16 offsets of text behind the emoji do not fit.
    const result = await data('annotate-convert', ...flags, '--offsets', 'code-points');
    expect(result.code).toBeGreaterThan(0);
    expect(result.stdout + result.stderr).toMatch(/li\.jsonl:2/);
    const fixed = readFileSync(at('li.jsonl'), 'utf8').replace(/"start":8,"end":12/, '"start":7,"end":11');
    writeFileSync(at('python.jsonl'), fixed);
    const python = ['--input', at('python.jsonl'), '--out', at('python.json'), '--offsets', 'code-points'];
    expect(await data('annotate-convert', ...python)).toMatchObject({ code: 0 });
    const [, second] = JSON.parse(readFileSync(at('python.json'), 'utf8')) as object[];
    expect(JSON.stringify(second)).toContain('浙江宁波');
  });

  it('refuses bad input, and writes nothing', async () => {
    writeFileSync(at('cut.jsonl'), `${document('en', english, 'li', [])}\n{"id":"zh"`);
    writeFileSync(at('moved.jsonl'), document('zh', chinese, 'li', [['浙江', 'LOC']]).replace('"end":10', '"end":11'));
    const cases: [string[], RegExp][] = [
      [['--input', at('none.jsonl')], /none\.jsonl/],
      [['--input', at('cut.jsonl')], /cut\.jsonl:2.*JSON/],
      [['--input', at('moved.jsonl')], /moved\.jsonl:1/],
      [['--input', at('zhao.jsonl'), '--project', at('people.yaml')], /does not fit the project.*ORG/],
      [['--input', at('li.jsonl'), '--to', 'brat'], /unknown annotation format 'brat'/],
      [['--input', at('li.jsonl'), '--offsets', 'bytes'], /--offsets is utf16 or code-points/],
    ];
    for (const [flags, message] of cases) {
      const result = await data('annotate-convert', ...flags, '--out', at('bad.jsonl'));
      expect(result.code, flags.join(' ')).toBeGreaterThan(0);
      expect(result.stdout + result.stderr).toMatch(message);
      expect(hasStack(result)).toBe(false);
      expect(existsSync(at('bad.jsonl'))).toBe(false);
    }
    expect(leftovers(place.path)).toEqual([]);
  });
});

describe('data annotate-agree', () => {
  const inputs = (...names: string[]) => names.flatMap((name) => ['--input', at(`${name}.jsonl`)]);

  it('measures every two annotators and takes what most of them say', async () => {
    const result = await data('annotate-agree', ...inputs('li', 'wang', 'zhao'), '--out', at('gold.jsonl'));
    expect(result.code, result.stderr).toBe(0);
    const report = json<{
      pairs: { annotators: string[]; documents: number; kappa: number; exact: number; partial: number }[];
      disputed: number;
      conflicts: object[];
    }>(result);
    expect(report.pairs.map(({ annotators }) => annotators)).toEqual([
      ['li', 'wang'],
      ['li', 'zhao'],
      ['wang', 'zhao'],
    ]);
    expect(report.pairs[0]).toMatchObject({ documents: 2, kappa: 1, exact: 1, partial: 1 });
    expect(report.pairs[1]!.exact).toBeCloseTo(0.75, 10);
    expect(report.pairs[1]!.kappa).toBeLessThan(1);
    expect(report).toMatchObject({ rule: 'majority', documents: 2, disputed: 1 });
    const gold = readFileSync(at('gold.jsonl'), 'utf8');
    expect(gold).toContain('"LOC"');
    expect(gold).not.toContain('"ORG"');
    expect(gold).toContain('浙江宁波');
  });

  it('lets a reviewer decide, and prints a table in Chinese', async () => {
    const flags = ['--rule', 'reviewer', '--reviewer', 'zhao', '--out', at('reviewed.jsonl')];
    expect(json(await data('annotate-agree', ...inputs('li', 'zhao'), ...flags))).toMatchObject({ rule: 'reviewer' });
    expect(readFileSync(at('reviewed.jsonl'), 'utf8')).toContain('"ORG"');
    const plain = await athanor(['data', 'annotate-agree', ...inputs('li', 'zhao'), '--lang', 'zh']);
    expect(plain.stdout).toMatch(/li – zhao\s+2\s+0\.\d{3}\s+0\.750/);
    expect(plain.stdout).toMatch(/[\u4e00-\u9fff]/);
  });

  it('refuses bad input, and writes nothing', async () => {
    const cases: [string[], RegExp][] = [
      [[...inputs('li'), '--input', at('none.jsonl')], /none\.jsonl/],
      [[...inputs('li', 'wang'), '--rule', 'loudest'], /unknown rule 'loudest'/],
      [[...inputs('li', 'wang'), '--rule', 'reviewer'], /needs the name of the reviewer/],
      [[...inputs('li', 'cut')], /cut\.jsonl:2/],
      [[...inputs('li', 'wang'), '--to', 'brat'], /unknown annotation format/],
    ];
    for (const [flags, message] of cases) {
      const result = await data('annotate-agree', ...flags, '--out', at('bad-gold.jsonl'));
      expect(result.code, flags.join(' ')).toBeGreaterThan(0);
      expect(result.stdout + result.stderr).toMatch(message);
      expect(hasStack(result)).toBe(false);
      expect(existsSync(at('bad-gold.jsonl'))).toBe(false);
    }
    expect(leftovers(place.path)).toEqual([]);
  });
});
