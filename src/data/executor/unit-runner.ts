/**
 * Turns one unit (a piece of a source, or a block of a spool) into chunks, with the steps of one phase. The same code
 * runs on worker threads and, in tests, on this one.
 */
import { AthanorError, type Reporter } from '../../core/index.ts';
import type { Document } from '../document.ts';
import type { BadInput, Source } from '../source.ts';
import { sourceLoaders } from '../sources/loaders.gen.ts';
import type { Step } from '../step.ts';
import { stepLoaders } from '../steps/loaders.gen.ts';
import { Workspace } from '../workspace.ts';
import { type Chunk, ChunkBuilder } from './chunk.ts';
import { emptyLedger, type LedgerRecord, noteDrop } from './ledger.ts';
import type { Phase } from './plan.ts';
import { type Poison, Segment } from './segment.ts';
import { readBlock, type SpoolBlock } from './spool.ts';

/** What a thread must know to work on a phase: plain data. */
export interface PhaseSpec {
  readonly phase: Phase;
  readonly sources: readonly { readonly type: string; readonly config: Readonly<Record<string, unknown>> }[];
  readonly workspace: string;
  readonly baseDir: string;
  readonly seed: number;
  readonly samples: number;
  readonly keepDropped: boolean;
  /** URL of a module whose `steps` come before the registered ones (tests). */
  readonly definitions?: string;
}

export type UnitInput =
  | { readonly source: number; readonly unit: unknown }
  /** Verdicts of the block's documents by number, ascending. */
  | { readonly block: SpoolBlock; readonly verdicts: readonly (readonly [number, unknown])[] };

export interface UnitTask {
  readonly number: number;
  readonly input: UnitInput;
  /** By number in the unit: documents that a step could not digest. */
  readonly poisoned: readonly (readonly [number, Poison])[];
  /** The reader cannot go on from this document. */
  readonly endsAt?: { readonly document: number; readonly reason: Poison['reason'] };
  /** Chunks that were received before. */
  readonly received: number;
}

/** What a unit did to the books, by step; sources are -1, -2, … */
export type UnitBooks = readonly (readonly [number, LedgerRecord])[];

/** Where a thread is, for the one that watches. */
export interface Heartbeat {
  reading(document: number): void;
  step(index: number): void;
}

// A thread loads only what it works with: all definitions together are most of its start-up time.
const loadSource = sourceLoaders as unknown as Readonly<Record<string, () => Promise<Source>>>;
const loadStep = stepLoaders as unknown as Readonly<Record<string, () => Promise<Step>>>;

const still: Heartbeat = { reading() {}, step() {} };

export class UnitRunner {
  readonly #spec: PhaseSpec;
  readonly #workspace: Workspace;
  readonly #report: Reporter;
  readonly #heart: Heartbeat;
  readonly #builder: ChunkBuilder;
  #segment!: Segment;

  private constructor(spec: PhaseSpec, report: Reporter, heart: Heartbeat) {
    this.#spec = spec;
    this.#workspace = new Workspace(spec.workspace);
    this.#report = report;
    this.#heart = heart;
    this.#builder = new ChunkBuilder(spec.phase.last, spec.keepDropped);
  }

  static async open(spec: PhaseSpec, report: Reporter, heart: Heartbeat = still): Promise<UnitRunner> {
    const runner = new UnitRunner(spec, report, heart);
    const { phase, seed, baseDir, samples, definitions } = spec;
    const own = definitions ? ((await import(definitions)) as { steps: Record<string, Step> }).steps : {};
    const steps = new Map<string, Step>();
    for (const { use } of [phase.head ?? [], phase.steps, phase.tail ?? []].flat())
      steps.set(use, own[use] ?? (await loadStep[use]!()));
    const sink = {
      document: (document: Document, record: Uint8Array | undefined) => runner.#builder.document(document, record),
      dropped: (record: Parameters<ChunkBuilder['dropped']>[0]) => runner.#builder.dropped(record),
      entering: (step: number) => heart.step(step),
    };
    runner.#segment = await Segment.open(phase, sink, {
      seed,
      baseDir,
      report,
      samples,
      stepNamed: (use) => steps.get(use)!,
    });
    return runner;
  }

  /** @param send takes the chunks in order, and waits while there is no room for more */
  async run(task: UnitTask, send: (chunk: Chunk) => Promise<void>): Promise<UnitBooks> {
    const { input } = task;
    const poisoned = new Map(task.poisoned);
    const ledger = emptyLedger();
    let chunks = 0;
    const flush = async () => {
      const chunk = this.#builder.take();
      if (chunk && chunks++ >= task.received) await send(chunk);
    };
    let number = 0;
    const isSource = 'source' in input;
    const verdicts = isSource ? [] : input.verdicts;
    let verdict = 0;
    for await (const document of this.#read(task, ledger)) {
      const place = isSource ? number : input.block.first + number;
      const value = verdicts[verdict]?.[0] === place ? verdicts[verdict++]![1] : undefined;
      if (isSource) {
        ledger.in++;
        ledger.out++;
      }
      await this.#segment.push(document, value, poisoned.get(number));
      if (this.#builder.full) await flush();
      this.#heart.reading(++number);
    }
    await flush();
    const books = this.#segment.takeLedgers();
    return isSource ? [[-1 - input.source, ledger], ...books] : books;
  }

  async *#read(task: UnitTask, ledger: LedgerRecord): AsyncGenerator<Document> {
    const { input, endsAt } = task;
    if (!('source' in input)) {
      this.#heart.reading(0);
      yield* readBlock(input.block);
      return;
    }
    const { type, config } = this.#spec.sources[input.source]!;
    const source = await loadSource[type]!(); // not yet reading: loading may take its time
    this.#heart.reading(0);
    const reject = (bad: BadInput) => this.#reject(type, bad, ledger);
    const context = { baseDir: this.#spec.baseDir, workspace: this.#workspace, report: this.#report, reject };
    let number = 0;
    let last = 'the beginning';
    const lost = (detail: string, reason: string) =>
      reject({
        place: `${type} after ${last}`,
        reason,
        detail: `${detail}; the rest of this piece of the source is lost`,
      });
    const stop = () => lost('the reader hung or ran out of memory', endsAt!.reason);
    if (endsAt?.document === 0) return stop();
    try {
      for await (const document of source.read(input.unit, config, context)) {
        yield document;
        last = document.id;
        if (++number === endsAt?.document) return stop();
      }
    } catch (error) {
      if (error instanceof AthanorError) throw error;
      lost(String(error), 'reader-failed');
    }
  }

  #reject(type: string, { place, reason, detail, raw }: BadInput, ledger: LedgerRecord): void {
    ledger.in++;
    const text = raw ? Buffer.from(raw).toString('utf8') : '';
    const bytes =
      raw && reason === 'not-utf8' ? { bytes: Buffer.from(raw.subarray(0, 1 << 16)).toString('base64') } : {};
    noteDrop(ledger, { id: place, reason, detail, text }, this.#spec.samples);
    this.#builder.dropped({ step: `source:${type}`, id: place, reason, detail, text, ...bytes });
  }
}
