import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Rng, silent } from '../../../core/index.ts';
import { type Tokenizer, trainBpe } from '../../../tokenizer/index.ts';
import { saveTokenizer } from '../../../tokenizer/node.ts';
import { buildDataset } from '../../build.ts';
import { openDataset } from '../../open.ts';
import { runStep, textsOf } from '../../testing/run-step.ts';
import { plainText } from '../../text/step-tokenizer.ts';
import { Workspace } from '../../workspace.ts';
import { TokenUnits } from './token-units.ts';

const root = mkdtempSync(join(tmpdir(), 'athanor-token-units-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const english = 'The committee met on Tuesday to discuss the budget of the coming year, and agreed on most of it. ';
const chinese = '今天的会议讨论了明年的预算，大部分议题都取得了一致意见，会后大家一起吃了饭。';
const texts = [english.repeat(3), chinese.repeat(3)];
const bytes = trainBpe({ texts, vocabSize: 340 });
const characters = trainBpe({ texts, vocabSize: 340, alphabet: 'characters' });
const folder = (name: string, tokenizer: Tokenizer): string => {
  saveTokenizer(join(root, name), tokenizer);
  return join(root, name);
};
const directory = folder('bytes', bytes);

const placesOf = (tokenizer: Tokenizer, text: string) => {
  const units = new TokenUnits(tokenizer);
  units.read(text);
  return Array.from({ length: units.count }, (_, i) => [units.starts[i]!, units.ends[i]!]);
};

describe('TokenUnits', () => {
  it.each([
    ['bytes', bytes],
    ['characters', characters],
  ] as const)('places tokens of %s where the tokenizer says they came from', (_, tokenizer) => {
    for (const text of [
      '',
      ...texts,
      'café 😀😀 naïve 𠮷野家',
      'e\u0301\u0327 \u{1f468}\u200d\u{1f469}',
      'ab\r\n\tc  d',
      '<|endoftext|>',
    ])
      expect(placesOf(tokenizer, text)).toEqual(tokenizer.encodeFull(text, plainText).offsets.map((one) => [...one]));
  });

  it('takes half a surrogate pair, which the tokenizer changes', () => {
    const places = placesOf(bytes, 'ab \ud83d cd');
    expect(places[0]![0]).toBe(0);
    expect(places.at(-1)![1]).toBe(7);
  });

  it('cuts a long text at a line end, and never inside a character', () => {
    for (const text of [`${english}\n`.repeat(2000), '😀'.repeat(50_000), 'x'.repeat(1000) + '😀'.repeat(40_000)]) {
      const places = placesOf(bytes, text);
      expect(places[0]![0]).toBe(0);
      expect(places.at(-1)![1]).toBe(text.length);
      expect(places.filter(([start, end], i) => start! >= end! || start! > (places[i - 1]?.[1] ?? 0))).toEqual([]);
      expect(places.filter(([start]) => /[\udc00-\udfff]/.test(text[start!]!))).toEqual([]);
    }
  });
});

describe('substring-dedup by tokens', () => {
  /** The same by looking at every run of tokens; the first occurrence stays. */
  function naive(given: readonly string[], length: number): string[] {
    const first = new Map<string, readonly [number, number]>();
    return given.map((text, d) => {
      const { ids, offsets } = bytes.encodeFull(text, plainText);
      const gone = new Uint8Array(ids.length);
      for (let at = 0; at + length <= ids.length; at++) {
        const run = ids.slice(at, at + length).join();
        const [document, place] = first.get(run) ?? [d, at];
        if (document === d && place === at) first.set(run, [d, at]);
        else gone.fill(1, document === d ? Math.max(at, place + length) : at, at + length);
      }
      let kept = '';
      let done = 0;
      for (let i = 0; i < ids.length; i++) {
        if (gone[i] === 0 || gone[i - 1] === 1) continue;
        const behind = gone.indexOf(0, i);
        const start = Math.max(offsets[i]![0], offsets[i - 1]?.[1] ?? 0);
        const end = behind < 0 ? text.length : offsets[behind]![0];
        kept += text.slice(done, Math.max(done, start));
        done = Math.max(start, end);
      }
      return kept + text.slice(done);
    });
  }

  it('removes what a search for equal runs of tokens removes, in any memory', async () => {
    const rng = new Rng(12);
    const words = [...new Set(`${english} ${chinese.replace(/./gu, '$& ')}`.split(' '))].filter((one) => one !== '');
    const given = Array.from({ length: 30 }, () => {
      const own = Array.from({ length: 40 }, () => words[rng.int(words.length)]!);
      return own.join(' ');
    });
    for (let i = 0; i < 20; i++) {
      const from = given[rng.int(30)]!;
      const to = rng.int(30);
      const start = from.indexOf(' ', rng.int(100));
      given[to] = `${given[to]!.slice(0, 50)}${from.slice(start, start + 80)} ${given[to]!.slice(50)}`;
    }
    const length = 12;
    const expected = naive(given, length);
    const config = { unit: 'token', tokenizer: directory, min_length: length, min_left: 0 };
    const result = await runStep('substring-dedup', config, given);
    expect(expected.filter((text, i) => text !== given[i]).length).toBeGreaterThan(5);
    expect(textsOf(result)).toEqual(expected);
    expect(await runStep('substring-dedup', config, given, 7, 1 << 12)).toEqual(result);
  });

  it('counts tokens, not words: the same passage is long enough for one tokenizer only', async () => {
    const passage = 'zqj xvw kpf zzq vvx';
    const given = [`${english}${passage} and so on`, `${chinese}${passage} 等等`];
    const inTokens = bytes.count(passage, plainText);
    expect(inTokens).toBeGreaterThan(12);
    const words = { min_length: 12, min_left: 0 };
    expect(textsOf(await runStep('substring-dedup', words, given))).toEqual(given);
    const [, second] = textsOf(
      await runStep('substring-dedup', { ...words, unit: 'token', tokenizer: directory }, given),
    );
    expect(second).not.toContain('xvw');
    expect(second).toContain(chinese);
  });

  it('never leaves half a character', async () => {
    const shared = '甲乙丙丁戊己庚辛';
    const given = [`${shared}㐀`, `${shared}㐁y`, `😀${shared}😁z`];
    const config = { unit: 'token', tokenizer: directory, min_length: 8, min_left: 0 };
    const found = textsOf(await runStep('substring-dedup', config, given));
    for (const text of found) expect(Buffer.from(text).toString()).toBe(text);
    expect(found[1]).toBe('㐁y');
    expect(found[2]).toBe('😀😁z');
  });

  it('needs a tokenizer', async () => {
    await expect(runStep('substring-dedup', { unit: 'token' }, ['a'])).rejects.toMatchObject({
      code: 'bad-input',
      place: 'substring-dedup.tokenizer',
    });
  });
});

describe('the tokenizer of a step', () => {
  const build = (step: { use: 'length' | 'substring-dedup' } & Record<string, unknown>) =>
    buildDataset(
      { name: 'tok', sources: [{ type: 'jsonl', path: 'in.jsonl' }], steps: [step as never] },
      { workspace: new Workspace(join(root, 'workspace')), baseDir: root, seed: 1, threads: 0, report: silent },
    );
  writeFileSync(join(root, 'in.jsonl'), texts.map((text, i) => `${JSON.stringify({ id: `${i}`, text })}\n`).join(''));

  it.each([
    ['length', { unit: 'tokens', min: 1 }],
    ['substring-dedup', { unit: 'token' }],
  ] as const)('%s: its content is part of the version, a model beside it is not', async (use, config) => {
    const model = folder(`model-${use}`, bytes);
    const step = { use, ...config, tokenizer: `model-${use}` };
    const first = await build(step);
    writeFileSync(join(model, 'model.safetensors'), 'weights');
    mkdirSync(join(model, 'more'), { recursive: true });
    expect((await build(step)).version).toBe(first.version);
    saveTokenizer(model, characters);
    const second = await build(step);
    expect(second.version).not.toBe(first.version);
    const { manifest } = openDataset(new Workspace(join(root, 'workspace')), 'tok');
    expect(manifest.rules[0]!.files!.map(({ path }) => path)).toEqual([
      `model-${use}/tokenizer.json`,
      `model-${use}/tokenizer_config.json`,
    ]);
  });
});
