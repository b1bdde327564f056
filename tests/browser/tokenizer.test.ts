/**
 * Tokenizers in a real Chromium: real vocabularies give the ids, offsets and texts that they give in Node, and training
 * gives the same vocabulary. Which version of Unicode the browser knows may not matter.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromJSON, trainBpe } from '../../src/tokenizer/index.ts';
import { type OpenPage, openPage } from '../helpers/chromium.ts';
import { fuzz } from '../helpers/tokenizer-referee/fuzz.ts';
import { hostileTexts } from '../helpers/tokenizer-referee/hostile.ts';
import { wellFormed } from '../helpers/tokenizer-referee/records.ts';
import { ensureVocabulary } from '../helpers/tokenizer-referee/vocabularies.ts';
import { answerOf } from './tokenizer/answer.ts';
import type {} from './tokenizer/page.ts';

const folder = fileURLToPath(new URL('tokenizer/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const poems = gunzipSync(readFileSync(`${root}examples/poet/data/quatrains.jsonl.gz`))
  .toString()
  .split('\n', 1500)
  .map((line) => (JSON.parse(line) as { text: string }).text);
const plays = readFileSync(`${root}examples/shakespeare/data/input.txt`, 'utf8').split('\n\n').slice(0, 1500);
const real = [...poems, ...plays];
// The way into the page is JSON in UTF-8, which has no half surrogate pairs.
const texts = [
  ...real,
  ...fuzz({ seed: 5, count: 1500, lines: real }).map(wellFormed),
  ...Object.values(hostileTexts).map((make) => wellFormed(make(600))),
];

let open: OpenPage;
beforeAll(async () => {
  open = await openPage(folder);
});
afterAll(() => open?.close());

describe('in Chromium', () => {
  it.each(['qwen3', 'bert', 'llama2'])('%s encodes and decodes as in Node', async (name) => {
    const { file } = await ensureVocabulary(name);
    await open.page.route(`**/${name}.json`, (route) => route.fulfill({ path: file, contentType: 'application/json' }));
    const there = await open.page.evaluate(([path, list]) => window.encode(path, list), [`${name}.json`, texts] as [
      string,
      string[],
    ]);
    const here = answerOf(fromJSON(JSON.parse(readFileSync(file, 'utf8'))), texts);
    if (there !== here) expect(JSON.parse(there)).toEqual(JSON.parse(here));
    expect(JSON.parse(here).flatMap(({ ids }: { ids: number[] }) => ids).length).toBeGreaterThan(100_000);
    expect(open.messages).toEqual([]);
  });

  it('trains the vocabulary that Node trains', async () => {
    const there = await open.page.evaluate((list) => window.trainTokenizer(list, 1500), real);
    expect(JSON.parse(there).model.merges.length).toBeGreaterThan(1000);
    expect(there).toBe(JSON.stringify(trainBpe({ texts: real, vocabSize: 1500, pattern: 'gpt4' }).toJSON()));
    expect(open.messages).toEqual([]);
  });
});
