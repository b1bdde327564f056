/** For tests: runs one step over documents given as texts or objects, and collects what it did. */
import { silent } from '../../core/index.ts';
import type { Document } from '../document.ts';
import type { DroppedRecord } from '../manifest.ts';
import { type Ledger, runSteps } from '../pipeline.ts';
import { stepNamed } from '../schema.ts';

export interface StepResult {
  readonly documents: Document[];
  readonly dropped: DroppedRecord[];
  readonly ledger: Ledger;
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

export async function runStep(
  name: string,
  config: Record<string, unknown>,
  given: readonly Given[],
  seed = 7,
): Promise<StepResult> {
  const step = stepNamed(name);
  const dropped: DroppedRecord[] = [];
  async function* source() {
    yield* toDocuments(given);
  }
  const options = {
    seed,
    baseDir: '.',
    report: silent,
    samples: 3,
    onDropped: (record: DroppedRecord) => dropped.push(record),
  };
  const pipeline = runSteps(source(), [{ step, config: step.config.parse(config) }], options);
  const documents: Document[] = [];
  for await (const document of pipeline.documents) documents.push(document);
  return { documents, dropped, ledger: pipeline.ledgers[0]! };
}

export const textsOf = (result: StepResult): string[] => result.documents.map(({ text }) => text);
