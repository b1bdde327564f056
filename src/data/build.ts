/**
 * Builds a dataset version: sources → steps → split → shards and a manifest, written aside and renamed into place as
 * `datasets/<name>/<version>/`. The version is the beginning of the content's hash, so equal input and config give the
 * same version with the same bytes. A build that was stopped or killed is gone on with by the next one of the same input
 * and config. The caller holds the workspace's lock.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { AthanorError, parse, type Reporter, silent } from '../core/index.ts';
import { codeVersion, hashFile, hashValue, ioError, makeDirectory, syncDirectory, writeJson } from '../core/node.ts';
import { splitNames } from './document.ts';
import { type Executed, execute } from './executor/execute.ts';
import { addCounts } from './executor/ledger.ts';
import { describeFunnel } from './funnel.ts';
import { describeFiles, findFiles } from './lines.ts';
import type { Manifest, ShardFile } from './manifest.ts';
import { shareObject } from './objects.ts';
import { filesOf, manifestHash, openDataset, versionLength } from './open.ts';
import { type DataStage, type DataStageInput, dataStageSchema, sourceNamed, splitOf, stepNamed } from './schema.ts';
import type { InputFile, ParentDataset, SourceInputs } from './source.ts';
import { type NamedModel, type OpenTextScorer, openModelWith, textModelFiles } from './text-scorer.ts';
import type { Workspace } from './workspace.ts';

/** What a step that looks at all documents may take for its decision. */
const surveyMemory = 512 << 20;

export interface BuildOptions {
  readonly workspace: Workspace;
  /** Where relative paths begin: the recipe's directory. */
  readonly baseDir: string;
  readonly seed: number;
  /** Default: one a core. 0: on this thread, where nothing watches over documents that hang a step (for tests). */
  readonly threads?: number | undefined;
  /** Opens neural language models, for steps that score texts by one. */
  readonly openTextScorer?: OpenTextScorer | undefined;
  readonly report?: Reporter;
  readonly signal?: AbortSignal | undefined;
}

type BuildPlace = Pick<BuildOptions, 'workspace' | 'baseDir'>;

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
  const context = { ...options, report: options.report ?? silent };
  await tryModels(config, options);
  await fetchSources(config, context);
  const inputs = config.sources.map(({ type, ...rest }) => sourceNamed(type).inputs(rest, context));
  const directory = join(root, `${buildPrefix}${buildKey(config, inputs, options)}`);
  let kept = false;
  try {
    removeLeftovers(root, directory);
    makeDirectory(directory);
    const manifest = await fill(directory, config, options, inputs);
    const version = place(root, directory, manifest, options.workspace);
    writeJson(join(root, 'latest.json'), { version });
    return {
      dataset: config.name,
      version,
      manifestPath: join(root, version, 'manifest.json'),
      counts: manifest.counts,
    };
  } catch (error) {
    kept = error instanceof AthanorError && error.code === 'cancelled'; // to go on with
    throw ioError(error, root, 'write');
  } finally {
    if (!kept) rmSync(directory, { recursive: true, force: true });
  }
}

/** Brings what sources have elsewhere to this machine. */
export async function fetchSources(
  stage: DataStage,
  options: Pick<BuildOptions, 'workspace' | 'baseDir' | 'signal'> & { readonly report: Reporter },
): Promise<void> {
  for (const step of stage.steps) stepSecrets(step); // a missing one is told before anything is fetched
  for (const { type, ...config } of stage.sources) await sourceNamed(type).fetch?.(config, options);
}

/**
 * The files that a step's config names, with their hashes.
 * @param models whose files count too; default: all that it names
 * @throws AthanorError('not-found')
 */
export function stepFiles(
  step: { readonly use: string },
  place: BuildPlace,
  models: readonly NamedModel[] = stepModels(step),
): InputFile[] {
  const { use, ...config } = step;
  const paths = stepNamed(use).files?.(config, place.baseDir) ?? [];
  return [
    ...describeFiles(paths.flatMap((path) => findFiles(path, place.baseDir))),
    ...models.flatMap(({ model }) => textModelFiles(model, place)),
  ];
}

/** The neural language models that a step's config names. */
export function stepModels({ use, ...config }: { readonly use: string }): readonly NamedModel[] {
  return stepNamed(use).models?.(config) ?? [];
}

/** Opens every model once: a build must not read for hours and then find that one cannot be opened. */
async function tryModels(config: DataStage, options: BuildOptions): Promise<void> {
  for (const step of config.steps)
    for (const model of stepModels(step))
      (await openModelWith(options.openTextScorer, options)(model, { threads: 1 })).dispose();
}

/** Fingerprints of the secrets that a step's config names. @throws AthanorError('bad-input') where one is missing */
export function stepSecrets({ use, ...config }: { readonly use: string }): Readonly<Record<string, string>> {
  return stepNamed(use).secrets?.(config) ?? {};
}

/** Content hashes of everything that a data stage reads: with its config and `dataCodeVersion`, what a cache key needs. */
export function dataInputs(stage: DataStageInput | DataStage, options: BuildPlace): SourceInputs {
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

/** Name of the directory that a build works in: what is there was made from the same input by the same rules. */
function buildKey(config: DataStage, inputs: readonly SourceInputs[], options: BuildOptions): string {
  const { name: _name, ...rest } = config;
  const { seed } = options;
  const files = config.steps.map((step) => stepFiles(step, options));
  const secrets = config.steps.map(stepSecrets);
  const content = { rest, inputs, files, secrets, seed, rules: dataCodeVersion(config), code: codeVersion };
  return hashValue(content).slice(0, versionLength);
}

async function fill(directory: string, config: DataStage, options: BuildOptions, inputs: readonly SourceInputs[]) {
  const report = options.report ?? silent;
  const split = splitOf(config);
  const steps = [...config.steps, { use: split.use, ...split.config }];
  const executed = await execute({
    directory,
    stage: config.name,
    sources: config.sources,
    steps,
    workspace: options.workspace,
    baseDir: options.baseDir,
    seed: options.seed,
    samples: config.samples,
    keepDropped: config.keep_dropped,
    shardBytes: config.shard_bytes,
    secondsPerDocument: config.document_seconds,
    threads: options.threads ?? availableParallelism(),
    openTextScorer: options.openTextScorer,
    memoryBytes: surveyMemory,
    report,
    signal: options.signal,
  });
  return checkOutcome(describe(config, options, inputs, steps, executed), report);
}

function describe(
  config: DataStage,
  options: BuildOptions,
  inputs: readonly SourceInputs[],
  steps: readonly ({ readonly use: string } & Readonly<Record<string, unknown>>)[],
  executed: Executed,
): Omit<Manifest, 'version'> {
  const totals: Record<string, number> = {};
  for (const ledger of [...executed.sources, ...executed.steps]) addCounts(totals, ledger.dropped);
  const dropped = droppedFile(executed);
  const sides = Object.fromEntries(
    splitNames.map((name, i) => {
      const { documents, characters, shards } = executed.sides[i]!;
      return [name, { documents, characters, shards: [...shards] }];
    }),
  ) as Manifest['splits'];
  return {
    format: 'athanor-dataset',
    schema: 1,
    dataset: config.name,
    code: { name: 'athanor', version: codeVersion },
    seed: options.seed,
    ...(config.licence === undefined ? {} : { licence: config.licence }),
    sources: config.sources.map(({ type, licence, origin, ...rest }, i) => ({
      type,
      version: sourceNamed(type).version,
      config: rest,
      ...(typeof licence === 'string' ? { licence } : {}),
      ...(typeof origin === 'string' ? { origin } : {}),
      files: [...inputs[i]!.files],
      out: executed.sources[i]!.out,
      dropped: executed.sources[i]!.dropped,
      samples: executed.sources[i]!.samples,
    })),
    parents: inputs.flatMap(({ parents }) => parents),
    rules: steps.map((given, i) => {
      const { use, ...settings } = given;
      const step = stepNamed(use);
      const files = stepFiles(given, options);
      const secrets = stepSecrets(given);
      return {
        use,
        kind: step.kind,
        version: step.version,
        describe: step.describe(settings),
        config: settings,
        ...(files.length > 0 ? { files } : {}),
        ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
        ...executed.steps[i]!,
      };
    }),
    splits: sides,
    ...(dropped ? { dropped } : {}),
    counts: {
      in: executed.sources.reduce((sum, ledger) => sum + ledger.in, 0),
      out: splitNames.reduce((sum, name) => sum + sides[name].documents, 0),
      dropped: totals,
    },
  };
}

/** The side file of dropped documents, hashed; one that nothing was written to goes. */
function droppedFile({ dropped: { path, documents } }: Executed): ShardFile | undefined {
  if (documents === 0) {
    rmSync(path, { force: true });
    return undefined;
  }
  return { file: basename(path), documents, bytes: statSync(path).size, sha256: hashFile(path) };
}

function checkOutcome(manifest: Omit<Manifest, 'version'>, report: Reporter): Omit<Manifest, 'version'> {
  if (manifest.counts.out === 0) {
    const funnel = describeFunnel(manifest);
    throw new AthanorError('bad-input', `no document survives in dataset '${manifest.dataset}':\n${funnel}`, {
      place: `data stage '${manifest.dataset}'`,
      hint:
        manifest.counts.in === 0 ? 'The sources hold no documents.' : 'Look at the step that drops the last documents.',
      values: { funnel },
    });
  }
  for (const { type, dropped, samples } of manifest.sources) {
    const reasons = Object.entries(dropped).map(([reason, n]) => `${reason} ${n}`);
    if (reasons.length === 0) continue;
    const first = samples[0] ? `; the first: ${samples[0].id}: ${samples[0].detail ?? samples[0].reason}` : '';
    const text = `source ${type}: bad input was set aside (${reasons.join(', ')})${first}`;
    report({ type: 'message', level: 'warn', text, stage: manifest.dataset });
  }
  if (manifest.splits.train.documents === 0) {
    const text = `dataset '${manifest.dataset}' has no training documents: all ${manifest.counts.out} fell to the other sides of the split`;
    report({ type: 'message', level: 'warn', text, stage: manifest.dataset });
  }
  return manifest;
}

/** Gives the finished directory its place; a version that is there already, and whole, stays. */
function place(root: string, directory: string, content: Omit<Manifest, 'version'>, workspace: Workspace): string {
  const version = manifestHash(content).slice(0, versionLength);
  const { format, schema, dataset, ...rest } = content;
  writeJson(join(directory, 'manifest.json'), { format, schema, dataset, version, ...rest });
  const kept = new Set(['manifest.json', ...filesOf({ ...content, version }).map(({ file }) => file)]);
  for (const name of readdirSync(directory))
    if (!kept.has(name)) rmSync(join(directory, name), { recursive: true, force: true });
  for (const shard of filesOf({ ...content, version })) shareObject(workspace, join(directory, shard.file), shard);
  syncDirectory(directory);
  const final = join(root, version);
  if (existsSync(final)) {
    try {
      openDataset(workspace, content.dataset, { version });
      return version;
    } catch {
      rmSync(final, { recursive: true, force: true }); // damaged: the new one takes its place
    }
  }
  renameSync(directory, final);
  syncDirectory(root);
  return version;
}

const buildPrefix = '.building-';

/** Half-built directories of other builds; the workspace's lock says that nobody builds now. */
function removeLeftovers(root: string, current: string): void {
  if (!existsSync(root)) return;
  for (const name of readdirSync(root))
    if (name.startsWith(buildPrefix) && join(root, name) !== current)
      rmSync(join(root, name), { recursive: true, force: true });
}
