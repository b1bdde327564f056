/**
 * Runs documents through steps and keeps the books: in, out, dropped by reason, counters, samples. Steps that look at
 * one document at a time are fused into one generator. Knows nothing about files.
 */
import type { Reporter } from '../core/index.ts';
import type { Document } from './document.ts';
import type { DroppedRecord, Manifest, RuleReport } from './manifest.ts';
import { type EachDocument, isMany, type Step, type StepContext } from './step.ts';

export interface PipelineStep {
  readonly step: Step;
  /** As the step's schema made it. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface PipelineOptions {
  readonly seed: number;
  readonly baseDir: string;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** Samples kept a step and reason. */
  readonly samples: number;
  /** Gets every dropped document. */
  onDropped(record: DroppedRecord): void;
}

const SAMPLE_CHARACTERS = 200;

/** What a step, or a source, did so far. */
export class Ledger {
  readonly name: string;
  in = 0;
  out = 0;
  readonly dropped: Record<string, number> = {};
  readonly counters: Record<string, number> = {};
  readonly samples: RuleReport['samples'] = [];
  private readonly options: Pick<PipelineOptions, 'samples' | 'onDropped'>;

  constructor(name: string, options: Pick<PipelineOptions, 'samples' | 'onDropped'>) {
    this.name = name;
    this.options = options;
  }

  drop(record: Omit<DroppedRecord, 'step'>): void {
    const { id, reason, detail, text } = record;
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    if (this.dropped[reason]! <= this.options.samples) {
      const shown = text.length > SAMPLE_CHARACTERS ? `${text.slice(0, SAMPLE_CHARACTERS)}…` : text;
      this.samples.push({ id, reason, ...(detail === undefined ? {} : { detail }), text: shown });
    }
    const { text: whole, ...rest } = record;
    this.options.onDropped({ step: this.name, ...rest, text: whole });
  }

  count(name: string, n = 1): void {
    this.counters[name] = (this.counters[name] ?? 0) + n;
  }
}

export interface Pipeline {
  readonly documents: AsyncIterable<Document>;
  readonly ledgers: readonly Ledger[];
}

/** Chains `steps` behind `documents`. Lazy: nothing runs until the result is read. */
export function runSteps(
  documents: AsyncIterable<Document>,
  steps: readonly PipelineStep[],
  options: PipelineOptions,
): Pipeline {
  const ledgers = steps.map(({ step }) => new Ledger(step.name, options));
  let current = documents;
  for (let first = 0; first < steps.length; ) {
    let end = first + 1;
    if (steps[first]!.step.each) {
      while (end < steps.length && steps[end]!.step.each) end++;
      current = fused(current, steps.slice(first, end), ledgers.slice(first, end), options);
    } else {
      current = single(current, steps[first]!, ledgers[first]!, options);
    }
    first = end;
  }
  return { documents: current, ledgers };
}

function contextFor(ledger: Ledger, { report, signal, seed, baseDir }: PipelineOptions): StepContext {
  return {
    drop({ id, text, meta }, reason, detail) {
      ledger.drop({ id, reason, ...(detail === undefined ? {} : { detail }), text, meta });
    },
    count: (name, n) => ledger.count(name, n),
    report,
    signal,
    seed,
    baseDir,
  };
}

async function* single(
  documents: AsyncIterable<Document>,
  { step, config }: PipelineStep,
  ledger: Ledger,
  options: PipelineOptions,
): AsyncGenerator<Document> {
  for await (const document of step.run(counted(documents, ledger), config, contextFor(ledger, options))) {
    ledger.out++;
    yield document;
  }
}

async function* counted(documents: AsyncIterable<Document>, ledger: Ledger): AsyncGenerator<Document> {
  for await (const document of documents) {
    ledger.in++;
    yield document;
  }
}

async function* fused(
  documents: AsyncIterable<Document>,
  steps: readonly PipelineStep[],
  ledgers: readonly Ledger[],
  options: PipelineOptions,
): AsyncGenerator<Document> {
  const handlers: EachDocument[] = [];
  for (const [i, { step, config }] of steps.entries())
    handlers.push(await step.each!(config, contextFor(ledgers[i]!, options)));
  /** What becomes of a document from handler `first` on, appended to `results`. */
  const apply = (document: Document, first: number, results: Document[]): void => {
    let current = document;
    for (let i = first; i < handlers.length; i++) {
      ledgers[i]!.in++;
      const result = handlers[i]!(current);
      if (result === undefined) return;
      if (isMany(result)) {
        ledgers[i]!.out += result.length;
        for (const one of result) apply(one, i + 1, results);
        return;
      }
      ledgers[i]!.out++;
      current = result;
    }
    results.push(current);
  };
  const results: Document[] = [];
  for await (const document of documents) {
    apply(document, 0, results);
    for (const result of results) yield result;
    results.length = 0;
  }
}

/** The funnel as lines of text: who let how many through, and why the others did not pass. */
export function describeFunnel({ sources, rules }: Pick<Manifest, 'sources' | 'rules'>): string {
  const reasons = (dropped: Readonly<Record<string, number>>): string => {
    const parts = Object.entries(dropped).map(([reason, n]) => `${reason} ${n}`);
    return parts.length > 0 ? `  (${parts.join(', ')})` : '';
  };
  const lines = sources.map((source) => `${source.type}: ${source.out} documents${reasons(source.dropped)}`);
  for (const rule of rules) lines.push(`${rule.use}: ${rule.in} → ${rule.out}${reasons(rule.dropped)}`);
  return lines.join('\n');
}
