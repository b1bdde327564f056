// The linear classifier and the toxicity model that ships, beside fastText (PyPI) and simple baselines: the same texts,
// the same splits, one thread each, one run.
//   npm run build && node bench/toxicity.mjs [--data ../shared/data] [--json]
// Texts: bench/toxicity-data.mjs. fastText gets lower-cased text with Han characters parted by spaces (it cannot part
// them itself), word 3-grams for Chinese, character 3- to 5-grams for English, 25 epochs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadClassifier } from '../dist/data/classifier/file.js';
import { measure } from '../dist/data/classifier/metrics.js';
import { best, createClassifier } from '../dist/data/classifier/model.js';
import { trainClassifier, trainSettings } from '../dist/data/classifier/train.js';
import { lexiconFinder } from '../dist/data/lexicon/finder.js';
import { readShippedList } from '../dist/data/lexicon/lists.js';
import { pythonPeers } from './peers.mjs';
import { toxicityData } from './toxicity-data.mjs';

const { values } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data' }, json: { type: 'boolean' } },
});
const { zh, en, templates } = toxicityData(values.data);
const three = (rows) => rows.map(({ text, three: label }) => ({ text, label }));
const tasks = {
  'COLD (Chinese, 2 labels)': { ...zh, extra: ['-wordNgrams', '3'] },
  'Davidson (English, 3 labels)': { train: three(en.train), test: three(en.test), extra: ['-minn', '3', '-maxn', '5'] },
  'Davidson (English, toxic or not)': { ...en, extra: ['-minn', '3', '-maxn', '5'] },
};
const folder = mkdtempSync(join(tmpdir(), 'toxicity-'));
const line = ({ text, label }) =>
  `__label__${label} ${text
    .toLowerCase()
    .replace(/\p{Script=Han}/gu, ' $& ')
    .replace(/\s+/g, ' ')}`;
const fastText = `
import fasttext, json, sys, time
train, test, *extra = sys.argv[1:]
options = {extra[i][1:]: int(extra[i + 1]) for i in range(0, len(extra), 2)}
start = time.perf_counter()
model = fasttext.train_supervised(train, epoch=25, lr=0.5, dim=16, thread=1, verbose=0, seed=1, **options)
trained = time.perf_counter() - start
texts = [l.rstrip("\\n").split(" ", 1)[1] for l in open(test, encoding="utf8")]
start = time.perf_counter()
found = [model.predict(t)[0][0][9:] for t in texts]
print(json.dumps({"found": found, "train": trained, "predict": time.perf_counter() - start}))`;

const table = (name, labels, rows, found, train, predict) => {
  const { accuracy, macro_f1 } = measure(
    labels,
    rows.map(({ label }, i) => [labels.indexOf(label), labels.indexOf(found[i])]),
  );
  return { name, accuracy, macro_f1, trainSeconds: train, perSecond: rows.length / predict };
};
const lists = [...(await readShippedList('en')), ...(await readShippedList('zh'))];
const finder = lexiconFinder(lists);
const results = {};
for (const [task, { train, test, extra }] of Object.entries(tasks)) {
  const rows = [];
  let start = performance.now();
  const trained = await trainClassifier(train, trainSettings.parse({ rate: 1 }));
  const seconds = (performance.now() - start) / 1000;
  const model = createClassifier(trained.weights);
  for (const { text } of test) model.predict(text);
  start = performance.now();
  const found = test.map(({ text }) => model.labels[best(model.predict(text))]);
  rows.push(table('Athanor, trained here', model.labels, test, found, seconds, (performance.now() - start) / 1000));
  const paths = ['train', 'test'].map((name) => join(folder, `${name}.txt`));
  writeFileSync(paths[0], `${train.map(line).join('\n')}\n`);
  writeFileSync(paths[1], `${test.map(line).join('\n')}\n`);
  const peer = JSON.parse(
    execFileSync(pythonPeers('data-classifier'), ['-c', fastText, ...paths, ...extra], {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 26,
    }),
  );
  rows.push(table('fastText 0.9.2 (PyPI)', model.labels, test, peer.found, peer.train, peer.predict));
  if (model.labels.length === 2) {
    const shipped = loadClassifier(
      fileURLToPath(new URL('../dist/data/classifier/toxicity.bin', import.meta.url)),
    ).model;
    start = performance.now();
    const toxic = test.map(({ text }) => shipped.labels[best(shipped.predict(text))]);
    rows.push(table('Athanor, the model that ships', model.labels, test, toxic, 0, (performance.now() - start) / 1000));
    start = performance.now();
    const listed = test.map(({ text }) => (finder.count(text).hits > 0 ? 'toxic' : 'not-toxic'));
    rows.push(table('word list, one hit', model.labels, test, listed, 0, (performance.now() - start) / 1000));
  }
  const counts = new Map();
  for (const { label } of train) counts.set(label, (counts.get(label) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1])[0][0];
  rows.push(
    table(
      'the commonest label',
      model.labels,
      test,
      test.map(() => common),
      0,
      1,
    ),
  );
  results[task] = rows;
}

/** How often sentences that are not toxic are taken for toxic, for each identity term: the bias of Dixon et al. 2018. */
const terms = {
  en: 'lesbian gay bisexual transgender trans queer lgbt homosexual straight heterosexual male female african black white european hispanic latino latina mexican canadian american asian indian chinese japanese christian muslim jewish buddhist catholic protestant sikh taoist old young blind deaf paralyzed'.split(
    ' ',
  ),
  zh: '女同性恋 男同性恋 同性恋 双性恋 变性人 跨性别 酷儿 异性恋 男性 女性 非洲人 黑人 白人 欧洲人 西班牙裔 拉丁裔 墨西哥人 加拿大人 美国人 亚洲人 印度人 中国人 日本人 基督徒 穆斯林 犹太人 佛教徒 天主教徒 新教徒 老人 年轻人 盲人 聋人'.split(
    ' ',
  ),
};
const shipped = loadClassifier(fileURLToPath(new URL('../dist/data/classifier/toxicity.bin', import.meta.url))).model;
const toxicNumber = shipped.labels.indexOf('toxic');
const bias = {};
for (const [language, rows] of Object.entries(templates))
  for (const threshold of [0.5, 0.8]) {
    const calm = rows
      .filter(({ label }) => label === 'not-toxic')
      .map(({ text }) => ({ text: text.toLowerCase(), hit: shipped.predict(text)[toxicNumber] > threshold }));
    const rate = (some) => some.filter(({ hit }) => hit).length / some.length;
    const byTerm = terms[language].flatMap((term) => {
      const mine = calm.filter(({ text }) =>
        language === 'en' ? new RegExp(`\\b${term}\\b`).test(text) : text.includes(term),
      );
      return mine.length < 20 ? [] : [[term, rate(mine), mine.length]];
    });
    byTerm.sort((a, b) => b[1] - a[1]);
    bias[`${language}, threshold ${threshold}`] = { all: rate(calm), terms: byTerm };
  }

if (values.json) console.log(JSON.stringify({ results, bias }));
else {
  for (const [task, rows] of Object.entries(results)) {
    console.log(`\n${task}`);
    for (const r of rows)
      console.log(
        `  ${r.name.padEnd(32)} macro-F1 ${r.macro_f1.toFixed(4)}  accuracy ${r.accuracy.toFixed(4)}  trained in ${r.trainSeconds.toFixed(1)} s  ${Math.round(r.perSecond)} texts/s`,
      );
  }
  for (const [name, { all, terms: byTerm }] of Object.entries(bias)) {
    console.log(`\nfalse positives on identity templates, ${name}: ${(100 * all).toFixed(1)} % of all`);
    console.log(`  ${byTerm.map(([term, rate]) => `${term} ${(100 * rate).toFixed(0)}`).join(', ')}`);
  }
}
