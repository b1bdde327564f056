/**
 * Builds a dataset version: sources → steps → split → shards and a manifest, written aside and renamed into place as
 * `datasets/<name>/<version>/`. The version is the beginning of the content's hash, so equal input and config give the
 * same version with the same bytes. The caller holds the workspace's lock.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AthanorError, parse, type Reporter, silent } from '../core/index.ts';
import { ioError, makeDirectory, syncDirectory, writeJson } from '../core/node.ts';
import { countCharacters, type Document, type SplitName, splitNames } from './document.ts';
import type { DroppedRecord, Manifest } from './manifest.ts';
import { manifestHash, openDataset, VERSION_LENGTH } from './open.ts';
import {
  describeFunnel,
  Ledger,
  type Pipeline,
  type PipelineOptions,
  type PipelineStep,
  runSteps,
} from './pipeline.ts';
import { type DataStage, type DataStageInput, dataStageSchema, sourceNamed, splitOf, stepNamed } from './schema.ts';
import { ShardWriter } from './shard-writer.ts';
import type { InputFile, ParentDataset, SourceContext, SourceInputs } from './source.ts';
import type { Workspace } from './workspace.ts';

export interface BuildOptions {
  readonly workspace: Workspace;
  /** Where relative paths begin: the recipe's directory. */
  readonly baseDir: string;
  readonly seed: number;
  readonly report?: Reporter;
  readonly signal?: AbortSignal | undefined;
}

export interface BuildResult {
  readonly dataset: string;
  readonly version: string;
  readonly manifestPath: string;
  readonly counts: Manifest['counts'];
}

/**
 * Builds a dataset and makes it the latest version.
 * @throws AthanorError('bad-input') when nothing survives, showing the funnel; ('bad-file') for malformed input; nothing
 * half-written stays
 */
export async function buildDataset(stage: DataStageInput | DataStage, options: BuildOptions): Promise<BuildResult> {
  const config = parse(dataStageSchema, stage, 'data');
  const root = options.workspace.dataset(config.name);
  removeLeftovers(root);
  const temp = join(root, `.tmp-${process.pid}-${Date.now().toString(36)}`);
  try {
    makeDirectory(temp);
    const manifest = await fill(temp, config, options);
    const version = place(root, temp, manifest, options.workspace);
    writeJson(join(root, 'latest.json'), { version });
    return {
      dataset: config.name,
      version,
      manifestPath: join(root, version, 'manifest.json'),
      counts: manifest.counts,
    };
  } catch (error) {
    throw ioError(error, root, 'write');
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/** Content hashes of everything that a data stage reads: with its config and `dataCodeVersion`, what a cache key needs. */
export function dataInputs(
  stage: DataStageInput | DataStage,
  options: Pick<BuildOptions, 'workspace' | 'baseDir'>,
): SourceInputs {
  const files: InputFile[] = [];
  const parents: ParentDataset[] = [];
  for (const { type, ...config } of parse(dataStageSchema, stage, 'data').sources) {
    const inputs = sourceNamed(type).inputs(config, { ...options, report: silent });
    files.push(...inputs.files);
    parents.push(...inputs.parents);
  }
  return { files, parents };
}

/** Versions of the rules that a stage uses, as part of a cache key. */
export function dataCodeVersion(stage: DataStageInput | DataStage): Record<string, number> {
  const config = parse(dataStageSchema, stage, 'data');
  const rules = [...config.steps.map(({ use }) => use), splitOf(config).use].map(
    (use) => [use, stepNamed(use).version] as const,
  );
  return Object.fromEntries([
    ...config.sources.map(({ type }) => [`source:${type}`, sourceNamed(type).version] as const),
    ...rules,
  ]);
}

interface SourceEntry {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: SourceInputs;
  readonly ledger: Ledger;
}

async function fill(directory: string, config: DataStage, options: BuildOptions): Promise<Omit<Manifest, 'version'>> {
  const report = options.report ?? silent;
  const dropped = new ShardWriter(directory, () => 'dropped.jsonl', Number.POSITIVE_INFINITY);
  const writers = Object.fromEntries(
    splitNames.map((split) => [
      split,
      new ShardWriter(directory, (i) => `${split}-${String(i).padStart(5, '0')}.jsonl`, config.shard_bytes),
    ]),
  ) as Record<SplitName, ShardWriter>;
  const pipelineOptions: PipelineOptions = {
    seed: options.seed,
    baseDir: options.baseDir,
    report,
    signal: options.signal,
    samples: config.samples,
    onDropped: (record: DroppedRecord) => {
      if (config.keep_dropped) dropped.add(record);
    },
  };
  try {
    const sources = config.sources.map(({ type, ...rest }): SourceEntry => {
      const inputs = sourceNamed(type).inputs(rest, { ...options, report });
      return { type, config: rest, inputs, ledger: new Ledger(`source:${type}`, pipelineOptions) };
    });
    const split = splitOf(config);
    const steps: PipelineStep[] = config.steps.map(({ use, ...rest }) => ({ step: stepNamed(use), config: rest }));
    steps.push({ step: stepNamed(split.use), config: split.config });
    const pipeline = runSteps(readSources(sources, config.name, { ...options, report }), steps, pipelineOptions);
    const sides = Object.fromEntries(splitNames.map((name) => [name, { documents: 0, characters: 0 }])) as Record<
      SplitName,
      { documents: number; characters: number }
    >;
    for await (const { id, text, meta, split: side } of pipeline.documents) {
      const name = side ?? 'train';
      writers[name].add({ id, text, meta });
      sides[name].documents++;
      sides[name].characters += countCharacters(text);
    }
    const splits = Object.fromEntries(
      splitNames.map((name) => [name, { ...sides[name], shards: writers[name].finish() }]),
    ) as Manifest['splits'];
    const manifest = describe(config, options.seed, sources, steps, pipeline, splits, dropped.finish()[0]);
    return refuseEmpty(manifest, options.report ?? silent);
  } finally {
    for (const writer of [...Object.values(writers), dropped]) writer.abandon();
  }
}

const PROGRESS_EVERY = 2000;

async function* readSources(
  sources: readonly SourceEntry[],
  stage: string,
  { workspace, baseDir, report, signal }: BuildOptions & { report: Reporter },
): AsyncGenerator<Document> {
  let done = 0;
  for (const { type, config, ledger } of sources) {
    const context: SourceContext = {
      baseDir,
      workspace,
      report,
      signal,
      reject({ place, reason, detail, raw }) {
        ledger.in++;
        const text = raw ? Buffer.from(raw).toString('utf8') : '';
        const bytes =
          raw && reason === 'not-utf8' ? { bytes: Buffer.from(raw.subarray(0, 1 << 16)).toString('base64') } : {};
        ledger.drop({ id: place, reason, detail, text, ...bytes });
      },
    };
    for await (const document of sourceNamed(type).read(config, context)) {
      ledger.in++;
      ledger.out++;
      yield document;
      if (++done % PROGRESS_EVERY !== 0) continue;
      report({ type: 'progress', stage, done, unit: 'documents' });
      // Lets timers, signals and the progress view have their turn.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted)
        throw new AthanorError('cancelled', `building dataset '${stage}' was stopped`, { cause: signal.reason });
    }
  }
  report({ type: 'progress', stage, done, total: done, unit: 'documents' });
}

function describe(
  config: DataStage,
  seed: number,
  sources: readonly SourceEntry[],
  steps: readonly PipelineStep[],
  { ledgers }: Pipeline,
  splits: Manifest['splits'],
  dropped: Manifest['dropped'],
): Omit<Manifest, 'version'> {
  const totals: Record<string, number> = {};
  for (const ledger of [...sources.map((source) => source.ledger), ...ledgers])
    for (const [reason, n] of Object.entries(ledger.dropped)) totals[reason] = (totals[reason] ?? 0) + n;
  return {
    format: 'athanor-dataset',
    schema: 1,
    dataset: config.name,
    code: { name: 'athanor', version: codeVersion() },
    seed,
    ...(config.licence === undefined ? {} : { licence: config.licence }),
    sources: sources.map(({ type, config: { licence, origin, ...rest }, inputs, ledger }) => ({
      type,
      version: sourceNamed(type).version,
      config: rest,
      ...(typeof licence === 'string' ? { licence } : {}),
      ...(typeof origin === 'string' ? { origin } : {}),
      files: [...inputs.files],
      out: ledger.out,
      dropped: ledger.dropped,
      samples: ledger.samples,
    })),
    parents: sources.flatMap(({ inputs }) => inputs.parents),
    rules: steps.map(({ step, config: options }, i) => ({
      use: step.name,
      kind: step.kind,
      version: step.version,
      describe: step.describe(options),
      config: options,
      in: ledgers[i]!.in,
      out: ledgers[i]!.out,
      dropped: ledgers[i]!.dropped,
      counters: ledgers[i]!.counters,
      samples: ledgers[i]!.samples,
    })),
    splits,
    ...(dropped ? { dropped } : {}),
    counts: {
      in: sources.reduce((sum, { ledger }) => sum + ledger.in, 0),
      out: splitNames.reduce((sum, name) => sum + splits[name].documents, 0),
      dropped: totals,
    },
  };
}

function refuseEmpty(manifest: Omit<Manifest, 'version'>, report: Reporter): Omit<Manifest, 'version'> {
  if (manifest.counts.out === 0) {
    const funnel = describeFunnel(manifest);
    throw new AthanorError('bad-input', `no document survives in dataset '${manifest.dataset}':\n${funnel}`, {
      place: `data stage '${manifest.dataset}'`,
      hint:
        manifest.counts.in === 0 ? 'The sources hold no documents.' : 'Look at the step that drops the last documents.',
      values: { funnel },
    });
  }
  if (manifest.splits.train.documents === 0) {
    const text = `dataset '${manifest.dataset}' has no training documents: all ${manifest.counts.out} fell to the other sides of the split`;
    report({ type: 'message', level: 'warn', text, stage: manifest.dataset });
  }
  return manifest;
}

/** Gives the finished directory its place; a version that is there already, and whole, stays. */
function place(root: string, temp: string, content: Omit<Manifest, 'version'>, workspace: Workspace): string {
  const version = manifestHash(content).slice(0, VERSION_LENGTH);
  const { format, schema, dataset, ...rest } = content;
  writeJson(join(temp, 'manifest.json'), { format, schema, dataset, version, ...rest });
  syncDirectory(temp);
  const final = join(root, version);
  if (existsSync(final)) {
    try {
      openDataset(workspace, content.dataset, { version });
      return version;
    } catch {
      rmSync(final, { recursive: true, force: true }); // damaged: the new one takes its place
    }
  }
  renameSync(temp, final);
  syncDirectory(root);
  return version;
}

/** Half-built directories of processes that were killed; the workspace's lock says that nobody builds now. */
function removeLeftovers(root: string): void {
  if (!existsSync(root)) return;
  for (const name of readdirSync(root))
    if (name.startsWith('.tmp-')) rmSync(join(root, name), { recursive: true, force: true });
}

let version: string | undefined;

/** Athanor's own version, from its package.json. */
function codeVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;
  return version;
}
