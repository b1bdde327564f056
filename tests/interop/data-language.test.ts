/**
 * Our n-gram models under KenLM (PyPI): the same perplexities from the ARPA file. Our classifier beside fastText (PyPI):
 * no worse on the same examples. Both in one environment (requirements-data-classifier.txt).
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Example } from '../../src/data/classifier/examples.ts';
import { trainSettings } from '../../src/data/classifier/settings.ts';
import { trainClassifier } from '../../src/data/classifier/train.ts';
import { writeArpa } from '../../src/data/ngram-lm/arpa.ts';
import { createNgramModel } from '../../src/data/ngram-lm/model.ts';
import { ngramSettings, trainNgramModel } from '../../src/data/ngram-lm/train.ts';
import { linesOf, unitSplitter } from '../../src/data/ngram-lm/units.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const verse = readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8');
const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')))
  .toString()
  .split('\n', 4000)
  .map((line) => (JSON.parse(line) as { text: string }).text);
const folder = mkdtempSync(join(tmpdir(), 'athanor-language-'));
let python = '';
beforeAll(async () => {
  python = await ensureVenv('data-classifier');
});

describe('KenLM', () => {
  it.each([
    ['words', 5],
    ['words', 3],
    ['characters', 5],
    ['bytes', 4],
  ] as const)('finds our perplexity in our ARPA file: %s, order %i', async (unit, order) => {
    const settings = ngramSettings.parse({ unit, order });
    const training = [verse.slice(0, 300_000), poems.slice(0, 3000).join('\n')];
    const model = createNgramModel(await trainNgramModel(() => training, settings));
    const held = `${verse.slice(400_000, 450_000)}\n${poems.slice(3500).join('\n')}\nпривет 你好 hello`;
    const [arpa, text] = [join(folder, `${unit}${order}.arpa`), join(folder, `${unit}${order}.txt`)];
    writeFileSync(arpa, [...writeArpa(model)].join(''));
    const split = unitSplitter(settings);
    writeFileSync(text, [...linesOf(held)].map((line) => split(line).join(' ')).join('\n'));
    const program = `import kenlm, sys
m = kenlm.Model(sys.argv[1])
lines = open(sys.argv[2], encoding='utf8').read().split('\\n')
print(10 ** (-sum(m.score(l) for l in lines) / sum(len(l.split(' ')) + 1 for l in lines)))`;
    const theirs = Number(await runPython(python, program, { args: [arpa, text] }));
    expect(Math.abs(model.perplexity(held) / theirs - 1)).toBeLessThan(1e-6);
  });
});

describe('fastText', () => {
  it('is no better on the same examples: lines of verse in their order, or shuffled', async () => {
    const examples: Example[] = verse
      .split('\n')
      .filter((line) => line.length > 30)
      .slice(0, 12_000)
      .map((line, i) => {
        const words = line.toLowerCase().match(/\p{L}+/gu) ?? [];
        return i % 2 === 0
          ? { text: words.join(' '), label: 'verse' }
          : { text: words.reverse().join(' '), label: 'turned' };
      });
    const [training, test] = [examples.slice(0, 10_000), examples.slice(10_000)];
    const settings = trainSettings.parse({ features: { words: 3, characters: null, han: 0 }, held_out: 0.1 });
    const { weights } = await trainClassifier(training, settings);
    const { createClassifier, best } = await import('../../src/data/classifier/model.ts');
    const model = createClassifier(weights);
    const right = test.filter(({ text, label }) => model.labels[best(model.predict(text))] === label).length;
    const paths = [training, test].map((rows, i) => {
      const path = join(folder, `fasttext${i}.txt`);
      writeFileSync(path, rows.map(({ text, label }) => `__label__${label} ${text}\n`).join(''));
      return path;
    });
    const program = `import fasttext, sys
m = fasttext.train_supervised(sys.argv[1], epoch=25, lr=0.5, dim=16, wordNgrams=3, thread=1, verbose=0)
print(m.test(sys.argv[2])[1])`;
    const theirs = Number(await runPython(python, program, { args: paths }));
    expect(theirs).toBeGreaterThan(0.7);
    expect(right / test.length).toBeGreaterThan(theirs - 0.02);
  });
});
