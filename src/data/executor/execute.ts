/**
 * Carries out a plan in a directory: phase after phase, each committed unit by unit, so that a build that was killed goes
 * on from its last checkpoint and ends with the same bytes. Memory is that of the threads and of one survey, whatever the
 * size of the input.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter } from '../../core/index.ts';
import { readJson, writeJson } from '../../core/node.ts';
import { splitNames } from '../document.ts';
import { type SourceConfig, sourceNamed, stepNamed } from '../schema.ts';
import type { InputContext } from '../source.ts';
import type { DecideContext, Step } from '../step.ts';
import { type OpenTextScorer, openModelWith } from '../text-scorer.ts';
import type { Workspace } from '../workspace.ts';
import { type Chunk, ChunkBuilder } from './chunk.ts';
import { addLedger, emptyLedger, type LedgerRecord } from './ledger.ts';
import { type Phase, type PlannedStep, planPhases, type StepShape } from './plan.ts';
import { type PhaseOptions, runHere, UnitPool } from './pool.ts';
import { stepContext } from './segment.ts';
import { emptySide, type SideState, SideWriter } from './side-writer.ts';
import { emptySpool, GrowingFile, SpoolReader, type SpoolState, SpoolWriter, spoolFiles } from './spool.ts';
import type { UnitBooks, UnitInput } from './unit-runner.ts';
import { givenVerdicts, noVerdicts, VerdictWriter, withVerdicts } from './verdicts.ts';

export interface ExecuteOptions {
  /** Where everything is written; what a killed build left there is taken up. */
  readonly directory: string;
  /** Name of the dataset, for the progress. */
  readonly stage: string;
  readonly sources: readonly SourceConfig[];
  /** The split last. */
  readonly steps: readonly { readonly use: string }[];
  readonly workspace: Workspace;
  readonly baseDir: string;
  readonly seed: number;
  readonly samples: number;
  readonly keepDropped: boolean;
  readonly shardBytes: number;
  readonly secondsPerDocument: number;
  readonly threads: number;
  readonly openTextScorer?: OpenTextScorer | undefined;
  /** What a survey's decision may take. */
  readonly memoryBytes: number;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
}

export interface Executed {
  readonly sources: readonly LedgerRecord[];
  readonly steps: readonly LedgerRecord[];
  readonly sides: readonly SideState[];
  readonly dropped: { readonly path: string; readonly documents: number };
}

interface State {
  phase: number;
  /** Committed units of the phase. */
  units: number;
  /** What the phase before this one wrote. */
  input: SpoolState;
  /** Whether the survey that scanned it has decided. */
  decided: boolean;
  output: SpoolState;
  sides: readonly SideState[];
  dropped: { bytes: number; documents: number };
  sources: LedgerRecord[];
  steps: LedgerRecord[];
}

const checkpointMilliseconds = 2000;
/** JavaScript heap of a thread, in megabytes: enough for a document of some tens of megabytes and its copies. */
const threadMemoryMb = 512;

export function shapeOf(step: Step, config: Readonly<Record<string, unknown>>): StepShape {
  if (step.shape) return step.shape(config);
  if (step.each) return 'each';
  return step.survey ? 'survey' : 'run';
}

export async function execute(options: ExecuteOptions): Promise<Executed> {
  return new Execution(options).run();
}

class Execution {
  readonly #options: ExecuteOptions;
  readonly #phases: readonly Phase[];
  readonly #statePath: string;
  readonly #state: State;
  readonly #dropped: GrowingFile;
  #saved = Date.now();
  #pool: UnitPool | undefined;

  constructor(options: ExecuteOptions) {
    this.#options = options;
    this.#phases = planPhases(options.steps, (use, config) => shapeOf(stepNamed(use), config));
    this.#statePath = join(options.directory, 'state.json');
    this.#state = existsSync(this.#statePath) ? (readJson(this.#statePath) as State) : this.#begin();
    this.#dropped = new GrowingFile(join(options.directory, 'dropped.jsonl'), this.#state.dropped.bytes);
  }

  async run(): Promise<Executed> {
    const state = this.#state;
    try {
      while (state.phase < this.#phases.length) {
        const phase = this.#phases[state.phase]!;
        if (phase.head && !state.decided) await this.#decide(phase.head);
        if (phase.stream) await this.#stream(phase.stream);
        else await this.#map(phase);
      }
    } finally {
      this.#dropped.close();
      await this.#pool?.close();
    }
    rmSync(this.#statePath, { force: true });
    const { sources, steps, sides, dropped } = state;
    return { sources, steps, sides, dropped: { path: this.#dropped.path, documents: dropped.documents } };
  }

  #begin(): State {
    return {
      phase: 0,
      units: 0,
      input: emptySpool,
      decided: false,
      output: emptySpool,
      sides: splitNames.map(() => emptySide),
      dropped: { bytes: 0, documents: 0 },
      sources: this.#options.sources.map(emptyLedger),
      steps: this.#options.steps.map(emptyLedger),
    };
  }

  #base(phase: number): string {
    return join(this.#options.directory, `phase-${phase}`);
  }

  #reader(): SpoolReader {
    return new SpoolReader(this.#base(this.#state.phase - 1), this.#state.input);
  }

  #progress(done: number, total?: number): void {
    const { report, stage } = this.#options;
    report({ type: 'progress', stage, done, ...(total === undefined ? {} : { total }), unit: 'documents' });
  }

  /** Goes over all units of a phase on the threads. */
  async #map(phase: Phase): Promise<void> {
    const { options, state } = this.#parts();
    const sinks = this.#sinks(phase.last);
    try {
      await this.#run({
        spec: {
          phase,
          sources: options.sources.map(({ type, ...config }) => ({ type, config })),
          workspace: options.workspace.root,
          baseDir: options.baseDir,
          seed: options.seed,
          samples: options.samples,
          keepDropped: options.keepDropped,
        },
        first: state.units,
        units: state.phase === 0 ? this.#sourceUnits() : this.#blockUnits(phase),
        write: sinks.write,
        done: (number, books) => {
          this.#book(books);
          state.units = number + 1;
          this.#progress(this.#documentsDone(), state.phase === 0 ? undefined : state.input.documents);
          if (Date.now() - this.#saved >= checkpointMilliseconds) this.#save(sinks);
        },
        report: options.report,
        signal: options.signal,
        secondsPerDocument: options.secondsPerDocument,
      });
      sinks.finish();
    } finally {
      sinks.close();
    }
    this.#nextPhase();
  }

  async #run(phase: PhaseOptions): Promise<void> {
    const { threads } = this.#options;
    if (threads === 0) return runHere(phase);
    this.#pool ??= new UnitPool(threads, threadMemoryMb);
    return this.#pool.run(phase);
  }

  async *#sourceUnits(): AsyncGenerator<UnitInput> {
    const { options, state } = this.#parts();
    const context: InputContext = options;
    let number = 0;
    for (const [source, { type, ...config }] of options.sources.entries())
      for await (const unit of sourceNamed(type).units(config, context))
        if (number++ >= state.units) yield { source, unit };
  }

  async *#blockUnits(phase: Phase): AsyncGenerator<UnitInput> {
    const begun = this.#state.units;
    const verdicts = phase.head && `${this.#base(this.#state.phase - 1)}.verdicts`;
    let number = 0;
    for await (const input of withVerdicts(this.#reader().blocks(), verdicts)) if (number++ >= begun) yield input;
  }

  /** Lets a survey decide about the documents of the phase before. */
  async #decide(step: PlannedStep): Promise<void> {
    const { options, state } = this.#parts();
    const base = this.#base(state.phase - 1);
    const directory = `${base}.decide`;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    const reader = this.#reader();
    const { decide, resumes = false } = stepNamed(step.use).survey!;
    const path = `${base}.verdicts`;
    const begun = resumes ? await givenVerdicts(path) : noVerdicts;
    const verdicts = new VerdictWriter(path, begun);
    const ledgers = new Map<number, LedgerRecord>();
    try {
      const context: DecideContext = {
        ...stepContext(
          step,
          ledgers,
          { dropped: (record) => this.#drop(Buffer.from(`${JSON.stringify(record)}\n`)) },
          {
            ...options,
            stepNamed,
          },
        ),
        signal: options.signal,
        documents: state.input.documents,
        records: () => reader.records(),
        read: (numbers) => reader.read(numbers),
        verdict: (number, value) => {
          verdicts.add(number, value);
          if (!resumes || Date.now() - this.#saved < checkpointMilliseconds) return;
          verdicts.sync();
          this.#saved = Date.now();
          this.#progress(number + 1, state.input.documents);
        },
        openModel: openModelWith(options.openTextScorer, options),
        decided: begun.documents,
        directory,
        memoryBytes: options.memoryBytes,
        threads: Math.max(1, options.threads),
      };
      await decide(step.config, context);
      verdicts.finish();
    } catch (error) {
      if (resumes && options.signal?.aborted) verdicts.sync();
      verdicts.abandon();
      throw error;
    } finally {
      reader.close();
      rmSync(directory, { recursive: true, force: true });
    }
    this.#book([...ledgers]);
    state.decided = true;
    this.#save();
  }

  /** Runs a step that sees the whole stream, on this thread. */
  async #stream(step: PlannedStep): Promise<void> {
    const { options, state } = this.#parts();
    const sinks = this.#sinks(false);
    const ledgers = new Map<number, LedgerRecord>([[step.index, emptyLedger()]]);
    const ledger = ledgers.get(step.index)!;
    const builder = new ChunkBuilder(false, options.keepDropped);
    const reader = this.#reader();
    const context = stepContext(step, ledgers, builder, { ...options, stepNamed });
    async function* counted() {
      for (const document of reader.stream()) {
        ledger.in++;
        yield document;
      }
    }
    const flush = () => {
      const chunk = builder.take();
      if (chunk) sinks.write(chunk);
    };
    try {
      for await (const document of stepNamed(step.use).run!(counted(), step.config, {
        ...context,
        signal: options.signal,
      })) {
        ledger.out++;
        builder.document(document, undefined);
        if (builder.full) flush();
      }
      flush();
      this.#book([...ledgers]);
      this.#progress(state.input.documents, state.input.documents);
      sinks.finish();
    } finally {
      sinks.close();
    }
    this.#nextPhase();
  }

  #documentsDone(): number {
    const { phase, output, sides, sources } = this.#state;
    if (phase === 0) return sources.reduce((sum, ledger) => sum + ledger.in, 0);
    return this.#phases[phase]!.last ? sides.reduce((sum, side) => sum + side.documents, 0) : output.documents;
  }

  #book(books: UnitBooks): void {
    const { sources, steps } = this.#state;
    for (const [index, record] of books)
      addLedger(index < 0 ? sources[-1 - index]! : steps[index]!, record, this.#options.samples);
  }

  #drop(lines: Uint8Array): void {
    if (!this.#options.keepDropped) return;
    this.#dropped.append(lines);
    for (let at = lines.indexOf(0x0a); at >= 0; at = lines.indexOf(0x0a, at + 1)) this.#state.dropped.documents++;
    this.#state.dropped.bytes = this.#dropped.length;
  }

  /** Where the documents of a phase go. */
  #sinks(last: boolean) {
    const { options, state } = this.#parts();
    const spool = last ? undefined : new SpoolWriter(this.#base(state.phase), state.output);
    const sides = last
      ? splitNames.map((side, i) => new SideWriter(options.directory, side, options.shardBytes, state.sides[i]))
      : [];
    const note = () => {
      if (spool) state.output = spool.state;
      else state.sides = sides.map((side) => side.state);
    };
    return {
      write: ({ lanes, records, dropped }: Chunk): void => {
        if (spool) spool.add(lanes[0]!.bytes, lanes[0]!.documents, records);
        else for (const [i, side] of sides.entries()) side.add(lanes[i]!.bytes, lanes[i]!.characters);
        if (dropped.length > 0) this.#drop(dropped);
        note();
      },
      sync: (): void => {
        spool?.sync();
        for (const side of sides) side.sync();
      },
      finish: (): void => {
        for (const side of sides) side.finish();
        spool?.sync();
        note();
      },
      close: (): void => {
        spool?.close();
        for (const side of sides) side.abandon();
      },
    };
  }

  #nextPhase(): void {
    const { state } = this.#parts();
    const finished = state.phase - 1;
    Object.assign(state, { phase: state.phase + 1, units: 0, input: state.output, output: emptySpool, decided: false });
    this.#save();
    if (finished < 0) return;
    for (const path of [...spoolFiles(this.#base(finished)), `${this.#base(finished)}.verdicts`])
      rmSync(path, { force: true });
  }

  /** Everything that the state speaks of is on the disk before the state is. */
  #save(sinks?: { sync(): void }): void {
    sinks?.sync();
    this.#dropped.sync();
    writeJson(this.#statePath, this.#state);
    this.#saved = Date.now();
  }

  #parts(): { options: ExecuteOptions; state: State } {
    return { options: this.#options, state: this.#state };
  }
}
