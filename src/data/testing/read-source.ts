/** For tests: runs one source in memory, unit by unit, and collects what it gives. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../../core/index.ts';
import type { Document } from '../document.ts';
import type { BadInput, InputFile, Source } from '../source.ts';
import { Workspace } from '../workspace.ts';

export interface SourceResult {
  readonly documents: Document[];
  readonly bad: BadInput[];
  readonly units: unknown[];
  readonly files: readonly InputFile[];
}

export async function readSource(
  source: unknown,
  config: Record<string, unknown>,
  options: { readonly baseDir?: string; readonly workspace?: string; readonly signal?: AbortSignal } = {},
): Promise<SourceResult> {
  const { name, config: schema, fetch, inputs, units: cut, read } = source as Source;
  const bad: BadInput[] = [];
  const context = {
    baseDir: options.baseDir ?? '.',
    workspace: new Workspace(options.workspace ?? join(tmpdir(), `athanor-none-${name}`)),
    report: silent,
    signal: options.signal,
    reject: (input: BadInput) => void bad.push(input),
  };
  const parsed = schema.parse(config);
  await fetch?.(parsed, context);
  const { files } = inputs(parsed, context);
  const documents: Document[] = [];
  const units: unknown[] = [];
  for await (const unit of cut(parsed, context)) {
    // As between threads: plain data, and nothing else.
    const copy = structuredClone(unit);
    units.push(copy);
    for await (const document of read(copy, parsed, context)) documents.push(JSON.parse(JSON.stringify(document)));
  }
  return { documents, bad, units, files };
}
