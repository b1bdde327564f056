/**
 * The Hugging Face hub's API for data sets (huggingface.co/docs/hub/api): revisions, file lists, file addresses. Also the
 * cache that its Python library keeps (`HF_HOME`), for files that are there already.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import type { HttpClient } from './client.ts';
import { nextLink } from './paging.ts';

export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256?: string | undefined;
}

export interface HubListing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

const LIST_BYTES = 64 << 20;
/** Where the hub puts its own Parquet copy of a data set. */
export const CONVERTED = 'refs/convert/parquet';

export class Hub {
  readonly endpoint: string;
  private readonly client: HttpClient;
  private readonly token: string | undefined;

  constructor(endpoint: string, client: HttpClient, token: string | undefined) {
    this.endpoint = endpoint.replace(/\/+$/, '');
    this.client = client;
    this.token = token;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
  }

  /** All files of a revision. @throws AthanorError('not-found' | 'io' | 'bad-file') */
  async list(repo: string, revision: string): Promise<HubListing> {
    const about = await this.json(
      `/api/datasets/${repo}/revision/${encodeURIComponent(revision)}`,
      `${repo}@${revision}`,
    );
    const commit = (about.value as { sha?: unknown } | null)?.sha;
    if (typeof commit !== 'string' || !/^[0-9a-f]{7,64}$/.test(commit)) throw unexpected(`${repo}@${revision}`);
    const files: HubFile[] = [];
    let next: string | undefined = `/api/datasets/${repo}/tree/${commit}?recursive=true`;
    while (next !== undefined) {
      const { value, link }: { value: unknown; link: string | undefined } = await this.json(
        next,
        `${repo}, list of files`,
      );
      if (!Array.isArray(value)) throw unexpected(`${repo}, list of files`);
      for (const entry of value as Record<string, unknown>[]) {
        const { type, path, size, lfs } = entry;
        if (type !== 'file' || typeof path !== 'string' || !isSafe(path)) continue;
        const large = lfs as { oid?: string; size?: number } | undefined;
        files.push({ path, bytes: large?.size ?? Number(size), sha256: large?.oid?.replace(/^sha256:/, '') });
      }
      const target = nextLink(link);
      // Mirrors may name the original's host; the list is asked of the same one all the same.
      next =
        target === undefined
          ? undefined
          : new URL(target, this.endpoint).pathname + new URL(target, this.endpoint).search;
    }
    return { commit, files };
  }

  addressOf(repo: string, commit: string, path: string): string {
    return `${this.endpoint}/datasets/${repo}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
  }

  private async json(path: string, label: string): Promise<{ value: unknown; link: string | undefined }> {
    const request = { headers: this.headers, label: `${label} (${this.endpoint})`, maxBytes: LIST_BYTES };
    const { body, headers } = await this.client.get(`${this.endpoint}${path}`, request);
    try {
      return { value: JSON.parse(body.toString()), link: headers.link };
    } catch {
      throw unexpected(label);
    }
  }
}

/** Names come from a server and become paths here. */
function isSafe(path: string): boolean {
  return !path.startsWith('/') && !path.includes('\\') && !path.includes('\0') && !path.split('/').includes('..');
}

function unexpected(label: string): AthanorError {
  return new AthanorError('bad-file', `the hub's answer is not what was expected: ${label}`, {
    place: label,
    hint: "Check 'endpoint' on the source and the variable HF_ENDPOINT.",
  });
}

/** The files of one configuration and some splits, by the layouts that the hub and its libraries write. */
export function chooseFiles(
  files: readonly HubFile[],
  { config, splits }: { readonly config?: string | undefined; readonly splits: readonly string[] },
): HubFile[] {
  const escaped = splits.map((split) => split.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const ofSplit = new RegExp(`(?:^|/)(?:partial-)?(?:${escaped.join('|')})(?:[-_./][^/]*)*(?:$|/)`);
  return files
    .filter(({ path }) => path.endsWith('.parquet'))
    .filter(({ path }) => ofSplit.test(path))
    .filter(({ path }) => config === undefined || path.split('/').slice(0, -1).includes(config))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The first folders of paths, where they name configurations. */
export function configsOf(files: readonly HubFile[]): string[] {
  const folders = files.map(({ path }) => path.split('/')).filter((parts) => parts.length > 1);
  return [...new Set(folders.map(([first]) => first!))].filter((name) => name !== 'data').sort();
}

/** What the Python library has of a revision: `<HF_HOME>/hub/datasets--owner--name/snapshots/<commit>/…`. */
export function localSnapshot(
  repo: string,
  revision: string,
  env = process.env,
): (HubListing & { directory: string }) | undefined {
  const home = env.HF_HUB_CACHE ?? join(env.HF_HOME ?? join(homedir(), '.cache', 'huggingface'), 'hub');
  const root = join(home, `datasets--${repo.replaceAll('/', '--')}`);
  const reference = join(root, 'refs', ...revision.split('/'));
  const commit = existsSync(reference) ? readFileSync(reference, 'utf8').trim() : revision;
  const directory = join(root, 'snapshots', commit);
  if (!/^[0-9a-f]{7,64}$/.test(commit) || !existsSync(directory)) return undefined;
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => ({
      path: name.replaceAll('\\', '/'),
      stats: statSync(join(directory, name), { throwIfNoEntry: false }),
    }))
    .filter(({ stats }) => stats?.isFile())
    .map(({ path, stats }) => ({ path, bytes: stats!.size }));
  return { commit, files, directory };
}
