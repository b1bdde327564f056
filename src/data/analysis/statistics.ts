/**
 * What a dataset version looks like in numbers: lengths, languages, scripts, scores, repeats, frequent words and n-grams.
 * Documents are looked at one by one; memory is bounded. Large versions are sampled by the hash of the document's id, so
 * the same documents every time.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError, type Reporter } from '../../core/index.ts';
import { readJson, writeJson } from '../../core/node.ts';
import { countCharacters, type Document, splitNames } from '../document.ts';
import { hashFraction } from '../hash-order.ts';
import type { OpenDataset } from '../open.ts';
import { hash53 } from '../text/hash.ts';
import { eachLine } from '../text/lines.ts';
import { splitWords } from '../text/words.ts';
import type { Workspace } from '../workspace.ts';
import { HistogramBuilder, histogramSchema, lengthEdges, ratioEdges, scoreEdges } from './histogram.ts';
import { scriptShares } from './script-shares.ts';
import { TopCounts } from './top-counts.ts';

const counted = z.array(z.tuple([z.string(), z.int()]));

export const statisticsSchema = z.strictObject({
  schema: z.literal(1),
  dataset: z.string(),
  version: z.string(),
  /** Documents in the version, and how many of them were looked at. */
  documents: z.int(),
  sampled: z.int(),
  /** Of what was looked at. */
  characters: z.int(),
  words: z.int(),
  lines: z.int(),
  lengths: z.strictObject({ characters: histogramSchema, words: histogramSchema, lines: histogramSchema }),
  /** `meta.language`; documents without one under `unknown`. */
  languages: counted,
  /** Share of the letters, by script. */
  scripts: z.record(z.string(), z.number()),
  /** `meta.source`, else the host of `meta.url`, else `unknown`; the 50 most frequent. */
  sources: counted,
  splits: counted,
  /** `meta.quality`, `toxicity`, `perplexity`, `language_score`, where documents have them. */
  scores: z.record(z.string(), histogramSchema),
  repeats: z.strictObject({
    /** Documents, and lines of at least 20 characters, whose text came before. */
    documents: z.int(),
    lines: z.int(),
    longLines: z.int(),
    /** Beyond this many different lines no new ones were remembered. */
    linesComplete: z.boolean(),
  }),
  /** The most frequent words (lower case; a Han character is a word), and runs of two and three. */
  ngrams: z.strictObject({ '1': counted, '2': counted, '3': counted }),
  /** Different words seen; too low by those forgotten when there are more than 400,000. */
  vocabulary: z.int(),
});
export type Statistics = z.output<typeof statisticsSchema>;

const scoreNames = ['quality', 'toxicity', 'perplexity', 'language_score'] as const;
const topWords = 20_000;
const topNgrams = 200;
const ngramLimit = 400_000;
const lineLimit = 2_000_000;
const longLine = 20;

export class StatisticsBuilder {
  readonly #lengths = {
    characters: new HistogramBuilder(lengthEdges),
    words: new HistogramBuilder(lengthEdges),
    lines: new HistogramBuilder(lengthEdges),
  };
  readonly #languages = new TopCounts(10_000);
  readonly #sources = new TopCounts(100_000);
  readonly #splits = new TopCounts(10);
  readonly #scripts = new Map<string, number>();
  readonly #scores = new Map<string, HistogramBuilder>();
  readonly #ngrams = [new TopCounts(ngramLimit), new TopCounts(ngramLimit), new TopCounts(ngramLimit)] as const;
  readonly #texts = new Set<number>();
  readonly #longLines = new Set<number>();
  readonly #repeats = { documents: 0, lines: 0, longLines: 0, linesComplete: true };
  #documents = 0;
  #characters = 0;
  #words = 0;
  #lines = 0;

  add(document: Document): void {
    const { text, meta, split } = document;
    this.#documents++;
    this.#splits.add(split ?? 'train');
    this.#languages.add(typeof meta.language === 'string' ? meta.language : 'unknown');
    this.#sources.add(sourceOf(document));
    const characters = countCharacters(text);
    this.#characters += characters;
    this.#lengths.characters.add(characters);
    this.#lookAtLines(text);
    this.#lookAtWords(text);
    for (const [script, n] of scriptShares(text)) this.#scripts.set(script, (this.#scripts.get(script) ?? 0) + n);
    for (const name of scoreNames) this.#score(name, meta[name]);
    const hash = hash53(text);
    if (this.#texts.has(hash)) this.#repeats.documents++;
    else this.#texts.add(hash);
  }

  finish(about: Pick<Statistics, 'dataset' | 'version' | 'documents'>): Statistics {
    const letters = [...this.#scripts.values()].reduce((a, b) => a + b, 0);
    const scripts = [...this.#scripts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    const top = (i: 0 | 1 | 2) => this.#ngrams[i].top(i === 0 ? topWords : topNgrams);
    return {
      schema: 1,
      ...about,
      sampled: this.#documents,
      characters: this.#characters,
      words: this.#words,
      lines: this.#lines,
      lengths: {
        characters: this.#lengths.characters.finish(),
        words: this.#lengths.words.finish(),
        lines: this.#lengths.lines.finish(),
      },
      languages: this.#languages.top(1000),
      scripts: Object.fromEntries(scripts.map(([script, n]) => [script, n / letters])),
      sources: this.#sources.top(50),
      splits: this.#splits.top(3),
      scores: Object.fromEntries([...this.#scores].map(([name, histogram]) => [name, histogram.finish()])),
      repeats: this.#repeats,
      ngrams: { '1': top(0), '2': top(1), '3': top(2) },
      vocabulary: this.#ngrams[0].distinct,
    };
  }

  #score(name: (typeof scoreNames)[number], value: unknown): void {
    if (typeof value !== 'number' || !Number.isFinite(value)) return;
    const histogram = this.#scores.get(name) ?? new HistogramBuilder(name === 'perplexity' ? ratioEdges : scoreEdges);
    histogram.add(value);
    this.#scores.set(name, histogram);
  }

  #lookAtLines(text: string): void {
    let lines = 0;
    eachLine(text, (start, end) => {
      lines++;
      if (end - start < longLine) return;
      this.#repeats.longLines++;
      const hash = hash53(text.slice(start, end));
      if (this.#longLines.has(hash)) this.#repeats.lines++;
      else if (this.#longLines.size < lineLimit) this.#longLines.add(hash);
      else this.#repeats.linesComplete = false;
    });
    this.#lines += lines;
    this.#lengths.lines.add(lines);
  }

  #lookAtWords(text: string): void {
    const words = splitWords(text.toLowerCase());
    this.#words += words.length;
    this.#lengths.words.add(words.length);
    const [one, two, three] = this.#ngrams;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      one.add(word);
      if (i > 0) two.add(`${words[i - 1]} ${word}`);
      if (i > 1) three.add(`${words[i - 2]} ${words[i - 1]} ${word}`);
    }
  }
}

function sourceOf({ meta }: Document): string {
  if (typeof meta.source === 'string') return meta.source;
  if (typeof meta.url !== 'string') return 'unknown';
  try {
    return new URL(meta.url).hostname;
  } catch {
    return 'unknown';
  }
}

export interface StatisticsOptions {
  /** About how many documents to look at, at most. */
  readonly sample: number;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** The statistics of a version; remembered in the workspace's `cache/statistics/`. */
export async function datasetStatistics(
  dataset: OpenDataset,
  workspace: Workspace,
  { sample, report, signal }: StatisticsOptions,
): Promise<Statistics> {
  const { name, version, manifest } = dataset;
  const documents = splitNames.reduce((sum, split) => sum + (manifest.splits[split]?.documents ?? 0), 0);
  const share = documents <= sample ? 1 : sample / documents;
  const file = `${name}-${version}-${share === 1 ? 'all' : sample}.json`;
  const path = join(workspace.root, 'cache', 'statistics', file);
  if (existsSync(path)) {
    const known = statisticsSchema.safeParse(readJson(path));
    if (known.success) return known.data;
  }
  const builder = new StatisticsBuilder();
  let seen = 0;
  for (const split of splitNames)
    for await (const document of dataset.documents(split)) {
      if (++seen % 500 === 0) {
        report({ type: 'progress', stage: name, done: seen, total: documents, unit: 'documents' });
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted)
          throw new AthanorError('cancelled', 'the statistics were stopped', { cause: signal.reason });
      }
      if (share === 1 || hashFraction(0, document.id) < share) builder.add(document);
    }
  const statistics = builder.finish({ dataset: name, version, documents });
  writeJson(path, statistics);
  return statistics;
}
