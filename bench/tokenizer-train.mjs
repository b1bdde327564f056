// Training a byte-level BPE beside Hugging Face's trainer, the same files and threads, whole processes in turns:
//   npm run build && node bench/tokenizer-train.mjs [--input big.txt] [--megabytes 100] [--vocab-size 32000]
//     [--threads 2] [--pattern gpt2|gpt4] [--rounds 1] [--python python3] [--json]
// Prints wall time and peak memory (high-water mark of the process), the ratios, and whether all merges are equal.
// Without --input the corpus is made of this repository's examples (Chinese poems, Shakespeare), its sources and the
// packages in node_modules; when these are not enough they come again with their lines in another order.
// Hugging Face's `train` learns from lines, so does `--lines` here.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { pythonPeers } from './peers.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values: flags } = parseArgs({
  options: {
    input: { type: 'string' },
    megabytes: { type: 'string', default: '100' },
    'vocab-size': { type: 'string', default: '32000' },
    threads: { type: 'string', default: '2' },
    pattern: { type: 'string', default: 'gpt2' },
    rounds: { type: 'string', default: '1' },
    python: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** Runs a command and tells what it took; Python, so that both contenders are measured by the same means. */
const launcher = `
import json, os, resource, subprocess, sys, time
start = time.time()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({"seconds": time.time() - start, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss * unit / 1e6}))
`;

const trainer = `
import sys
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
file, out, vocab_size, pattern = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
GPT4 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern == "gpt2")
parts = [] if pattern == "gpt2" else [pre_tokenizers.Split(Regex(GPT4), "isolated")]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*parts, byte_level])
tokenizer.train([file], trainers.BpeTrainer(
    vocab_size=vocab_size, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
tokenizer.save(out)
`;

/** Texts, some thousand characters each or more. */
function* sources() {
  const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz'))).toString();
  yield poems
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map(({ title, text }) => `${title}\n${text}\n`)
    .join('\n');
  yield readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8');
  for (const folder of ['src', 'tests', 'docs', 'node_modules'])
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!/\.(ts|js|mjs|cjs|md|json)$/.test(name) || /\.min\./.test(name)) continue;
      const path = join(root, folder, name);
      const facts = statSync(path, { throwIfNoEntry: false });
      if (facts?.isFile() && facts.size < 1e6) yield readFileSync(path, 'utf8').replaceAll('\ufffd', '?');
    }
}

function makeCorpus(path, bytes) {
  const file = openSync(path, 'w');
  let written = 0;
  let state = 1;
  const random = (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let pass = 0; written < bytes; pass++)
    for (const text of sources()) {
      const lines = text.split('\n');
      if (pass > 0)
        for (let i = lines.length - 1; i > 0; i--) {
          const j = random(i + 1);
          [lines[i], lines[j]] = [lines[j], lines[i]];
        }
      written += writeSync(file, `${lines.join('\n')}\n`);
      if (written >= bytes) break;
    }
  closeSync(file);
}

const python = flags.python ?? pythonPeers('tokenizers');
const folder = mkdtempSync(join(tmpdir(), 'athanor-bench-'));
const note = (line) => flags.json || console.error(line);
const run = (command, threads) => {
  const env = { ...process.env, RAYON_NUM_THREADS: threads, TOKENIZERS_PARALLELISM: 'true' };
  return JSON.parse(execFileSync(python, ['-c', launcher, ...command], { encoding: 'utf8', env }));
};
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const merges = (path) => JSON.parse(readFileSync(path, 'utf8')).model.merges;

try {
  const input = flags.input ?? join(folder, 'corpus.txt');
  if (flags.input === undefined) makeCorpus(input, Number(flags.megabytes) * 1e6);
  note(`${(statSync(input).size / 1e6).toFixed(1)} MB, ${flags['vocab-size']} tokens, ${flags.threads} threads`);
  const ours = join(folder, 'ours');
  const theirs = join(folder, 'theirs.json');
  const main = join(root, 'dist/cli/main.js');
  const own = ['--vocab-size', flags['vocab-size'], '--pattern', flags.pattern, '--threads', flags.threads];
  const contenders = {
    athanor: [
      process.execPath,
      main,
      'tokenizer',
      'train',
      '--input',
      input,
      '--lines',
      '--out',
      ours,
      ...own,
      '--json',
    ],
    tokenizers: [python, '-c', trainer, input, theirs, flags['vocab-size'], flags.pattern],
  };
  const runs = { athanor: [], tokenizers: [] };
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const [name, command] of Object.entries(contenders)) {
      const result = run(command, flags.threads);
      runs[name].push(result);
      const { seconds, cpu_seconds, peak_mb } = result;
      note(`${name}: ${seconds.toFixed(1)} s (${cpu_seconds.toFixed(1)} s of CPU), ${peak_mb.toFixed(0)} MB at most`);
    }
  const of = (name, key) => median(runs[name].map((one) => one[key]));
  const [a, b] = [merges(join(ours, 'tokenizer.json')), merges(theirs)];
  let equal = 0;
  while (equal < a.length && a[equal][0] === b[equal]?.[0] && a[equal][1] === b[equal]?.[1]) equal++;
  const summary = {
    runs,
    times_as_fast: of('tokenizers', 'seconds') / of('athanor', 'seconds'),
    memory_ratio: of('athanor', 'peak_mb') / of('tokenizers', 'peak_mb'),
    merges: { ours: a.length, theirs: b.length, equal },
  };
  if (flags.json) console.log(JSON.stringify(summary));
  else {
    console.log(`${summary.times_as_fast.toFixed(2)} times as fast, ${summary.memory_ratio.toFixed(2)} of the memory`);
    console.log(`merges: ${a.length} and ${b.length}, the first ${equal} equal`);
  }
  if (equal !== a.length || a.length !== b.length) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
