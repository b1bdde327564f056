/**
 * `bench tokenizer`: our encoder and those of other packages on the same texts, one process each, in turns, one thread.
 * Two numbers: text that the process has not met (after warming up on other text of the kind), and text it has met, as
 * encoders that remember pieces like it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Tokenizer, trainBpe } from '../../tokenizer/index.ts';
import { loadTokenizer, saveTokenizer } from '../../tokenizer/node.ts';
import { BenchProcess, median } from './process.ts';
import type { WorkerTask } from './tokenizer-worker.ts';

export interface TokenizerBenchOptions {
  /** Paths or names; none: a vocabulary is trained on the texts. */
  readonly tokenizers: readonly string[];
  readonly texts: Readonly<Record<string, readonly string[]>>;
  /** Folder whose node_modules has the npm peers. */
  readonly peers: string;
  /** Python with `tokenizers` and `tiktoken`. */
  readonly python: string | undefined;
  readonly rounds: number;
  /** More than one: our pool of that many encoders is measured too. */
  readonly threads: number;
  readonly note: (line: string) => void;
}

export interface TokenizerBenchRow {
  readonly encoder: string;
  readonly vocabulary: string;
  readonly text: string;
  /** On text met before: the median of the rounds. */
  readonly mb_per_s: number;
  /** On text not met before. */
  readonly fresh_mb_per_s: number;
  readonly tokens: number;
}

/** An encoder below this many MB/s is measured once, and not in rounds. */
const slowest = 0.3;

interface Contender {
  readonly name: string;
  readonly process: BenchProcess;
}

export async function benchTokenizer(options: TokenizerBenchOptions): Promise<TokenizerBenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'athanor-bench-'));
  try {
    const texts = join(folder, 'texts.json');
    writeFileSync(texts, JSON.stringify(options.texts));
    const rows: TokenizerBenchRow[] = [];
    for (const [vocabulary, tokenizer] of tokenizersOf(options)) {
      const directory = join(folder, `tokenizer-${rows.length}`);
      saveTokenizer(directory, tokenizer);
      rows.push(...(await benchVocabulary(options, vocabulary, tokenizer, directory, texts)));
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tokenizersOf({ tokenizers, texts, note }: TokenizerBenchOptions): [string, Tokenizer][] {
  if (tokenizers.length > 0) return tokenizers.map((name) => [name, loadTokenizer(name).tokenizer]);
  note('no --tokenizer: training one of 8,000 tokens on the texts');
  return [['trained-8k', trainBpe({ texts: Object.values(texts).flat(), vocabSize: 8000, pattern: 'gpt4' })]];
}

async function benchVocabulary(
  options: TokenizerBenchOptions,
  vocabulary: string,
  tokenizer: Tokenizer,
  directory: string,
  texts: string,
): Promise<TokenizerBenchRow[]> {
  const contenders: Contender[] = [];
  const rows: TokenizerBenchRow[] = [];
  const file = join(directory, 'tokenizer.json');
  try {
    const script = fileURLToPath(new URL('./tokenizer-worker.js', import.meta.url));
    const startWorker = (name: string, encoder: string, threads: number) => {
      const task: WorkerTask = { encoder, tokenizer: file, vocabulary, texts, peers: options.peers, threads };
      return start(contenders, name, process.execPath, [script, JSON.stringify(task)], options.note);
    };
    await startWorker('athanor', 'athanor', 1);
    if (options.threads > 1) await startWorker(`athanor, ${options.threads} threads`, 'athanor', options.threads);
    for (const encoder of installedPeers(options.peers)) await startWorker(encoder, encoder, 1);
    for (const encoder of options.python ? ['tokenizers', 'tiktoken'] : []) {
      const pattern = tiktokenPattern(tokenizer);
      if (encoder === 'tiktoken' && pattern === undefined) continue;
      const script = fileURLToPath(new URL('./tokenizer_peers.py', import.meta.url));
      const task = { encoder, tokenizer: file, texts, pattern };
      await start(contenders, `${encoder} (Python)`, options.python!, [script, JSON.stringify(task)], options.note);
    }
    for (const [text, documents] of Object.entries(options.texts))
      rows.push(...(await benchText(options, vocabulary, contenders, text, documents)));
  } finally {
    for (const { process: bench } of contenders) bench.stop();
  }
  return rows;
}

/** Starts a contender; one that cannot run this vocabulary is left out, with a note. */
async function start(
  contenders: Contender[],
  name: string,
  command: string,
  args: readonly string[],
  note: (line: string) => void,
): Promise<void> {
  const bench = new BenchProcess(name, command, args);
  try {
    await bench.answer();
    contenders.push({ name, process: bench });
  } catch (error) {
    bench.stop();
    note(`${name} is left out: ${(error as Error).message}`);
    if (name === 'athanor') throw error;
  }
}

async function benchText(
  { rounds, note }: TokenizerBenchOptions,
  vocabulary: string,
  contenders: readonly Contender[],
  text: string,
  documents: readonly string[],
): Promise<TokenizerBenchRow[]> {
  const bytes = (from: number, to: number) =>
    documents.slice(from, to).reduce((sum, document) => sum + Buffer.byteLength(document), 0);
  const half = documents.length >> 1;
  const pass = async ({ process: bench }: Contender, from: number, to: number) => {
    const { seconds, tokens } = await bench.ask(JSON.stringify({ text, from, to }));
    return { speed: bytes(from, to) / Number(seconds) / 1e6, tokens: Number(tokens) };
  };
  const fresh = new Map<string, number>();
  const met = new Map<string, number[]>();
  const tokens = new Map<string, number>();
  const slow = new Set<string>();
  for (const one of contenders) {
    // A tenth tells who would hold up everybody.
    const first = await pass(one, 0, Math.max(1, Math.floor(documents.length / 10)));
    if (first.speed < slowest) slow.add(one.name);
    for (let warm = 0; warm < 2 && !slow.has(one.name); warm++) await pass(one, 0, half);
    fresh.set(one.name, (await pass(one, half, documents.length)).speed);
  }
  for (let round = 0; round < rounds; round++)
    for (const one of contenders) {
      if (slow.has(one.name) && round > 0) continue;
      const result = await pass(one, 0, documents.length);
      met.set(one.name, [...(met.get(one.name) ?? []), result.speed]);
      tokens.set(one.name, result.tokens);
    }
  return contenders.map(({ name }) => {
    const row = {
      encoder: name,
      vocabulary,
      text,
      mb_per_s: round2(median(met.get(name)!)),
      fresh_mb_per_s: round2(fresh.get(name)!),
      tokens: tokens.get(name)!,
    };
    note(`${vocabulary} ${text} ${name}: ${row.mb_per_s} MB/s, fresh ${row.fresh_mb_per_s} MB/s, ${row.tokens} tokens`);
    return row;
  });
}

const round2 = (value: number) => Math.round(value * 100) / 100;

function installedPeers(folder: string): string[] {
  const require = createRequire(join(folder, 'package.json'));
  return ['gpt-tokenizer', 'ai-tokenizer', 'js-tiktoken', 'tiktoken', '@huggingface/tokenizers'].filter((name) => {
    try {
      require.resolve(name);
      return true;
    } catch {
      return false;
    }
  });
}

/** The pattern, where the vocabulary can be run by tiktoken: byte-level BPE whose ids are ranks. */
function tiktokenPattern(tokenizer: Tokenizer): string | undefined {
  const { pre_tokenizer, model } = tokenizer.toJSON();
  const parts = (pre_tokenizer?.pretokenizers ?? []) as readonly { type: string; pattern?: { Regex?: string } }[];
  const [split, bytes] = parts;
  if (parts.length !== 2 || bytes?.type !== 'ByteLevel') return undefined;
  const vocab = (model?.vocab ?? {}) as Record<string, number>;
  const merges = (model?.merges ?? []) as readonly (readonly [string, string])[];
  let last = -1;
  for (const [left, right] of merges) {
    const id = vocab[left + right]!;
    if (id < last) return undefined;
    last = id;
  }
  return split?.pattern?.Regex;
}

/** The first Python that has the peers, or undefined. */
export function findPython(given: string | undefined): string | undefined {
  for (const path of [given, process.env.ATHANOR_PYTHON, 'python3'])
    if (path !== undefined)
      try {
        execFileSync(path, ['-c', 'import tokenizers, tiktoken'], { stdio: 'ignore' });
        return path;
      } catch {
        // not there, or without the packages: the next one
      }
  return undefined;
}
