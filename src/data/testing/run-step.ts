/** For tests: runs one step over documents given as texts or objects, in memory, and collects what it did. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../../core/index.ts';
import type { Document } from '../document.ts';
import { shapeOf } from '../executor/execute.ts';
import { emptyLedger, type LedgerRecord } from '../executor/ledger.ts';
import { planPhases } from '../executor/plan.ts';
import { Segment, stepContext } from '../executor/segment.ts';
import type { DroppedRecord } from '../manifest.ts';
import { stepNamed } from '../schema.ts';
import type { ScanRecord } from '../step.ts';
import { openModelWith } from '../text-scorer.ts';
import { Workspace } from '../workspace.ts';

export interface StepResult {
  readonly documents: Document[];
  readonly dropped: DroppedRecord[];
  readonly ledger: LedgerRecord;
}

export type Given = string | Partial<Document>;

export function toDocuments(given: readonly Given[]): Document[] {
  return given.map((one, i) => ({
    id: `d${i}`,
    text: '',
    meta: {},
    ...(typeof one === 'string' ? { text: one } : one),
  }));
}

/** @param memoryBytes what a survey's decision may take */
export async function runStep(
  name: string,
  config: Record<string, unknown>,
  given: readonly Given[],
  seed = 7,
  memoryBytes = 64 << 20,
): Promise<StepResult> {
  const step = stepNamed(name);
  const planned = { index: 0, use: name, config: step.config.parse(config) as Record<string, unknown> };
  const dropped: DroppedRecord[] = [];
  const ledger = emptyLedger();
  const ledgers = new Map([[0, ledger]]);
  const options = { seed, baseDir: '.', report: silent, samples: 3, stepNamed };
  let documents = toDocuments(given);
  let verdicts = new Map<number, unknown>();
  const context = stepContext(planned, ledgers, { dropped: (record) => dropped.push(record) }, options);
  const book = (segment: Segment) => {
    for (const [, { dropped: reasons, counters, samples, ...record }] of segment.takeLedgers()) {
      ledger.in += record.in;
      ledger.out += record.out;
      ledger.samples.push(...samples);
      for (const [reason, n] of Object.entries(reasons)) ledger.dropped[reason] = (ledger.dropped[reason] ?? 0) + n;
      for (const [key, n] of Object.entries(counters)) ledger.counters[key] = (ledger.counters[key] ?? 0) + n;
    }
  };
  for (const phase of planPhases([{ use: name, ...planned.config }], (use, settings) =>
    shapeOf(stepNamed(use), settings),
  )) {
    if (phase.stream) {
      const all = documents;
      documents = [];
      async function* source() {
        for (const document of all) {
          ledger.in++;
          yield document;
        }
      }
      for await (const document of step.run!(source(), planned.config, context)) {
        ledger.out++;
        documents.push(document);
      }
      continue;
    }
    const passed: Document[] = [];
    const records: ScanRecord[] = [];
    const segment = await Segment.open(
      phase,
      {
        document(document, record) {
          if (record) records.push({ number: passed.length, bytes: inLargerBuffer(record) });
          passed.push(document);
        },
        dropped: (record) => dropped.push(record),
      },
      options,
    );
    for (const [i, document] of documents.entries()) await segment.push(document, verdicts.get(i));
    book(segment);
    documents = passed;
    if (!phase.tail) continue;
    const directory = mkdtempSync(join(tmpdir(), 'athanor-step-'));
    verdicts = new Map();
    try {
      await step.survey!.decide(planned.config, {
        ...context,
        documents: passed.length,
        async *records() {
          for (let at = 0; at < records.length; at += 100) yield records.slice(at, at + 100);
        },
        read: (numbers) => numbers.map((number) => passed[number]!),
        verdict: (number, value) => verdicts.set(number, JSON.parse(JSON.stringify(value))),
        openModel: openModelWith(undefined, { baseDir: '.', workspace: new Workspace(directory) }),
        decided: 0,
        directory,
        memoryBytes,
        threads: 2,
      });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return { documents, dropped, ledger };
}

/** Records lie anywhere in a larger buffer, as those that are read from the disk do. */
function inLargerBuffer(record: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(record.length + 9).fill(0xee);
  buffer.set(record, 5);
  return buffer.subarray(5, 5 + record.length);
}

export const textsOf = (result: StepResult): string[] => result.documents.map(({ text }) => text);
