// The default cleaning recipe beside datatrove's equivalent steps, same documents, 2 cores each, one run:
//   npm run build && node bench/cleaning.mjs [--megabytes 40] [--input documents.jsonl]
// Ours: unicode, mojibake, HTML residue, white space, boilerplate lines, Gopher repetition and quality, C4, FineWeb through
// `athanor data build` (reading, steps, sorting out, writing). Theirs: ftfy with NFC, Gopher repetition and quality, C4,
// FineWeb through LocalPipelineExecutor with two workers: they have no step for HTML residue, white space or boilerplate.
// Needs PyPI on the first run. Documents: tests/golden/data/filters, English and Chinese, repeated to the size asked for.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { pythonPeers } from './peers.mjs';

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '40' }, input: { type: 'string' } } });
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const packed = values.input
  ? readFileSync(values.input)
  : readFileSync(here('../tests/golden/data/filters/documents.jsonl.gz'));
const rows = (packed[0] === 0x1f ? gunzipSync(packed) : packed)
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
const isChinese = (text) => (text.match(/\p{Script=Han}/gu)?.length ?? 0) > 0.2 * text.length;

const folder = mkdtempSync(join(tmpdir(), 'bench-cleaning-'));
try {
  // Two files a language, so that both sides have work for two.
  const files = { en: ['', ''], zh: ['', ''] };
  const wanted = Number(values.megabytes) * 1e6;
  let bytes = 0;
  let documents = 0;
  for (let round = 0; bytes < wanted; round++) {
    for (const { id, text } of rows) {
      const language = isChinese(text) ? 'zh' : 'en';
      files[language][documents++ % 2] += `${JSON.stringify({ id: `${id}-${round}`, text })}\n`;
      bytes += Buffer.byteLength(text);
    }
  }
  for (const [language, parts] of Object.entries(files)) {
    mkdirSync(join(folder, language));
    parts.forEach((part, i) => {
      writeFileSync(join(folder, language, `${i}.jsonl`), part);
    });
  }
  const megabytes = bytes / 1e6;
  const steps = [
    'unicode',
    'fix-mojibake',
    'html-residue',
    'whitespace',
    'boilerplate-lines',
    'gopher-repetition',
    'gopher-quality',
    'c4-quality',
    'fineweb-quality',
  ];
  const recipe = join(folder, 'recipe.yaml');
  writeFileSync(
    recipe,
    `name: bench-cleaning\nseed: 1\nstages:\n  - data:\n      name: bench\n      sources:\n        - { type: jsonl, path: ["en/*.jsonl", "zh/*.jsonl"] }\n      steps:\n${steps.map((use) => `        - { use: ${use} }\n`).join('')}`,
  );
  console.log(`${documents} documents, ${megabytes.toFixed(1)} MB of text, ${availableParallelism()} cores`);
  const began = performance.now();
  const ours = spawnSync(
    process.execPath,
    [here('../dist/cli/main.js'), 'data', 'build', recipe, '--workspace', join(folder, 'workspace'), '--json'],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const ourSeconds = (performance.now() - began) / 1000;
  if (ours.status !== 0) throw new Error(`athanor data build failed:\n${ours.stderr}\n${ours.stdout.slice(-2000)}`);
  const speed = (seconds) => `${seconds.toFixed(1)} s  ${(megabytes / seconds).toFixed(2)} MB/s`;
  console.log(`athanor, whole process          ${speed(ourSeconds)}`);
  const python = pythonPeers('data-filters');
  for (const words of ['default', 'split']) {
    const theirs = spawnSync(python, [here('cleaning_peer.py'), folder, words], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const line = theirs.stdout.split('\n').find((one) => one.startsWith('RESULT '));
    if (!line) throw new Error(`datatrove failed:\n${theirs.stderr.slice(-4000)}`);
    const { seconds } = JSON.parse(line.slice(7));
    const name = words === 'default' ? 'spaCy and jieba words' : 'words by str.split';
    console.log(
      `datatrove, ${name.padEnd(21)}${speed(seconds)}  athanor is ${(seconds / ourSeconds).toFixed(2)} times as fast`,
    );
    rmSync(join(folder, 'out'), { recursive: true, force: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
