/**
 * The steps of one phase, ready to take documents one by one: a survey's verdicts first, then steps that look at one
 * document, then a survey's scan. Keeps the books of each step. Knows nothing about files and threads.
 */
import { AthanorError, type Reporter } from '../../core/index.ts';
import type { Document } from '../document.ts';
import type { DroppedRecord } from '../manifest.ts';
import { type Apply, type Handled, isMany, type Scan, type Step, type StepContext } from '../step.ts';
import { emptyLedger, type LedgerRecord, noteDrop } from './ledger.ts';
import type { Phase, PlannedStep } from './plan.ts';

export interface SegmentOptions {
  readonly seed: number;
  readonly baseDir: string;
  readonly report: Reporter;
  /** Samples of dropped documents kept a step and reason. */
  readonly samples: number;
  readonly stepNamed: (use: string) => Step;
}

/** A step that a document is known to hang or crash. */
export interface Poison {
  /** Index of the step. */
  readonly step: number;
  readonly reason: 'timeout' | 'out-of-memory';
}

export interface SegmentSink {
  /** @param record what the scan took from the document, valid until the next call; undefined where there is no scan */
  document(document: Document, record: Uint8Array | undefined): void;
  dropped(record: DroppedRecord): void;
  /** A step, by its index, begins to work on the document. */
  entering?(step: number): void;
}

/** Handles one document: returns what takes its place. */
type Handler = (document: Document, verdict: unknown) => Handled | Promise<Handled>;

interface Entry {
  readonly step: PlannedStep;
  readonly handle: Handler;
  /** A survey has counted its documents when it scanned them. */
  readonly counted: boolean;
}

const nothing = new Uint8Array(0);

export class Segment {
  readonly #entries: readonly Entry[];
  readonly #scan: Scan | undefined;
  readonly #tail: PlannedStep | undefined;
  readonly #sink: SegmentSink;
  readonly #samples: number;
  readonly #ledgers: Map<number, LedgerRecord>;
  #poison: Poison | undefined;

  private constructor(
    entries: readonly Entry[],
    scan: Scan | undefined,
    tail: PlannedStep | undefined,
    books: { sink: SegmentSink; samples: number; ledgers: Map<number, LedgerRecord> },
  ) {
    this.#entries = entries;
    this.#scan = scan;
    this.#tail = tail;
    this.#sink = books.sink;
    this.#samples = books.samples;
    this.#ledgers = books.ledgers;
  }

  static async open(phase: Phase, sink: SegmentSink, options: SegmentOptions): Promise<Segment> {
    const ledgers = new Map<number, LedgerRecord>();
    const contextOf = (step: PlannedStep) => stepContext(step, ledgers, sink, options);
    const entries: Entry[] = [];
    if (phase.head) {
      const apply = options.stepNamed(phase.head.use).survey!.apply;
      const handle: Apply = await apply(phase.head.config, contextOf(phase.head));
      entries.push({ step: phase.head, handle, counted: true });
    }
    for (const step of phase.steps) {
      const handle = await options.stepNamed(step.use).each!(step.config, contextOf(step));
      entries.push({ step, handle, counted: false });
    }
    const { tail } = phase;
    const scan = tail && (await options.stepNamed(tail.use).survey!.scan(tail.config, contextOf(tail)));
    return new Segment(entries, scan, tail, { sink, samples: options.samples, ledgers });
  }

  /**
   * Takes one document; the next one is for when it is done.
   * @param verdict of the survey at the head, where there is one
   * @param poison the step that must not see it: it is dropped there
   */
  async push(document: Document, verdict?: unknown, poison?: Poison): Promise<void> {
    this.#poison = poison;
    await this.#from(0, document, verdict);
  }

  /** What each step (by index) did since the last call. */
  takeLedgers(): [number, LedgerRecord][] {
    const taken = [...this.#ledgers];
    this.#ledgers.clear();
    return taken;
  }

  async #from(first: number, document: Document, verdict: unknown): Promise<void> {
    let current = document;
    for (let i = first; i < this.#entries.length; i++) {
      const { step, handle, counted } = this.#entries[i]!;
      const ledger = ledgerOf(this.#ledgers, step.index);
      if (!counted) ledger.in++;
      if (this.#refuses(step, current)) return;
      let result: Handled;
      try {
        const handled = handle(current, verdict);
        result = handled instanceof Promise ? await handled : handled;
      } catch (error) {
        this.#failed(step, current, error);
        return;
      }
      if (result === undefined) return;
      if (isMany(result)) {
        ledger.out += result.length;
        for (const one of result) await this.#from(i + 1, one, undefined);
        return;
      }
      ledger.out++;
      current = result;
    }
    this.#emit(current);
  }

  #emit(document: Document): void {
    if (!this.#scan) {
      this.#sink.document(document, undefined);
      return;
    }
    ledgerOf(this.#ledgers, this.#tail!.index).in++;
    if (this.#refuses(this.#tail!, document)) return;
    let record: Uint8Array | undefined;
    try {
      record = this.#scan(document);
    } catch (error) {
      this.#failed(this.#tail!, document, error);
      return;
    }
    this.#sink.document(document, record ?? nothing);
  }

  #refuses(step: PlannedStep, document: Document): boolean {
    this.#sink.entering?.(step.index);
    if (this.#poison?.step !== step.index) return false;
    const { reason } = this.#poison;
    this.#drop(step, document, reason, reason === 'timeout' ? 'the step took too long' : 'the step ran out of memory');
    return true;
  }

  /** A wrong setting stops everything; a document that a step cannot digest costs that document. */
  #failed(step: PlannedStep, document: Document, error: unknown): void {
    if (error instanceof AthanorError) throw error;
    this.#drop(step, document, 'step-failed', String(error));
  }

  #drop(step: PlannedStep, { id, text, meta }: Document, reason: string, detail: string): void {
    noteDrop(ledgerOf(this.#ledgers, step.index), { id, reason, detail, text }, this.#samples);
    this.#sink.dropped({ step: step.use, id, reason, detail, text, meta });
  }
}

function ledgerOf(ledgers: Map<number, LedgerRecord>, index: number): LedgerRecord {
  const ledger = ledgers.get(index) ?? emptyLedger();
  ledgers.set(index, ledger);
  return ledger;
}

/** What a step gets to use; its drops and counts go to its ledger. */
export function stepContext(
  step: PlannedStep,
  ledgers: Map<number, LedgerRecord>,
  sink: Pick<SegmentSink, 'dropped'>,
  { report, seed, baseDir, samples }: SegmentOptions,
): StepContext {
  return {
    drop({ id, text, meta, split }, reason, detail) {
      noteDrop(ledgerOf(ledgers, step.index), { id, reason, detail, text }, samples);
      const more = { ...(detail === undefined ? {} : { detail }), ...(split === undefined ? {} : { split }) };
      sink.dropped({ step: step.use, id, reason, ...more, text, meta });
    },
    count(name, n = 1) {
      const { counters } = ledgerOf(ledgers, step.index);
      counters[name] = (counters[name] ?? 0) + n;
    },
    report,
    seed,
    baseDir,
  };
}
