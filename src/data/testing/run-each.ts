/** For tests of a step with `each`: runs it alone, without registry and executor, and collects what it did. */
import type { z } from 'zod';
import { silent } from '../../core/index.ts';
import type { Document } from '../document.ts';
import { isMany, type Step, type StepContext } from '../step.ts';

export interface EachResult {
  readonly documents: Document[];
  readonly texts: string[];
  /** Reason and detail by id. */
  readonly dropped: Map<string, { readonly reason: string; readonly detail: string }>;
  readonly counters: Record<string, number>;
}

export async function runEach<Config extends z.ZodObject>(
  step: Step<Config>,
  config: z.input<Config>,
  given: readonly (string | Partial<Document>)[],
  { seed = 7, baseDir = '.' }: { seed?: number; baseDir?: string } = {},
): Promise<EachResult> {
  const result: EachResult = { documents: [], texts: [], dropped: new Map(), counters: {} };
  const context: StepContext = {
    seed,
    baseDir,
    report: silent,
    drop({ id }, reason, detail = '') {
      result.dropped.set(id, { reason, detail });
    },
    count(name, n = 1) {
      result.counters[name] = (result.counters[name] ?? 0) + n;
    },
  };
  const each = await step.each!(step.config.parse(config), context);
  for (const [i, one] of given.entries()) {
    const document = { id: `d${i}`, text: '', meta: {}, ...(typeof one === 'string' ? { text: one } : one) };
    const after = await each(document);
    for (const kept of after === undefined ? [] : isMany(after) ? after : [after]) {
      result.documents.push(kept);
      result.texts.push(kept.text);
    }
  }
  return result;
}
