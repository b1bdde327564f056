// Main text of labelled pages, beside trafilatura (PyPI) in three settings and Readability on linkedom (npm): the F1 of
// 4-word shingles as scrapinghub's article-extraction-benchmark computes it (its evaluate.py), and pages a second of CPU
// time, one thread. Then charsets, beside charset-normalizer (PyPI) and chardet (npm):
//   npm run build && node bench/extraction.mjs [--data ../shared/data] [--no-peers] [--only pages|charsets|sites]
// "tune" is the half of the pages (by SHA-256 of the id) whose errors were read to make the rules. The pages of "held" were
// not read, but its scores were seen while rules were chosen, so it is no untouched test set either. The expected text of
// readability-pages is Readability's own output: it has no rival there.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { askPython, npmPeers } from './peers.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    dist: { type: 'string', default: fileURLToPath(new URL('../dist/', import.meta.url)) },
    'no-peers': { type: 'boolean' },
    only: { type: 'string' },
  },
});
const module = (name) => import(pathToFileURL(join(options.dist, 'data', name)).href);
const { extractContent } = await module('html/index.js');
const { decodeText } = await module('charset/index.js');
const unzip = (path) => gunzipSync(readFileSync(join(options.data, path))).toString('utf8');
const jsonl = (path) =>
  unzip(path)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const python = (job, records) => askPython('extraction', 'extraction_peer.py', job, records);

// The metric: shingles of four words, each page the same weight, F1 of the mean precision and the mean recall.
function shingles(text) {
  const tokens = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  const counts = new Map();
  for (let i = 0; i < Math.max(1, tokens.length - 3) && tokens.length > 0; i++) {
    const key = tokens.slice(i, i + 4).join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function compare(truth, found) {
  const [a, b] = [shingles(truth), shingles(found)];
  let [hit, extra, missed] = [0, 0, 0];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(key) ?? 0, b.get(key) ?? 0];
    hit += Math.min(x, y);
    extra += Math.max(0, y - x);
    missed += Math.max(0, x - y);
  }
  return { hit, extra, missed };
}

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
function metrics(list) {
  const precision = mean(list.filter(({ hit, extra }) => hit + extra > 0).map(({ hit, extra }) => hit / (hit + extra)));
  const recall = mean(
    list.filter(({ hit, missed }) => hit + missed > 0).map(({ hit, missed }) => hit / (hit + missed)),
  );
  return { f1: (2 * precision * recall) / (precision + recall), precision, recall };
}

/** Seconds of CPU time that `work` takes on this thread and the garbage collector's. */
function cpuSeconds(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function readPages() {
  const truths = JSON.parse(readFileSync(join(options.data, 'article-extraction-benchmark/ground-truth.json'), 'utf8'));
  const articles = Object.entries(truths).map(([id, { articleBody }]) => {
    return {
      set: 'article-extraction-benchmark',
      id,
      html: unzip(`article-extraction-benchmark/html/${id}.html.gz`),
      truth: articleBody,
    };
  });
  const pages = jsonl('readability-pages/pages.jsonl.gz');
  const expected = python(
    'truth',
    pages.map(({ name, expected_html }) => ({ id: name, html: expected_html })),
  );
  const more = pages.map(({ name, html }, i) => ({
    set: 'readability-pages',
    id: name,
    html,
    truth: expected[i].text,
  }));
  return [...articles, ...more];
}

function benchPages() {
  const pages = readPages();
  const systems = {};
  const passes = [];
  let texts = [];
  for (let i = 0; i < 3; i++)
    passes.push(cpuSeconds(() => (texts = pages.map(({ html }) => extractContent(html).text))));
  systems.athanor = { texts, seconds: passes.sort((a, b) => a - b)[1] };
  if (!options['no-peers']) {
    const found = python(
      'extract',
      pages.map(({ html }, id) => ({ id, html })),
    );
    for (const [name, key] of [
      ['trafilatura', 'default'],
      ['  favor_precision', 'precision'],
      ['  favor_recall', 'recall'],
    ]) {
      const seconds = found.reduce((sum, record) => sum + record[key].seconds, 0);
      systems[name] = { texts: found.map((record) => record[key].text), seconds };
    }
    const require = createRequire(join(npmPeers({ linkedom: '0.18.15', '@mozilla/readability': '0.6.0' }), 'x.js'));
    const { parseHTML } = require('linkedom');
    const { Readability } = require('@mozilla/readability');
    const read = (html) => {
      try {
        return new Readability(parseHTML(html).document).parse()?.textContent ?? '';
      } catch {
        return '';
      }
    };
    const seconds = cpuSeconds(() => (texts = pages.map(({ html }) => read(html))));
    systems['readability + linkedom'] = { texts, seconds };
  }
  const halfOf = ({ id }) => (createHash('sha256').update(id).digest()[0] % 2 ? 'held' : 'tune');
  const digits = (x) => x.toFixed(4);
  for (const set of ['article-extraction-benchmark', 'readability-pages']) {
    console.log(`\n${set}: ${pages.filter((page) => page.set === set).length} pages`);
    console.log(`${''.padEnd(24)}F1      precision recall  F1 tune F1 held`);
    for (const [name, system] of Object.entries(systems)) {
      const scored = pages.map((page, i) => ({
        page,
        score: page.set === set && compare(page.truth, system.texts[i]),
      }));
      const of = (half) =>
        metrics(
          scored.filter(({ page }) => page.set === set && (!half || halfOf(page) === half)).map(({ score }) => score),
        );
      const all = of();
      const numbers = [all.f1, all.precision, all.recall, of('tune').f1, of('held').f1];
      console.log(`${name.padEnd(24)}${numbers.map(digits).join('  ')}`);
    }
  }
  console.log('\npages a second of CPU time (median of 3 passes for athanor, one pass for the others)');
  for (const [name, { seconds }] of Object.entries(systems)) {
    const ratio = seconds / systems.athanor.seconds;
    console.log(
      `${name.padEnd(24)}${(pages.length / seconds).toFixed(1).padStart(7)}${name === 'athanor' ? '' : `   athanor is ${ratio.toFixed(1)}× as fast`}`,
    );
  }
}

// prettier-ignore
const codecs = {
  cmn_hans: ['gb18030'],
  cmn_hant: ['big5'],
  jpn: ['shift_jis', 'euc_jp', 'iso2022_jp'],
  kor: ['euc_kr'],
  rus: ['cp1251', 'koi8_r', 'iso8859_5', 'cp866'],
  ukr: ['cp1251', 'koi8_u'],
  pol: ['cp1250', 'iso8859_2'],
  ces: ['cp1250', 'iso8859_2'],
  hun: ['cp1250', 'iso8859_2'],
  ron: ['cp1250'],
  deu: ['cp1252'],
  fra: ['cp1252'],
  spa: ['cp1252'],
  por_BR: ['cp1252'],
  swe: ['cp1252'],
  fin: ['cp1252'],
  ita: ['cp1252'],
  cat: ['cp1252'],
  tur: ['cp1254'],
  tha: ['cp874'],
  arb: ['cp1256'],
  heb: ['cp1255'],
  ell_monotonic: ['cp1253'],
  vie: ['cp1258'],
};

/** Pieces of the Universal Declaration in their languages' charsets; right is what decodes to the text. */
function benchCharsets() {
  const texts = new Map(jsonl('udhr/udhr.jsonl.gz').map(({ lang, text }) => [lang, text.replace(/\s+/g, ' ')]));
  const asked = [];
  for (const [language, names] of Object.entries(codecs)) {
    const text = texts.get(language);
    for (const codec of names)
      for (const length of [60, 300, 2000])
        for (let i = 0; i < 8; i++) {
          const at = Math.floor((i * (text.length - length)) / 8);
          asked.push({ id: asked.length, codec, length, text: text.slice(at, at + length) });
        }
  }
  const rows = python('encode', asked)
    .map((row, i) => ({ ...asked[i], ...row, data: Buffer.from(row.bytes, 'base64') }))
    .filter(({ data, codec }) => data.some((byte) => byte > 127) || codec === 'iso2022_jp');
  const right = (text, found) => {
    let same = 0;
    for (let i = 0; i < Math.min(text.length, found.length); i++) if (text[i] === found[i]) same++;
    return same >= text.length * 0.985 && Math.abs(text.length - found.length) <= text.length * 0.02;
  };
  const systems = {};
  let found = [];
  const seconds = cpuSeconds(() => (found = rows.map(({ data }) => decodeText(data).text)));
  systems.athanor = { found, seconds };
  if (!options['no-peers']) {
    const require = createRequire(join(npmPeers({ chardet: '2.2.0' }), 'x.js'));
    const { detect } = require('chardet');
    const decode = (data) => {
      try {
        return new TextDecoder(detect(data) ?? 'utf-8').decode(data);
      } catch {
        return '';
      }
    };
    const took = cpuSeconds(() => (found = rows.map(({ data }) => decode(data))));
    systems['chardet (npm)'] = { found, seconds: took };
    const answers = python(
      'detect',
      rows.map(({ bytes }, id) => ({ id, bytes })),
    );
    const spent = answers.reduce((sum, answer) => sum + answer.seconds, 0);
    systems['charset-normalizer (PyPI)'] = { found: answers.map(({ text }) => text), seconds: spent };
  }
  console.log(
    `\ncharsets, none declared: ${rows.length} pieces of the Universal Declaration, share read right by length`,
  );
  for (const [name, { found: texts, seconds: took }] of Object.entries(systems)) {
    const share = (length) => {
      const of = rows.map((row, i) => [row, texts[i]]).filter(([row]) => row.length === length);
      return `${length}: ${((100 * of.filter(([row, text]) => right(row.text, text)).length) / of.length).toFixed(1)} %`;
    };
    console.log(
      `${name.padEnd(27)}${[60, 300, 2000].map(share).join('  ')}   ${((1000 * took) / rows.length).toFixed(2)} ms a piece`,
    );
  }
}

/** The Debian handbook, whose navigation stands in three elements of known names: what is left without them is the truth. */
async function benchSites() {
  const { htmlText } = await module('steps/extract/html-text.js');
  const { siteBoilerplate } = await module('steps/extract/site-boilerplate.js');
  const context = { drop: () => {}, count: () => {}, seed: 0, baseDir: '.' };
  const each = await htmlText.each(htmlText.config.parse({}), context);
  const navigation = /<div id="banner">.*?<\/div>|<p id="title">.*?<\/p>|<ul class="docnav.*?<\/ul>/gs;
  const pages = jsonl('debian-handbook-html/pages.jsonl.gz').map(({ lang, file, html }) => ({
    id: `${lang}/${file}`,
    html,
    visible: each({ id: file, text: html, meta: { url: `https://${lang.toLowerCase()}.example/${file}` } }),
    main: extractContent(html).text,
    truth: each({ id: file, text: html.replace(navigation, ''), meta: {} }).text,
  }));
  const peer = options['no-peers']
    ? undefined
    : python(
        'extract',
        pages.map(({ html }, id) => ({ id, html })),
      );
  const config = siteBoilerplate.config.parse({});
  const scan = siteBoilerplate.survey.scan(config, context);
  const records = pages.map(({ visible }, number) => ({ number, bytes: scan(visible) }));
  const verdicts = new Map();
  const directory = mkdtempSync(join(tmpdir(), 'athanor-bench-'));
  await siteBoilerplate.survey.decide(config, {
    ...context,
    directory,
    memoryBytes: 64 << 20,
    async *records() {
      yield records;
    },
    verdict: (number, value) => verdicts.set(number, value),
  });
  rmSync(directory, { recursive: true });
  const apply = siteBoilerplate.survey.apply(config, context);
  const systems = {
    'html-text': ({ visible }) => visible.text,
    'html-text, site-boilerplate': ({ visible }, i) => apply(visible, verdicts.get(i))?.text ?? '',
    'html-content': ({ main }) => main,
    ...(peer && { trafilatura: (_, i) => peer[i].default.text }),
  };
  for (const lang of ['en-US', 'zh-CN']) {
    console.log(`\ndebian-handbook ${lang}, 127 pages: F1, precision, recall`);
    for (const [name, textOf] of Object.entries(systems)) {
      const scores = pages.flatMap((page, i) =>
        page.id.startsWith(lang) ? [compare(page.truth, textOf(page, i))] : [],
      );
      const { f1, precision, recall } = metrics(scores);
      console.log(`${name.padEnd(28)}${[f1, precision, recall].map((x) => x.toFixed(4)).join('  ')}`);
    }
  }
}

if (!options.only || options.only === 'pages') benchPages();
if (!options.only || options.only === 'charsets') benchCharsets();
if (!options.only || options.only === 'sites') await benchSites();
