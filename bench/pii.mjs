// Recall and precision of the `pii` step's detectors on the labelled set, beside presidio-analyzer, detect-secrets and
// datatrove on the same texts; on sentences that other people wrote (presidio-evaluator's templates, filled by Faker);
// and what is found in clean text:
//   npm run build && node bench/pii.mjs [--errors] [--no-peers] [--clean FILE.txt|.jsonl[.gz] …]
// Needs PyPI on the first run. MB/s are of CPU time, one thread.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { readSet, score, total } from '../tests/golden/data/pii/score.mjs';
import { pythonPeers } from './peers.mjs';

const { values: options } = parseArgs({
  options: {
    errors: { type: 'boolean' },
    'no-peers': { type: 'boolean' },
    clean: { type: 'string', multiple: true, default: [] },
    dist: { type: 'string', default: fileURLToPath(new URL('../dist/', import.meta.url)) },
  },
});
const module = (name) => import(pathToFileURL(join(options.dist, 'data/privacy', name)).href);
const { findPii } = await module('find.js');
const { piiTypes } = await module('detector.js');
const OFF = ['handle', 'person-name'];
const defaults = piiTypes.filter((type) => !OFF.includes(type));

const bytesOf = (texts) => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const percent = (x) => (Number.isNaN(x) ? '—' : (100 * x).toFixed(1)).padStart(6);
const rate = (texts, seconds) => `${(bytesOf(texts) / 1e6 / seconds).toFixed(2)} MB/s`;

/** Result and seconds of CPU: the best of several runs after the first one, for a second or two. */
function timed(run) {
  let [result, best] = [run(), Number.POSITIVE_INFINITY];
  const began = process.cpuUsage();
  for (let i = 0; i < 3 || (i < 50 && process.cpuUsage(began).user < 1e6); i++) {
    const start = process.cpuUsage();
    result = run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1e6);
  }
  return { result, seconds: best };
}

function ours(texts, types = piiTypes) {
  const { result, seconds } = timed(() => texts.map((text) => findPii(text, { types })));
  return { findings: result.map((spans) => spans.map(({ start, end, type }) => [start, end, type])), seconds };
}

function python(args, input) {
  const { status, stdout } = spawnSync(
    pythonPeers('pii'),
    [fileURLToPath(new URL('pii_peer.py', import.meta.url)), ...args],
    {
      input,
      maxBuffer: 2 ** 30,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONUTF8: '1' },
    },
  );
  if (status !== 0) throw new Error('bench/pii_peer.py failed');
  return JSON.parse(stdout.toString());
}

function table(rows) {
  console.log('  type              labels  recall  precision    F1   leaked characters');
  for (const { type, found, missed, recall, precision, f1, leaked, characters } of rows) {
    console.log(
      `  ${type.padEnd(16)}  ${String(found + missed).padStart(6)}  ${percent(recall)}  ${percent(precision)}    ${percent(f1)}  ${percent(leaked / characters)} %`,
    );
  }
}

const presidioTypes = ['email', 'phone', 'bank-card', 'ip', 'mac', 'iban', 'us-ssn', 'passport'];
const lookedFor = (peer) =>
  peer.startsWith('presidio') ? presidioTypes : peer === 'datatrove' ? ['email', 'ip'] : ['secret', 'url-credentials'];

/** Runs everyone over the lines once; what it gives prints the scores of some of the lines. */
function contest(lines, types) {
  const texts = lines.map(({ text }) => text);
  const mine = ours(texts);
  const peers = options['no-peers'] ? {} : python([], JSON.stringify({ texts }));
  console.log(`\n${lines.length} texts, ${(bytesOf(texts) / 1e3).toFixed(0)} kB; Athanor ${rate(texts, mine.seconds)}`);
  for (const [name, { version, seconds }] of Object.entries(peers))
    console.log(`  ${name} (${version}) ${rate(texts, seconds)}`);
  return (title, chosen = () => true) => {
    const at = lines.flatMap((line, i) => (chosen(line) ? [i] : []));
    const scored = (findings, some) =>
      score(
        at.map((i) => lines[i]),
        at.map((i) => findings[i]),
        some,
      );
    const { rows, errors } = scored(mine.findings, types);
    console.log(`\n${title}: ${at.length} texts`);
    const on = rows.filter(({ type }) => defaults.includes(type));
    table([...rows, total(on, 'on by default')].filter(({ found, missed, wrong }) => found + missed + wrong > 0));
    if (options.errors)
      for (const { id, miss, wrong, value, text } of errors)
        console.log(
          `    ${id} ${miss ? `missed ${miss}` : `wrong ${wrong}`} ${JSON.stringify(value)} in ${JSON.stringify(text.slice(0, 160))}`,
        );
    for (const [name, peer] of Object.entries(peers)) {
      const some = types.filter((type) => lookedFor(name).includes(type));
      const [theirs, own] = [peer.findings, mine.findings].map((findings) => total(scored(findings, some).rows));
      if (theirs.found + theirs.missed === 0) continue;
      const shown = ({ recall, precision, f1 }) =>
        `recall ${percent(recall)} precision ${percent(precision)} F1 ${percent(f1)}`;
      console.log(`  ${name.padEnd(15)} ${shown(theirs)} | Athanor ${shown(own)}  on ${some.join(', ')}`);
    }
  };
}

const show = contest(readSet(), piiTypes);
for (const split of ['dev', 'test']) show(`labelled set, ${split} half`, (line) => line.split === split);
for (const lang of ['en', 'zh']) show(`test half, ${lang}`, (line) => line.split === 'test' && line.lang === lang);
if (!options['no-peers']) {
  const folder = join(pythonPeers('pii'), '..', '..', 'wheels');
  contest(python(['templates', folder]), ['email', 'phone', 'bank-card', 'iban', 'ip', 'us-ssn', 'address'])(
    "presidio-evaluator's templates",
  );
}

/** The texts of a file: one of a .txt, one a line of a .jsonl. */
function textsIn(path) {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  if (!/\.jsonl(\.gz)?$/.test(path)) return [text];
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text);
}
for (const path of options.clean) {
  const texts = textsIn(path);
  const { findings, seconds } = ours(texts, defaults);
  const counts = new Map();
  findings.forEach((spans, i) => {
    for (const [start, end, type] of spans) {
      counts.set(type, (counts.get(type) ?? 0) + 1);
      if (options.errors)
        console.log(
          `    ${type} ${JSON.stringify(texts[i].slice(Math.max(0, start - 30), start))} [${texts[i].slice(start, end)}] ${JSON.stringify(texts[i].slice(end, end + 20))}`,
        );
    }
  });
  console.log(
    `clean ${path.split('/').at(-1)}: ${(bytesOf(texts) / 1e6).toFixed(1)} MB, ${rate(texts, seconds)}; found ${[...counts].map(([type, n]) => `${type} ${n}`).join(', ') || 'nothing'}`,
  );
}
