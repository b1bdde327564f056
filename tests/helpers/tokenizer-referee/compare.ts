/** Compares a tokenizer with its referee over many texts: counts by kind, and the first differences in full. */
import type { Tokenizer } from '../../../src/tokenizer/types.ts';
import type { CorpusText } from './corpus.ts';
import { codePointIndex, type Field, fields, idRecord, record, recordSize, wellFormed } from './records.ts';
import { type FullAnswer, type RefereeJob, refereeFull, refereeHashes } from './referee.ts';

export interface Row {
  readonly kind: string;
  texts: number;
  lines: number;
  tokens: number;
  /** Texts whose offsets and tokens were compared. */
  full: number;
  /** Texts that differ, by what differs; `fast`: `encode` against `encodeFull`. */
  readonly different: Record<Field | 'fast', number>;
}

export interface Difference {
  readonly text: string;
  readonly field: Field | 'fast';
  readonly ours: unknown;
  readonly theirs: unknown;
}

export interface Comparison {
  readonly rows: Row[];
  readonly differences: Difference[];
  /** Seconds that our side took: ids alone, everything, decoding and hashing included. */
  readonly seconds: { readonly encode: number; readonly encodeFull: number };
}

export interface CompareOptions {
  readonly tokenizer: Tokenizer;
  readonly referee: RefereeJob;
  readonly texts: readonly CorpusText[];
  /** How many differences are shown in full. Default 5. */
  readonly show?: number;
  /** Offsets and tokens of every n-th real text only, ids and decoded text of all. Default 1. */
  readonly fullEvery?: number;
}

export async function compare({
  tokenizer,
  referee,
  texts,
  show = 5,
  fullEvery = 1,
}: CompareOptions): Promise<Comparison> {
  const theirs = await askReferee({ referee, texts, fullEvery });
  const whole = referee.kind === 'tokenizers';
  const firstFuzz = fuzzBegins(texts);
  const rows = new Map<string, Row>();
  const wrong: { at: number; field: Field | 'fast' }[] = [];
  const started = performance.now();
  const fast = texts.map(({ text }) => Uint32Array.from(tokenizer.encode(text)));
  const between = performance.now();
  texts.forEach(({ kind, text }, at) => {
    const full = whole && (at >= firstFuzz || at % fullEvery === 0);
    const encoding = full ? tokenizer.encodeFull(text, { truncation: null, padding: null }) : undefined;
    const ids = encoding?.ids ?? [...fast[at]!];
    const ours = encoding ? record(tokenizer, text, encoding) : idRecord(tokenizer, ids);
    const row = rows.get(kind) ?? emptyRow(kind);
    rows.set(kind, row);
    row.texts++;
    row.lines += text.trimEnd().split('\n').length;
    row.tokens += ids.length;
    const differs = (field: Field | 'fast') => {
      row.different[field]++;
      if (!wrong.some((one) => one.at === at) && wrong.length < show) wrong.push({ at, field });
    };
    if (encoding && !sameIds(fast[at]!, ids)) differs('fast');
    const base = at * recordSize + 1;
    fields.forEach((field, i) => {
      const compared = encoding || field === 'ids' || field === 'text';
      if (compared && ours[i + 1] !== theirs[base + i]) differs(field);
    });
    if (encoding) row.full++;
  });
  const ended = performance.now();
  return {
    rows: [...rows.values()],
    differences: await explain(
      tokenizer,
      referee,
      wrong.map(({ at, field }) => ({ text: texts[at]!.text, field })),
    ),
    seconds: { encode: (between - started) / 1000, encodeFull: (ended - between) / 1000 },
  };
}

/** The referee's part of `compare`, which may be asked for ahead of time. Fuzzed texts come last. */
export function askReferee({ referee, texts, fullEvery = 1 }: Omit<CompareOptions, 'tokenizer'>): Promise<Uint32Array> {
  const list = texts.map(({ text }) => text);
  return refereeHashes(referee, list, { fullEvery, fullFrom: fuzzBegins(texts) });
}

function fuzzBegins(texts: readonly CorpusText[]): number {
  const first = texts.findIndex(({ kind }) => kind === 'fuzz');
  return first < 0 ? texts.length : first;
}

function emptyRow(kind: string): Row {
  return {
    kind,
    texts: 0,
    lines: 0,
    tokens: 0,
    full: 0,
    different: { ids: 0, offsets: 0, tokens: 0, text: 0, fast: 0 },
  };
}

function sameIds(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Both answers to the texts, from the first token on that differs. */
async function explain(
  tokenizer: Tokenizer,
  referee: RefereeJob,
  wrong: readonly { text: string; field: Field | 'fast' }[],
): Promise<Difference[]> {
  if (wrong.length === 0) return [];
  const answers = await refereeFull(
    referee,
    wrong.map(({ text }) => text),
  );
  return wrong.map(({ text, field }, i) => {
    const ours = fullAnswer(tokenizer, text);
    const theirs = field === 'fast' ? { ids: tokenizer.encode(text) } : answers[i]!;
    return { text, field, ...firstDifference(ours, theirs, field === 'fast' ? 'ids' : field) };
  });
}

/** Our side of a referee's full answer. */
export function fullAnswer(tokenizer: Tokenizer, text: string): FullAnswer {
  const encoding = tokenizer.encodeFull(text, { truncation: null, padding: null });
  const index = codePointIndex(wellFormed(text));
  const point = (at: number) => (index ? index[at]! : at);
  const offsets = encoding.offsets.map(([start, end]) => [point(start), point(end)] as [number, number]);
  return { ...encoding, offsets, text: tokenizer.decode(encoding.ids) };
}

function firstDifference(ours: object, theirs: object, field: string): { ours: unknown; theirs: unknown } {
  const a = (ours as Record<string, unknown>)[field];
  const b = (theirs as Record<string, unknown>)[field];
  if (!Array.isArray(a) || !Array.isArray(b)) return { ours: a, theirs: b };
  let at = 0;
  while (at < a.length && JSON.stringify(a[at]) === JSON.stringify(b[at])) at++;
  const around = (list: unknown[]) => ({ at, values: list.slice(Math.max(0, at - 2), at + 4) });
  return { ours: around(a), theirs: around(b) };
}

/** Texts with any difference, for an assertion. */
export function differenceCount(comparison: Comparison): number {
  return comparison.rows.reduce((sum, row) => sum + Object.values(row.different).reduce((a, b) => a + b, 0), 0);
}

/** Makes a text that differs as short as it gets while it differs: the minimal example for a bug report. */
export async function shrink(tokenizer: Tokenizer, referee: RefereeJob, text: string): Promise<string> {
  const differ = async (candidates: string[]): Promise<string | undefined> => {
    const answers = await refereeFull(referee, candidates);
    return candidates.find((candidate, i) => {
      const ours = fullAnswer(tokenizer, candidate);
      const theirs = answers[i]!;
      const names: readonly Field[] = referee.kind === 'tokenizers' ? fields : ['ids', 'text'];
      const fast = tokenizer.encode(candidate).join() !== ours.ids.join();
      return fast || names.some((name) => JSON.stringify(ours[name]) !== JSON.stringify(theirs[name]));
    });
  };
  let shortest = text;
  for (let size = Math.max(1, Math.floor(text.length / 2)); size >= 1; ) {
    const candidates: string[] = [];
    for (let at = 0; at < shortest.length; at += size)
      candidates.push(wellFormed(shortest.slice(0, at) + shortest.slice(at + size)));
    const found = await differ(candidates.filter((one) => one.length < shortest.length && one !== ''));
    if (found !== undefined) shortest = found;
    else size = size === 1 ? 0 : Math.floor(size / 2);
  }
  return shortest;
}
