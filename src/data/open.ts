/** Opens, lists and verifies built datasets. Reads what `build.ts` wrote; writes nothing. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError, parse } from '../core/index.ts';
import { hashFile, hashValue, readJson } from '../core/node.ts';
import type { Document, SplitName } from './document.ts';
import { readLines } from './lines.ts';
import { type DroppedRecord, type Manifest, manifestSchema, type ShardFile } from './manifest.ts';
import type { Workspace } from './workspace.ts';

/** A dataset version on disk. Holds no open files. */
export interface OpenDataset {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
  readonly manifest: Manifest;
  /** The whole content hash that `version` is the beginning of. */
  readonly hash: string;
  documents(split: SplitName): AsyncIterable<Document>;
  /** Those of one of its files. */
  shard(file: string, split: SplitName): AsyncIterable<Document>;
  /** Everything that was dropped, in order; empty when the dataset was built with `keep_dropped: false`. */
  dropped(): AsyncIterable<DroppedRecord>;
}

export interface OpenDatasetOptions {
  /** Default: what `latest.json` names. */
  readonly version?: string | undefined;
  /** `size` (default) compares the sizes of all files with the manifest, `full` their hashes too. */
  readonly verify?: 'size' | 'full';
}

const latestSchema = z.strictObject({ version: z.string() });

/** @throws AthanorError('not-found') for an unknown dataset or version; ('bad-file') where files were changed */
export function openDataset(workspace: Workspace, name: string, options: OpenDatasetOptions = {}): OpenDataset {
  const version = options.version ?? latestVersion(workspace, name);
  const directory = join(workspace.dataset(name), version);
  const manifestPath = join(directory, 'manifest.json');
  if (!existsSync(manifestPath)) {
    throw new AthanorError('not-found', `dataset '${name}' has no version '${version}'`, { place: directory });
  }
  const manifest = parse(manifestSchema, readJson(manifestPath), manifestPath);
  const hash = manifestHash(manifest);
  if (!hash.startsWith(manifest.version) || manifest.version !== version) {
    throw corrupt(manifestPath, 'its content does not match its version');
  }
  for (const shard of filesOf(manifest)) checkFile(directory, shard, options.verify === 'full');
  async function* shard(file: string, split: SplitName): AsyncGenerator<Document> {
    for await (const record of readRecords(join(directory, file))) {
      const { id, text, meta } = record as unknown as Document;
      yield { id, text, meta, split };
    }
  }
  return {
    name,
    version,
    directory,
    manifest,
    hash,
    shard,
    async *documents(split) {
      for (const { file } of manifest.splits[split]?.shards ?? []) yield* shard(file, split);
    },
    async *dropped() {
      if (!manifest.dropped) return;
      yield* readRecords(join(directory, manifest.dropped.file)) as AsyncGenerator<DroppedRecord>;
    },
  };
}

/**
 * Opens what `name` or `name@version` means; a version may be shortened as long as it is the only one that begins so.
 * @throws AthanorError('not-found') listing the versions there are
 */
export function openReference(
  workspace: Workspace,
  reference: string,
  options: Pick<OpenDatasetOptions, 'verify'> = {},
): OpenDataset {
  const [name, wanted] = reference.split('@', 2) as [string, string | undefined];
  if (wanted === undefined) return openDataset(workspace, name, options);
  const versions = datasetVersions(workspace, name);
  const found = versions.filter((version) => version.startsWith(wanted));
  if (found.length !== 1) {
    const what = found.length === 0 ? `no version '${wanted}'` : `several versions that begin with '${wanted}'`;
    throw new AthanorError('not-found', `dataset '${name}' has ${what}`, {
      place: workspace.dataset(name),
      hint: `Versions there: ${versions.join(', ') || '(none)'}.`,
    });
  }
  return openDataset(workspace, name, { ...options, version: found[0]! });
}

/** Names of the finished versions, sorted. */
export function datasetVersions(workspace: Workspace, name: string): string[] {
  const root = workspace.dataset(name);
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((version) => existsSync(join(root, version, 'manifest.json')) && !version.startsWith('.'))
    .sort();
}

/** The version that `latest.json` names. @throws AthanorError('not-found') listing the datasets there are */
export function latestVersion(workspace: Workspace, name: string): string {
  const path = join(workspace.dataset(name), 'latest.json');
  if (!existsSync(path)) {
    throw new AthanorError('not-found', `there is no dataset '${name}' in ${workspace.root}`, {
      place: path,
      hint: `Build it first. Datasets there: ${workspace.list('datasets').join(', ') || '(none)'}.`,
    });
  }
  return parse(latestSchema, readJson(path), path).version;
}

/** The hash of everything in a manifest but the version, which is made from it. */
export function manifestHash(manifest: Omit<Manifest, 'version'>): string {
  return hashValue({ ...manifest, version: undefined });
}

export const versionLength = 12;

/** All files of a version but its manifest. */
export function filesOf(manifest: Manifest): ShardFile[] {
  const shards = Object.values(manifest.splits).flatMap((split) => split.shards);
  return manifest.dropped ? [...shards, manifest.dropped] : shards;
}

function checkFile(directory: string, expected: ShardFile, full: boolean): void {
  const path = join(directory, expected.file);
  if (!existsSync(path)) throw corrupt(path, 'the file is missing');
  const bytes = statSync(path).size;
  if (bytes !== expected.bytes) throw corrupt(path, `it has ${bytes} bytes, the manifest says ${expected.bytes}`);
  if (full && hashFile(path) !== expected.sha256)
    throw corrupt(path, 'its content does not match the hash in the manifest');
}

function corrupt(path: string, what: string): AthanorError {
  return new AthanorError('bad-file', `${path}: ${what}`, { place: path, hint: 'Build the dataset again.' });
}

async function* readRecords(path: string): AsyncGenerator<Record<string, unknown>> {
  for await (const lines of readLines(path, Number.MAX_SAFE_INTEGER)) {
    for (const { text, number } of lines) {
      try {
        yield JSON.parse(text ?? '') as Record<string, unknown>;
      } catch {
        throw corrupt(`${path}:${number}`, 'not valid JSON');
      }
    }
  }
}
