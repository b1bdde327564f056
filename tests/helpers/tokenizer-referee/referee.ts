/** Asks the Python referees (tests/interop/tokenizer_referee.py), through files; hashes are kept in the cache folder. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCached } from '../cache.ts';
import { ensureVenv, runPython } from '../python.ts';
import { wellFormed } from './records.ts';

const script = fileURLToPath(new URL('../../interop/tokenizer_referee.py', import.meta.url));
const requirements = fileURLToPath(new URL('../../interop/requirements-tokenizers.txt', import.meta.url));

/** A vocabulary in the hands of a referee. */
export interface RefereeJob {
  readonly kind: 'tokenizers' | 'tiktoken' | 'sentencepiece';
  readonly file: string;
  /** tiktoken's name of the encoding. */
  readonly encoding?: string;
}

/** Which texts get offsets and tokens: every n-th before an index, and all from there on. */
export interface FullTexts {
  readonly fullEvery: number;
  readonly fullFrom: number;
}

/** Everything that a referee says of one text. */
export interface FullAnswer {
  readonly ids: number[];
  readonly text: string;
  readonly tokens?: string[];
  readonly offsets?: [number, number][];
  readonly [field: string]: unknown;
}

/**
 * A record for each text (see records.ts), one after the other. The first call takes the referee's time, later ones with
 * the same texts, vocabulary and versions none.
 */
export async function refereeHashes(
  job: RefereeJob,
  texts: readonly string[],
  full: FullTexts = { fullEvery: 1, fullFrom: 0 },
): Promise<Uint32Array> {
  const list = JSON.stringify(texts.map(wellFormed));
  const key = createHash('sha256');
  for (const part of [JSON.stringify({ ...job, ...full, file: '' }), readFileSync(job.file), list]) key.update(part);
  for (const file of [script, requirements]) key.update(readFileSync(file));
  const dir = await ensureCached('tokenizer-referee', key.digest('hex'), async (target) => {
    await ask({ ...job, ...full }, 'hash', list, join(target, 'hashes.bin'));
  });
  const bytes = readFileSync(join(dir, 'hashes.bin'));
  return new Uint32Array(new Uint8Array(bytes).buffer);
}

export async function refereeFull(job: RefereeJob, texts: readonly string[]): Promise<FullAnswer[]> {
  return (await answers(job, 'full', texts.map(wellFormed))) as FullAnswer[];
}

/** Texts with settings of their own; what a case may hold stands in tokenizer_referee.py. */
export function refereeCases(job: RefereeJob, cases: readonly object[]): Promise<unknown[]> {
  return answers(job, 'cases', cases);
}

async function answers(job: RefereeJob, mode: string, items: readonly unknown[]): Promise<unknown[]> {
  const dir = mkdtempSync(join(tmpdir(), 'athanor-referee-'));
  try {
    const out = join(dir, 'out.json');
    await ask(job, mode, JSON.stringify(items), out);
    return JSON.parse(readFileSync(out, 'utf8'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function ask(job: RefereeJob, mode: string, texts: string, out: string): Promise<void> {
  const python = await ensureVenv('tokenizers');
  const dir = mkdtempSync(join(tmpdir(), 'athanor-referee-'));
  try {
    const paths = { texts: join(dir, 'texts.json'), job: join(dir, 'job.json') };
    writeFileSync(paths.texts, texts);
    writeFileSync(paths.job, JSON.stringify({ ...job, mode, texts: paths.texts, out }));
    // Its batches go over all cores.
    await runPython(python, script, { args: [paths.job], env: { TOKENIZERS_PARALLELISM: 'true' } });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
