// A quality classifier (reference text against raw text of the web) beside fastText (PyPI): the same documents, the same
// split, one run. In-domain: other works of the sources that were trained on. Out of domain: sources held out whole.
//   npm run build && node bench/quality.mjs [--data ../shared/data] [--json]
// Texts: bench/quality-data.mjs. fastText gets lower-cased text, punctuation apart as in its tutorial, Han characters
// parted by spaces (it cannot part them itself); two settings: DCLM's (fastText's defaults with word 2-grams: 5 epochs,
// rate 0.1, 100 dimensions) and a tuned one (25 epochs, rate 0.5, 16 dimensions, character 3- to 5-grams in English, word
// 3-grams in Chinese). It trains on two threads, predicts on one; ours uses one for both. Ours holds a tenth of the training
// part out by itself, to choose an epoch; fastText trains on all of it. "Words only" is without character n-grams.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure, rocAuc } from '../dist/data/classifier/metrics.js';
import { createClassifier } from '../dist/data/classifier/model.js';
import { trainClassifier, trainSettings } from '../dist/data/classifier/train.js';
import { pythonPeers } from './peers.mjs';
import { qualityData } from './quality-data.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    'no-peers': { type: 'boolean' },
    json: { type: 'boolean' },
  },
});

const ours = { 'athanor, defaults': {}, 'athanor, words only': { features: { characters: null, han: 2 } } };
const line = ({ text, label }) =>
  `__label__${label} ${text
    .toLowerCase()
    .replace(/\p{Script=Han}|[.!?,'"/();:]/gu, ' $& ')
    .replace(/\s+/g, ' ')}`;
const fastText = `
import fasttext, json, sys, time
train, *rest = sys.argv[1:]
tests, options = rest[:2], json.loads(rest[2])
start = time.perf_counter()
model = fasttext.train_supervised(train, thread=2, verbose=0, seed=1, **options)
out = {"train": time.perf_counter() - start, "scores": []}
seconds = 0
for test in tests:
    texts = [l.rstrip("\\n").split(" ", 1)[1] for l in open(test, encoding="utf8")]
    start = time.perf_counter()
    found = [model.predict(t, k=2) for t in texts]
    seconds += time.perf_counter() - start
    out["scores"].append([float(p[list(l).index("__label__good")]) for l, p in found])
out["predict"] = seconds
print(json.dumps(out))`;

/** @param scores probabilities of `good` */
function judge(documents, scores) {
  const labels = ['good', 'raw'];
  const pairs = documents.map(({ label }, i) => [labels.indexOf(label), scores[i] > 0.5 ? 0 : 1]);
  const { accuracy, macro_f1 } = measure(labels, pairs);
  const good = documents.map(({ label }) => label === 'good');
  const sources = {};
  for (const [i, { source }] of documents.entries()) {
    sources[source] ??= { good: 0, of: 0 };
    sources[source].good += scores[i] > 0.5 ? 1 : 0;
    sources[source].of++;
  }
  return { accuracy, macro_f1, auc: rocAuc(scores, good), sources };
}

const folder = mkdtempSync(join(tmpdir(), 'bench-quality-'));
const results = {};
try {
  for (const [language, { train, test, outside }] of Object.entries(await qualityData(values.data))) {
    const systems = {};
    const report = (scores) => ({ inside: judge(test, scores[0]), outside: judge(outside, scores[1]) });
    for (const [name, settings] of Object.entries(ours)) {
      let start = performance.now();
      const trained = await trainClassifier(train, trainSettings.parse(settings));
      const trainSeconds = (performance.now() - start) / 1000;
      const model = createClassifier(trained.weights);
      const good = model.labels.indexOf('good');
      const score = (documents) => documents.map(({ text }) => model.predict(text)[good]);
      score(test);
      start = performance.now();
      const found = [test, outside].map(score);
      const perSecond = (test.length + outside.length) / ((performance.now() - start) / 1000);
      systems[name] = { trainSeconds, perSecond, epoch: trained.epoch, ...report(found) };
    }
    const paths = ['train', 'test', 'outside'].map((name) => join(folder, `${name}.txt`));
    for (const [i, documents] of [train, test, outside].entries())
      writeFileSync(paths[i], `${documents.map(line).join('\n')}\n`);
    const tuned = { epoch: 25, lr: 0.5, dim: 16, ...(language === 'en' ? { minn: 3, maxn: 5 } : { wordNgrams: 3 }) };
    const settings = { 'fastText, DCLM’s settings': { wordNgrams: 2 }, 'fastText, tuned': tuned };
    for (const [name, options] of values['no-peers'] ? [] : Object.entries(settings)) {
      const peer = JSON.parse(
        execFileSync(pythonPeers('data-classifier'), ['-c', fastText, ...paths, JSON.stringify(options)], {
          stdio: ['ignore', 'pipe', 'ignore'],
          maxBuffer: 1 << 26,
        }),
      );
      const speed = (test.length + outside.length) / peer.predict;
      systems[name] = { trainSeconds: peer.train, perSecond: speed, ...report(peer.scores) };
    }
    results[language] = { documents: [train, test, outside].map((set) => set.length), systems };
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

if (values.json) console.log(JSON.stringify(results));
else
  for (const [language, { documents, systems }] of Object.entries(results)) {
    console.log(`\n${language}: ${documents[0]} to train on, ${documents[1]} in-domain, ${documents[2]} out of domain`);
    const three = ({ accuracy, macro_f1, auc }) => [accuracy, macro_f1, auc].map((x) => x.toFixed(4)).join(' ');
    for (const [name, { inside, outside, trainSeconds, perSecond }] of Object.entries(systems)) {
      console.log(
        `  ${name.padEnd(26)} accuracy, macro-F1, AUC  in-domain ${three(inside)}  out ${three(outside)}  trained in ${trainSeconds.toFixed(1)} s  ${Math.round(perSecond)} documents/s`,
      );
      const shares = Object.entries(outside.sources).map(
        ([source, { good, of }]) => `${source} ${Math.round((100 * good) / of)} %`,
      );
      console.log(`  ${''.padEnd(26)} called good: ${shares.join(', ')}`);
    }
  }
