/** What scripts/tokenizer-referee.mjs runs: chosen vocabularies against their referees, as tables. */
import { type Comparison, compare, differenceCount, shrink } from './compare.ts';
import { buildCorpus, type CorpusText, corpusKinds } from './corpus.ts';
import { fuzz } from './fuzz.ts';
import { type Contest, openContest } from './load.ts';
import { vocabularyNames } from './vocabularies.ts';

export { runHostile } from './hostile.ts';
export { vocabularyNames };
export const kinds: readonly string[] = [...corpusKinds, 'fuzz'];

export interface RunOptions {
  readonly vocabularies?: readonly string[];
  readonly kinds?: readonly string[];
  /** Only every n-th real text. */
  readonly every: number;
  /** Fuzzed strings a vocabulary. */
  readonly fuzz: number;
  readonly seed: number;
  /** Differences shown in full. */
  readonly show: number;
  readonly shrink: boolean;
  readonly print: (line: string) => void;
}

/** Real texts, and strings fuzzed for this vocabulary. */
export function textsFor(contest: Contest, corpus: readonly CorpusText[], count: number, seed: number): CorpusText[] {
  const tokens = contest.tokenizer.addedTokens.map(({ content }) => content);
  const lines = corpus.filter((_, i) => i % 50 === 0).map(({ text }) => text);
  // Most vocabularies have hundreds of reserved tokens: the first ones and a few of the last are enough.
  const some = tokens.length > 40 ? [...tokens.slice(0, 30), ...tokens.slice(-10)] : tokens;
  const strings = fuzz({ seed, count, tokens: some, lines });
  return [...corpus, ...strings.map((text) => ({ kind: 'fuzz' as const, text }))];
}

/** @returns how many texts differ */
export async function runReferee(options: RunOptions): Promise<number> {
  const { print } = options;
  const corpus = (await buildCorpus()).filter((_, i) => i % options.every === 0);
  let wrong = 0;
  print(tableHead());
  for (const name of options.vocabularies ?? vocabularyNames) {
    const contest = await openContest(name);
    const texts = textsFor(contest, corpus, options.fuzz, options.seed).filter(
      ({ kind }) => !options.kinds || options.kinds.includes(kind),
    );
    const { tokenizer, referee } = contest;
    const comparison = await compare({ tokenizer, referee, texts, show: options.show });
    for (const line of tableRows(name, comparison)) print(line);
    for (const { text, field, ours, theirs } of comparison.differences) {
      print(`  ${field}: ${JSON.stringify(text).slice(0, 300)}`);
      print(`    ours   ${JSON.stringify(ours).slice(0, 300)}\n    theirs ${JSON.stringify(theirs).slice(0, 300)}`);
      if (options.shrink) print(`    minimal ${JSON.stringify(await shrink(tokenizer, referee, text))}`);
    }
    wrong += differenceCount(comparison);
  }
  return wrong;
}

const columns = [
  'vocabulary',
  'kind',
  'texts',
  'lines',
  'tokens',
  'in full',
  'ids',
  'offsets',
  'tokens',
  'decode',
  'fast',
];
const widths = [11, 8, 8, 8, 10, 8, 6, 8, 7, 7, 5];
const layout = (cells: readonly (string | number)[]) =>
  cells.map((cell, i) => (i < 2 ? String(cell).padEnd(widths[i]!) : String(cell).padStart(widths[i]!))).join(' ');

export function tableHead(): string {
  return layout(columns);
}

export function tableRows(name: string, { rows, seconds }: Comparison): string[] {
  const lines = rows.map(({ kind, texts, lines: count, tokens, full, different: d }) =>
    layout([name, kind, texts, count, tokens, full, d.ids, d.offsets, d.tokens, d.text, d.fast]),
  );
  const total = (pick: (row: Comparison['rows'][number]) => number) => rows.reduce((sum, row) => sum + pick(row), 0);
  const all = layout([
    name,
    'all',
    total((row) => row.texts),
    total((row) => row.lines),
    total((row) => row.tokens),
    total((row) => row.full),
    ...(['ids', 'offsets', 'tokens', 'text', 'fast'] as const).map((field) => total((row) => row.different[field])),
  ]);
  const speed = `encode ${seconds.encode.toFixed(1)} s, the rest ${seconds.encodeFull.toFixed(1)} s`;
  return [...lines, `${all}   (${speed})`];
}
