// Decontamination against real evaluation sets: items planted in books, papers and statutes, whole and changed, and what
// it flags in training sets as they are. Recall by kind of change, false alarms, for several lengths of the n-gram.
//   npm run build && node bench/decontamination.mjs --data DIR [--items 150] [--settings 6] [--peer datatrove]
// DIR holds mmlu, gsm8k, arc, humaneval, cmrc2018, cmath, commonsense (sets), standard-ebooks-en, csl-zh, laws-zh (text),
// natural-instructions and gsm8k/train (training sets), as .jsonl.gz or as the sets' own JSON.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { random } from './dedup-corpus.mjs';
import { pythonPeers } from './peers.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: given } = parseArgs({
  options: {
    data: { type: 'string' },
    items: { type: 'string', default: '150' },
    settings: { type: 'string', default: '6' },
    peer: { type: 'string' },
    dist: { type: 'string', default: here('../dist') },
  },
});
if (!given.data) throw new Error('expected --data DIR');
const { buildDataset, openDataset, Workspace } = await import(`${given.dist}/data/index.js`);
const work = mkdtempSync(join(tmpdir(), 'athanor-bench-decontamination-'));
const at = (path) => join(given.data, path);
const text = (path) => gunzipSync(readFileSync(at(path))).toString();
const rows = (path) =>
  text(path)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const rng = random(11);
const pick = (list) => list[Math.floor(rng() * list.length)];
const isHan = (string) => (string.match(/\p{Script=Han}/gu) ?? []).length > string.length / 3;
const wordsOf = (string) => string.match(/\p{Script=Han}|[\p{L}\p{N}\p{M}]+/gu) ?? [];

/** Evaluation sets: { name, texts }, and where the step finds them. */
const sets = [
  { name: 'mmlu', path: 'mmlu/test.jsonl.gz', fields: ['question'] },
  { name: 'gsm8k', path: 'gsm8k/test.jsonl.gz', fields: ['question'] },
  { name: 'arc', path: 'arc/ARC-Challenge.test.jsonl.gz', fields: ['question'] },
  { name: 'humaneval', path: 'humaneval/HumanEval.jsonl.gz', fields: ['prompt'] },
  { name: 'cmath', path: 'cmath/cmath_dev.jsonl.gz', fields: ['input'] },
  { name: 'cmrc2018', path: 'cmrc2018.jsonl', fields: ['context'] },
];
const cmrc = JSON.parse(text('cmrc2018/cmrc2018_dev.json.gz')).data.flatMap(({ paragraphs }) => paragraphs);
writeFileSync(join(work, 'cmrc2018.jsonl'), cmrc.map(({ context }) => `${JSON.stringify({ context })}\n`).join(''));
const textsOf = ({ path, fields }) =>
  path.startsWith('cmrc2018') ? cmrc.map(({ context }) => context) : rows(path).map((row) => row[fields[0]]);

/** Text that holds no evaluation item: passages of about 1,500 characters. */
function passages() {
  const english = readdirSync(at('standard-ebooks-en'))
    .filter((name) => name.endsWith('.txt.gz'))
    .flatMap((name) => cut(text(`standard-ebooks-en/${name}`), 1500).slice(20, 120));
  const chinese = [
    ...rows('csl-zh/ts_test.jsonl.gz').map(({ input }) => input),
    ...rows('laws-zh/laws.jsonl.gz').flatMap((row) => cut(row.text, 600).slice(0, 10)),
  ];
  return { english, chinese };
}

function cut(whole, length) {
  const found = [];
  for (let from = 0; from + length <= whole.length; from += length) found.push(whole.slice(from, from + length));
  return found.map((one) => (one.isWellFormed?.() === false ? one.slice(1, -1) : one));
}

/** Every `share`-th word is another one, a Han character another character. */
function edited(item, share) {
  const words = wordsOf(item);
  let n = Math.floor(rng() / share);
  return item.replace(/\p{Script=Han}|[\p{L}\p{N}\p{M}]+/gu, (word) => {
    if (n-- > 0) return word;
    n = Math.floor(1 / share) - 1;
    const same = words.filter((one) => (one.length === 1) === (word.length === 1) && one !== word);
    return same.length > 0 ? pick(same) : word;
  });
}

const wide = (string) => string.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
const kinds = {
  whole: (item) => item,
  'other case, marks, spaces': (item) =>
    wide(item.toUpperCase()).replace(/[\p{P}\s]+/gu, () =>
      pick(isHan(item) ? [' ', '，', '\n'] : [' — ', '  ', ' / ', '\n']),
    ),
  embedded: (item, around) => `${around.slice(0, 700)}\n${item}\n${around.slice(700)}`,
  'first half, embedded': (item, around) =>
    `${around.slice(0, 700)}\n${item.slice(0, item.length / 2)}\n${around.slice(700)}`,
  'every 20th word another': (item, around) => `${around.slice(0, 700)}\n${edited(item, 1 / 20)}\n${around.slice(700)}`,
  'every 10th word another': (item, around) => `${around.slice(0, 700)}\n${edited(item, 1 / 10)}\n${around.slice(700)}`,
};

function corpus() {
  const { english, chinese } = passages();
  const documents = [];
  for (const set of sets) {
    // An item that is shorter than the step looks for is none.
    const items = textsOf(set).filter((item) => wordsOf(item).length >= (isHan(item) ? 12 : 8));
    for (const [kind, make] of Object.entries(kinds))
      for (let i = 0; i < Number(given.items) && i < items.length; i++) {
        const item = items[Math.floor((i * items.length) / Math.min(items.length, Number(given.items)))];
        const around = pick(isHan(item) ? chinese : english);
        documents.push({
          id: `${documents.length}`,
          text: make(item, around),
          set: set.name,
          kind,
          language: isHan(item) ? 'zh' : 'en',
        });
      }
  }
  for (const one of [...english, ...chinese]) {
    const language = isHan(one) ? 'zh' : 'en';
    documents.push({ id: `${documents.length}`, text: one, kind: 'clean', language });
  }
  return documents;
}

const documents = corpus();
const corpusPath = join(work, 'corpus.jsonl');
const setPath = ({ path }) => (path === 'cmrc2018.jsonl' ? join(work, path) : at(path));
writeFileSync(
  corpusPath,
  documents.map(({ id, text: one, language }) => `${JSON.stringify({ id, text: one, language })}\n`).join(''),
);
const percent = (share) => (Number.isNaN(share) ? '' : `${(100 * share).toFixed(1)} %`);

/** Ids of the documents that a build flags, and its seconds. */
async function flagged(path, options, over = sets) {
  const workspace = new Workspace(mkdtempSync(join(work, 'workspace-')));
  const step = {
    use: 'decontaminate',
    sets: over.map((set) => ({ path: setPath(set), name: set.name, fields: set.fields })),
    action: 'annotate',
    ...options,
  };
  const began = performance.now();
  await buildDataset(
    { name: 'd', sources: [{ type: 'jsonl', path }], steps: [step] },
    { workspace, baseDir: '/', seed: 1, threads: 2 },
  );
  const seconds = (performance.now() - began) / 1000;
  const found = new Map();
  const dataset = openDataset(workspace, 'd');
  for (const side of ['train', 'validation', 'test'])
    for await (const { id, meta } of dataset.documents(side))
      if (meta.contamination) found.set(id, meta.contamination.items);
  return { found, seconds };
}

function report(name, found, seconds) {
  const clean = documents.filter(({ kind }) => kind === 'clean');
  const alarms = clean.filter(({ id }) => found.has(id)).length;
  const share = (keep) => {
    const some = documents.filter((one) => one.kind !== 'clean' && keep(one));
    return percent(some.filter(({ id }) => found.has(id)).length / some.length);
  };
  console.log(
    [
      name,
      ...Object.keys(kinds).flatMap((kind) =>
        ['en', 'zh'].map((language) => share((one) => one.kind === kind && one.language === language)),
      ),
      `${alarms}/${clean.length}`,
      seconds.toFixed(1),
    ].join('\t'),
  );
  return (set) => share((one) => one.set === set);
}

console.log(`${documents.length} documents, ${sets.map((set) => `${set.name} ${textsOf(set).length}`).join(', ')}`);
console.log(['', ...Object.keys(kinds).flatMap((kind) => [`${kind} en`, 'zh']), 'false alarms', 's'].join('\t'));
const settings = {
  'n = 13 (default)': {},
  'n = 8, 12 Han': { ngram: 8, ngram_han: 12 },
  'n = 10, 15 Han': { ngram: 10, ngram_han: 15 },
  'n = 13, two matches': { min_matches: 2 },
  'n = 20, 30 Han': { ngram: 20, ngram_han: 30 },
  'n = 50, 75 Han': { ngram: 50, ngram_han: 75 },
};
for (const [name, options] of Object.entries(settings).slice(0, Number(given.settings))) {
  const { found, seconds } = await flagged(corpusPath, options);
  const bySet = report(name, found, seconds);
  if (name.includes('default'))
    console.log(`  by set: ${sets.map((set) => `${set.name} ${bySet(set.name)}`).join(', ')}`);
}
if (given.peer) runPeer();

function runPeer() {
  const queries = sets.flatMap((set) => textsOf(set).map((query) => ({ query, language: isHan(query) ? 'zh' : 'en' })));
  writeFileSync(join(work, 'queries.jsonl'), queries.map((one) => `${JSON.stringify(one)}\n`).join(''));
  for (const n of [13, 12]) {
    const args = [
      here('decontamination_peer.py'),
      join(work, 'queries.jsonl'),
      corpusPath,
      join(work, `peer-${n}`),
      String(n),
    ];
    const run = spawnSync(pythonPeers('dedup'), args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.status !== 0)
      return console.log(`datatrove failed: ${run.stderr.trim().split('\n').slice(-3).join(' | ')}`);
    const { ids, seconds } = JSON.parse(run.stdout.trim().split('\n').at(-1));
    report(`datatrove, n = ${n}`, new Set(ids), seconds);
  }
}

// Training sets as they are: what is flagged, and whether the whole evaluation text, word for word, is in the document.
const commonsense = ['boolq', 'commonsense_qa', 'openbookqa', 'piqa', 'winogrande'].map((name) => {
  const path = `commonsense/${name}.validation.jsonl.gz`;
  return {
    name,
    path,
    fields: name === 'boolq' ? ['question', 'passage'] : [name === 'winogrande' ? 'sentence' : 'question'],
  };
});
const training = {
  'gsm8k/train': rows('gsm8k/train.jsonl.gz').map(({ question, answer }) => `${question}\n${answer}`),
  'natural-instructions': rows('natural-instructions/ni_en.jsonl.gz').map(
    (row) => `${row.instruction}\n${row.input}\n${row.output}`,
  ),
};
for (const [name, texts] of Object.entries(training)) {
  const path = join(work, 'training.jsonl');
  writeFileSync(path, texts.map((one, i) => `${JSON.stringify({ id: `${i}`, text: one })}\n`).join(''));
  const over = [...sets, ...commonsense, { name: 'hellaswag', path: 'hellaswag/validation.jsonl.gz', fields: ['ctx'] }];
  const holds = texts.map(holderOf(over));
  for (const [setting, options] of Object.entries(settings).slice(0, Math.min(3, Number(given.settings)))) {
    const { found } = await flagged(path, options, over);
    const whole = holds.filter(Boolean).length;
    const hit = holds.filter((one, i) => one && found.has(`${i}`)).length;
    const counts = {};
    for (const items of found.values())
      for (const set of new Set(items.map((item) => item.split(':')[0]))) counts[set] = (counts[set] ?? 0) + 1;
    console.log(
      `${name}\t${setting}\tflagged ${found.size} of ${texts.length}\tof ${whole} that hold a whole item: ${hit}\t${JSON.stringify(counts)}`,
    );
  }
}
rmSync(work, { recursive: true, force: true });

/** Whether a text holds a whole item of the sets, word for word: looked up by the item's first eight words. */
function holderOf(over) {
  const byHead = new Map();
  for (const set of over)
    for (const row of rowsOf(set))
      for (const field of set.fields) {
        const words = wordsOf(
          String(row[field] ?? '')
            .normalize('NFKC')
            .toLowerCase(),
        );
        if (words.length < 8) continue;
        const head = words.slice(0, 8).join(' ');
        byHead.set(head, [...(byHead.get(head) ?? []), words.join(' ')]);
      }
  return (one) => {
    const words = wordsOf(one.normalize('NFKC').toLowerCase());
    const whole = `${words.join(' ')} `;
    return words.some((_, i) =>
      byHead.get(words.slice(i, i + 8).join(' '))?.some((item) => whole.includes(`${item} `)),
    );
  };
}

function rowsOf(set) {
  return set.path === 'cmrc2018.jsonl' ? cmrc : rows(set.path);
}
