// Near-duplicate removal beside PyPI's datasketch, datatrove and text-dedup: same documents, same machine, 2 cores each;
// speed, and recall and precision against the exact Jaccard similarity of all pairs.
//   npm run build && node bench/dedup.mjs [--documents 6000] [--length 1500] [--english a.txt,b.jsonl.gz] [--chinese …]
//     [--repeat 3] [--peers datasketch,datatrove,text-dedup] [--cores 2]
//   node bench/dedup.mjs --scale 1000000     time and peak memory on that many short documents, no peers
// Documents come from the repository's examples where none are given. The peers are installed on the first run (PyPI).
import { execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allPairs, corpus, judge, number53, random } from './dedup-corpus.mjs';
import { pythonPeers } from './peers.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: given } = parseArgs({
  options: {
    documents: { type: 'string', default: '6000' },
    length: { type: 'string', default: '1500' },
    english: { type: 'string', default: here('../examples/shakespeare/data/input.txt') },
    chinese: { type: 'string', default: here('../examples/poet/data/quatrains.jsonl.gz') },
    peers: { type: 'string', default: 'datasketch,datatrove,text-dedup' },
    repeat: { type: 'string', default: '3' },
    cores: { type: 'string', default: '2' },
    dist: { type: 'string', default: here('../dist') },
    scale: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const work = mkdtempSync(join(tmpdir(), 'athanor-bench-dedup-'));
const main = join(given.dist, 'cli/main.js');
const percent = (share) => `${(100 * share).toFixed(1)} %`;

const program = `
const [dist, stage, root, threads] = process.argv.slice(2);
const { buildDataset, Workspace } = await import(dist + '/data/index.js');
const [began, before] = [performance.now(), process.cpuUsage()];
const { counts } = await buildDataset(JSON.parse(stage), { workspace: new Workspace(root), baseDir: '/', seed: 1, threads: Number(threads) });
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peak: process.resourceUsage().maxRSS / 1024, counts }));
`;

/** Builds a dataset with one step, in a process of its own; importing the package is not measured, nor is it for peers. */
function ours(path, step, name) {
  const workspace = join(work, `workspace-${name}`);
  rmSync(workspace, { recursive: true, force: true });
  const stage = { name, sources: [{ type: 'jsonl', path }], steps: [step] };
  const script = join(work, 'build.mjs');
  writeFileSync(script, program);
  const args = [script, given.dist, JSON.stringify(stage), workspace, given.cores];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr || run.stdout);
  return { ...JSON.parse(run.stdout.trim().split('\n').at(-1)), workspace };
}

/** Ids of the dropped documents of the last build in a workspace. */
function droppedIds({ workspace }, name) {
  const out = join(work, 'dropped.jsonl');
  execFileSync(process.execPath, [main, 'data', 'export', name, '--workspace', workspace, '--out', out, '--dropped']);
  return readFileSync(out, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).id);
}

if (given.scale) await scale(Number(given.scale));
else compare();
if (given.keep) console.log(work);
else rmSync(work, { recursive: true, force: true });

function compare() {
  const documents = corpus({
    english: given.english.split(','),
    chinese: given.chinese.split(','),
    length: Number(given.length),
    most: Number(given.documents),
  });
  const path = join(work, 'corpus.jsonl');
  writeFileSync(path, documents.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const characters = documents.reduce((sum, { text }) => sum + text.length, 0);
  console.log(`${documents.length} documents, ${(characters / 1e6).toFixed(1)} M characters, ${given.cores} cores`);
  console.log(['', 'seconds', 'cpu s', 'documents/s', 'M characters/s', 'recall', 'precision', 'dropped'].join('\t'));
  const rows = [];
  const report = (name, runs, dropped, pairs) => {
    const best = runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    const { seconds, cpu } = best;
    const { recall, precision } = judge(documents, dropped, pairs);
    rows.push({ name, seconds, cpu, recall });
    console.log(
      [
        name,
        seconds.toFixed(2),
        cpu.toFixed(2),
        Math.round(documents.length / seconds),
        (characters / seconds / 1e6).toFixed(2),
        percent(recall),
        percent(precision),
        dropped.length,
      ].join('\t'),
    );
  };
  const truth = {
    character: allPairs(
      documents.map(({ text }) => grams(text, 'character')),
      0.8,
    ),
    word: allPairs(
      documents.map(({ text }) => grams(text, 'word')),
      0.8,
    ),
  };
  console.log(
    `pairs of Jaccard ≥ 0.8: ${truth.character.length} by character 5-grams, ${truth.word.length} by word 5-grams`,
  );
  for (const unit of ['character', 'word']) {
    const name = `near-${unit}`;
    const runs = Array.from({ length: Number(given.repeat) }, () => ours(path, { use: 'near-dedup', unit }, name));
    report(`athanor ${unit}`, runs, droppedIds(runs.at(-1), name), truth[unit]);
  }
  const idle = ours(path, { use: 'min-length', min: 1 }, 'copy');
  console.log(`(the same command without deduplication: ${idle.seconds.toFixed(2)} s)`);
  const python = '/tmp/peers-dedup/v/bin/python';
  for (const peer of given.peers.split(',').filter(Boolean)) {
    const runs = [];
    for (let i = 0; i < Number(given.repeat); i++) {
      const args = [here('dedup_peer.py'), peer, path, join(work, peer), given.cores];
      const run = spawnSync(python, args, {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        env: { ...process.env, PYTHONUTF8: '1', ...(i === 0 ? { FEATURES: '1' } : {}) },
      });
      if (run.status !== 0) {
        console.log(`${peer} failed: ${run.stderr.trim().split('\n').at(-1)}`);
        break;
      }
      if (i === 0) runs.features = readFeatures(join(work, peer, 'features.jsonl'));
      runs.push(JSON.parse(run.stdout.trim().split('\n').at(-1)));
    }
    if (runs.length === 0) continue;
    report(peer, runs, runs.at(-1).dropped, allPairs(runs.features, 0.8));
  }
  const [own] = rows;
  for (const { name, seconds, cpu, recall } of rows.slice(2))
    console.log(
      `athanor (character) against ${name}: ${(seconds / own.seconds).toFixed(1)} × as fast (${(cpu / own.cpu).toFixed(1)} × by CPU time), recall ${percent(own.recall)} against ${percent(recall)}`,
    );
}

/** The Python with the peers. text-dedup's dependencies (Spark, TensorFlow) are not needed for its MinHash. */
function peersPython() {
  const python = pythonPeers('dedup');
  const ready = join(dirname(dirname(python)), '.text-dedup');
  if (!existsSync(ready)) {
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', 'text-dedup==0.4.0'], { stdio: 'inherit' });
    writeFileSync(ready, '');
  }
  return python;
}

function readFeatures(path) {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The distinct n-grams of a text as numbers, made without the code that is measured. */
function grams(text, unit) {
  const folded = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim()
    .replace(
      /(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]) | (?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])/gu,
      '',
    );
  const units =
    unit === 'character'
      ? [...folded]
      : (folded.match(
          /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu,
        ) ?? []);
  if (units.length === 0) return [];
  const found = new Set();
  const last = Math.max(0, units.length - 5);
  // Without surrogate pairs a slice of the string is the same, and faster.
  if (unit === 'character' && units.length === folded.length)
    for (let i = 0; i <= last; i++) found.add(number53(folded.slice(i, i + 5)));
  else for (let i = 0; i <= last; i++) found.add(number53(units.slice(i, i + 5).join(' ')));
  return [...found];
}

/** Short made-up documents, a tenth of them near-duplicates. */
async function scale(count) {
  const path = join(work, 'scale.jsonl');
  mkdirSync(work, { recursive: true });
  const rand = random(3);
  const words = Array.from({ length: 20_000 }, (_, i) =>
    i % 3 === 0 ? String.fromCharCode(0x4e00 + i) : `w${i.toString(36)}`,
  );
  const file = createWriteStream(path);
  const recent = [];
  for (let i = 0; i < count; i++) {
    const text = Array.from({ length: 60 }, () => words[Math.floor(rand() ** 2 * words.length)]);
    if (i % 10 === 9) {
      const copy = recent[Math.floor(rand() * recent.length)].slice();
      copy[Math.floor(rand() * copy.length)] = 'changed';
      text.splice(0, text.length, ...copy);
    } else if (recent.length < 5000) recent.push(text);
    else recent[Math.floor(rand() * 5000)] = text;
    if (!file.write(`${JSON.stringify({ id: `s${i}`, text: text.join(' ') })}\n`))
      await new Promise((go) => file.once('drain', go));
  }
  await new Promise((go) => file.end(go));
  console.log(['', 'documents', 'seconds', 'documents/s', 'peak MB', 'dropped'].join('\t'));
  for (const use of ['exact-dedup', 'near-dedup', 'simhash-dedup', 'line-dedup', 'substring-dedup']) {
    const { seconds, peak, counts } = ours(path, { use }, use);
    const dropped = Object.values(counts.dropped).reduce((a, b) => a + b, 0);
    console.log([use, count, seconds.toFixed(1), Math.round(count / seconds), Math.round(peak), dropped].join('\t'));
  }
}
