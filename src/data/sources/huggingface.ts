/**
 * A data set of the Hugging Face hub, as Parquet: files that the repository holds, or else the copy that the hub makes
 * (`refs/convert/parquet`). Fetched once into `<workspace>/cache/huggingface/`, pinned to the commit; afterwards builds need no network.
 * Broken downloads go on where they stopped; sizes and SHA-256 are checked. Files that the Python library holds
 * already (`HF_HOME`) are read where they lie.
 *
 * `HF_ENDPOINT` names a mirror (such as https://hf-mirror.com), `HF_TOKEN` a token for private sets: it is sent to
 * the endpoint only, and written nowhere. With `HF_HUB_OFFLINE=1` nothing is fetched.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { hashValue, readJson, writeJson } from '../../core/node.ts';
import { HttpClient } from '../download/client.ts';
import { fetchFile } from '../download/file.ts';
import {
  CONVERTED,
  chooseFiles,
  configsOf,
  Hub,
  type HubFile,
  type HubListing,
  localSnapshot,
} from '../download/hub.ts';
import { describeFiles, type FoundFile, globToRegExp } from '../lines.ts';
import { recordFields } from '../records.ts';
import { commonSourceFields, defineSource, type InputContext, onErrorField, type SourceContext } from '../source.ts';
import { parquetRanges, type RowRange, readParquetRange, unitBytesField } from './parquet.ts';

const config = z.strictObject({
  repo: z
    .string()
    .regex(/^[\w.-]+(?:\/[\w.-]+)?$/, { error: "expected 'owner/name'" })
    .describe('Name of the data set on the hub: `owner/name`'),
  config: z.string().optional().describe('Its configuration (subset); needed where there are several'),
  split: z
    .union([z.string(), z.array(z.string()).min(1)])
    .default('train')
    .describe('Its split, or a list of them'),
  files: z
    .string()
    .optional()
    .describe('Glob of Parquet files in the repository, in place of `config` and `split`: `data/train-0000*.parquet`'),
  revision: z.string().default('main').describe('Branch, tag or commit; what it means is kept until `refresh`'),
  endpoint: z
    .string()
    .regex(/^https?:\/\//, { error: 'expected a URL' })
    .optional()
    .describe('Address of the hub; default: HF_ENDPOINT, else https://huggingface.co'),
  ...recordFields,
  max_files: z.int().positive().optional().describe('Only the first so many files'),
  refresh: z.boolean().default(false).describe('Look for a newer commit of the revision'),
  retries: z.int().min(0).default(6).describe('Tries after the first, for each request'),
  timeout_s: z.number().positive().default(60).describe('Longest wait for the server, in seconds'),
  unit_bytes: unitBytesField,
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

/** What was chosen, kept in the cache: the same files until `refresh`. */
interface Choice extends HubListing {
  readonly revision: string;
  /** Where the files lie, if not in the workspace's cache. */
  readonly directory?: string | undefined;
}

export const huggingface = defineSource({
  name: 'huggingface',
  version: 1,
  config,
  fetch: fetchDataset,
  inputs: (options, { workspace }) => ({ files: describeFiles(localFiles(options, workspace.root)), parents: [] }),
  units: (options, { workspace }) => parquetRanges(localFiles(options, workspace.root), options.unit_bytes),
  read: (unit: RowRange, options, context: SourceContext) => readParquetRange(unit, options, context),
});

function cacheOf({ repo }: Options, root: string): string {
  return join(root, 'cache', 'huggingface', repo.replaceAll('/', '--'));
}

function choicePath(options: Options, root: string): string {
  const { config: name, split, files, revision, max_files } = options;
  return join(cacheOf(options, root), `${hashValue({ name, split, files, revision, max_files }).slice(0, 32)}.json`);
}

/** @throws AthanorError('not-found') before it was fetched */
function localFiles(options: Options, root: string): FoundFile[] {
  const path = choicePath(options, root);
  if (!existsSync(path)) throw notThere(options);
  const choice = readJson(path) as Choice;
  return choice.files.map((file) => ({
    path: pathOf(choice, file, options, root),
    name: `${options.repo}/${file.path}`,
  }));
}

function pathOf({ commit, directory }: Choice, file: HubFile, options: Options, root: string): string {
  return join(directory ?? join(cacheOf(options, root), commit), ...file.path.split('/'));
}

async function fetchDataset(options: Options, { workspace, report, signal }: InputContext): Promise<void> {
  const kept = choicePath(options, workspace.root);
  const offline = /^(1|true|yes|on)$/i.test(process.env.HF_HUB_OFFLINE ?? '');
  const known = existsSync(kept) ? (readJson(kept) as Choice) : undefined;
  const whole = known?.files.every((file) => existsSync(pathOf(known, file, options, workspace.root)));
  if (known && whole && (!options.refresh || offline)) return;
  if (offline) {
    const choice = chooseLocal(options);
    if (choice === undefined) throw notThere(options);
    writeJson(kept, choice);
    return;
  }
  const { retries, timeout_s } = options;
  const client = new HttpClient({ requestsPerSecond: 0, retries, timeoutMs: timeout_s * 1000, signal });
  const endpoint = options.endpoint ?? (process.env.HF_ENDPOINT || 'https://huggingface.co');
  const hub = new Hub(endpoint, client, process.env.HF_TOKEN || undefined);
  const choice = known && !options.refresh ? known : await choose(hub, options);
  for (const [i, file] of choice.files.entries()) {
    const label = `${options.repo}/${file.path}`;
    await fetchFile(client, {
      url: hub.addressOf(options.repo, choice.commit, file.path),
      headers: hub.headers,
      label,
      path: pathOf(choice, file, options, workspace.root),
      bytes: file.bytes,
      sha256: file.sha256,
      progress: (done) =>
        report({
          type: 'progress',
          stage: `fetch ${label} (${i + 1}/${choice.files.length})`,
          done,
          total: file.bytes,
          unit: 'bytes',
        }),
    });
  }
  writeJson(kept, choice);
}

/** The files that the config means, on the hub. Those of the Python library are taken where they are the same. */
async function choose(hub: Hub, options: Options): Promise<Choice> {
  const listing = await hub.list(options.repo, options.revision);
  let choice = choiceOf(listing, options.revision, options);
  if (choice === undefined && options.revision === 'main' && options.files === undefined) {
    const converted = await hub.list(options.repo, CONVERTED).catch((error: unknown) => {
      if (error instanceof AthanorError && error.code === 'not-found') return undefined;
      throw error;
    });
    if (converted) choice = choiceOf(converted, CONVERTED, options);
  }
  if (choice === undefined) throw nothingMatches(listing, options);
  const local = localSnapshot(options.repo, choice.commit);
  const sizes = new Map(local?.files.map(({ path, bytes }) => [path, bytes]));
  const same = local !== undefined && choice.files.every(({ path, bytes }) => sizes.get(path) === bytes);
  return same ? { ...choice, directory: local.directory } : choice;
}

function chooseLocal(options: Options): Choice | undefined {
  for (const revision of options.revision === 'main' ? ['main', CONVERTED] : [options.revision]) {
    const local = localSnapshot(options.repo, revision);
    const choice = local && choiceOf(local, revision, options);
    if (choice) return { ...choice, directory: local.directory };
  }
  return undefined;
}

function choiceOf({ commit, files }: HubListing, revision: string, options: Options): Choice | undefined {
  const splits = typeof options.split === 'string' ? [options.split] : options.split;
  const glob = options.files === undefined ? undefined : globToRegExp(options.files);
  const chosen = glob
    ? files.filter(({ path }) => path.endsWith('.parquet') && glob.test(path))
    : chooseFiles(files, { config: options.config, splits });
  if (chosen.length === 0) return undefined;
  const configs = configsOf(chosen);
  if (glob === undefined && options.config === undefined && configs.length > 1) {
    throw new AthanorError('bad-input', `${options.repo} has several configurations: choose one`, {
      place: 'config',
      hint: `Set 'config' to one of: ${configs.join(', ')}.`,
      values: { configs },
    });
  }
  return { commit, revision, files: chosen.slice(0, options.max_files) };
}

function nothingMatches({ files }: HubListing, options: Options): AthanorError {
  const there = files.filter(({ path }) => path.endsWith('.parquet')).map(({ path }) => path);
  const wanted = options.files ?? [options.config, options.split].flat().filter(Boolean).join('/');
  return new AthanorError('not-found', `${options.repo} has no Parquet file for '${wanted}'`, {
    place: options.repo,
    hint:
      there.length > 0
        ? `It has: ${there.slice(0, 20).join(', ')}.`
        : 'It has no Parquet files, and the hub made none.',
  });
}

function notThere({ repo }: Options): AthanorError {
  return new AthanorError('not-found', `${repo} is not in the cache`, {
    place: repo,
    hint: 'Build once with network access and without HF_HUB_OFFLINE, or fill HF_HOME with the Python library.',
  });
}
