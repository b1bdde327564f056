/**
 * An HTTP(S) API that answers JSON, JSON Lines or CSV, in pages. Its records are fetched once, into
 * `<workspace>/cache/http-api/<hash of the config>/`; afterwards builds need no network. Stopped or killed, fetching goes on at the
 * page where it was. `refresh: true` asks again, page by page, with ETags (RFC 9110 §8.8.3): pages that did not change are not sent.
 *
 * `${NAME}` in headers, params and the URL stands for an environment variable: put in when a request is sent, written
 * nowhere, and taken out of answers that repeat it. Failed requests (408, 425, 429, 5xx, broken connections) are tried
 * again after 0.5, 1, 2, … s with jitter, or when Retry-After says.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { hashValue, writeDirectoryAtomic } from '../../core/node.ts';
import { type Answer, HttpClient } from '../download/client.ts';
import { readRecords } from '../download/page-records.ts';
import { completeRecords, PageStore, type StoredPage } from '../download/page-store.ts';
import { firstPage, nextPage, type PageRequest, pagingField } from '../download/paging.ts';
import { redact, secretsIn, withSecrets } from '../download/secrets.ts';
import { describeFiles, type LineBlock, linesOf, readLineBlocks } from '../lines.ts';
import { recordFields, recordToDocument } from '../records.ts';
import { commonSourceFields, defineSource, handleBadInput, type InputContext, onErrorField } from '../source.ts';

const SECRETS = `\`\${NAME}\` stands for an environment variable`;
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const config = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\//, { error: 'expected a URL that begins with http:// or https://' })
    .describe('Address of the API'),
  params: z.record(z.string(), scalar).default({}).describe(`Query parameters; ${SECRETS}`),
  headers: z.record(z.string(), z.string()).default({}).describe(`Request headers; ${SECRETS}`),
  format: z.enum(['json', 'jsonl', 'csv']).default('json').describe('What the API answers'),
  records: z
    .string()
    .default('')
    .describe('Where the records lie in a JSON answer: keys with dots, as in `data.items`; empty: the outermost array'),
  paging: pagingField,
  ...recordFields,
  max_pages: z.int().positive().default(10_000).describe('Fetching stops there'),
  max_bytes: z
    .int()
    .positive()
    .default(10 * 2 ** 30)
    .describe('Records beyond this are not fetched'),
  max_page_bytes: z
    .int()
    .positive()
    .default(64 << 20)
    .describe('A longer answer is an error'),
  requests_per_second: z.number().min(0).default(2).describe('Rate limit; 0: none'),
  timeout_s: z.number().positive().default(60).describe('Longest wait for the server, in seconds'),
  retries: z.int().min(0).default(6).describe('Tries after the first'),
  refresh: z.boolean().default(false).describe('Ask again for what was fetched before'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

export const httpApi = defineSource({
  name: 'http-api',
  version: 1,
  config,
  fetch: fetchPages,

  inputs(options, { workspace }) {
    const path = completeRecords(directoryOf(options, workspace.root), nameOf(options));
    return { files: describeFiles([{ path, name: `http-api/${nameOf(options)}` }]), parents: [] };
  },

  units: (options, { workspace }) =>
    readLineBlocks(completeRecords(directoryOf(options, workspace.root), nameOf(options)), 2 * options.max_page_bytes),

  *read(block: LineBlock, options, context) {
    const name = nameOf(options);
    for (const line of linesOf(block, 2 * options.max_page_bytes)) {
      const result = recordToDocument(JSON.parse(line.text ?? 'null'), `${name}:${line.number}`, options);
      if ('reason' in result) handleBadInput(result, options.on_error, context);
      else yield result;
    }
  },
});

/** Everything that decides what is fetched; with the names of secrets, not their values. */
function directoryOf({ url, params, headers, format, records, paging, ...limits }: Options, root: string): string {
  const { max_pages, max_bytes } = limits;
  const hash = hashValue({ url, params, headers, format, records, paging, max_pages, max_bytes });
  return join(root, 'cache', 'http-api', hash.slice(0, 32));
}

/** Host and path: a name for ids and messages. */
function nameOf({ url }: Options): string {
  return url.replace(/^https?:\/\/(?:[^/@]*@)?/, '').replace(/[?#].*$/, '');
}

async function fetchPages(options: Options, context: InputContext): Promise<void> {
  const directory = directoryOf(options, context.workspace.root);
  const old = new PageStore(directory);
  if (old.complete && !options.refresh) return;
  if (!options.refresh) return fetchInto(old, undefined, options, context);
  // What is there stays until the new state is whole.
  const place = `${directory}.refresh`;
  // Whole already: a refresh before this one was killed at its very end.
  if (new PageStore(place).complete) rmSync(place, { recursive: true, force: true });
  const aside = new PageStore(place);
  await fetchInto(aside, old, options, context);
  await writeDirectoryAtomic(directory, (temp) => {
    const copy = new PageStore(temp);
    for (const { request, etag, next, ...part } of aside.pages)
      copy.add({ request, etag, next }, aside.linesOf(part as StoredPage));
  });
  rmSync(place, { recursive: true, force: true });
}

async function fetchInto(
  store: PageStore,
  old: PageStore | undefined,
  options: Options,
  { report, signal }: InputContext,
): Promise<void> {
  const { requests_per_second, retries, timeout_s } = options;
  const client = new HttpClient({
    requestsPerSecond: requests_per_second,
    retries,
    timeoutMs: timeout_s * 1000,
    signal,
  });
  const known = new Map(old?.pages.map((page) => [JSON.stringify(page.request), page]));
  const seen = new Set(store.pages.map(({ request }) => JSON.stringify(request)));
  let request = store.pages.length === 0 ? firstPage(options.paging) : store.pages.at(-1)!.next;
  while (request !== null) {
    const key = JSON.stringify(request);
    const number = store.pages.length + 1;
    const place = `${nameOf(options)}, page ${number}`;
    if (seen.has(key)) {
      throw new AthanorError('bad-file', `${place}: the API names a page again that was fetched already`, {
        place,
        hint: "Check 'paging' on the source.",
      });
    }
    seen.add(key);
    const before = known.get(key);
    const answer = await ask(client, request, before?.etag, options, place);
    if (answer.status === 304 && before && old) {
      store.add({ request, etag: before.etag, next: before.next }, old.linesOf(before));
    } else await storeAnswer(store, request, answer, options, place);
    const last = store.pages.at(-1)!;
    report({ type: 'progress', stage: `fetch ${nameOf(options)}`, done: number, unit: 'pages' });
    request = last.next;
  }
}

async function storeAnswer(
  store: PageStore,
  request: PageRequest,
  answer: Answer,
  options: Options,
  place: string,
): Promise<void> {
  const secrets = secretsIn(templatesOf(options));
  const text = redact(answer.body.toString(), secrets);
  const { body, lines } = await readRecords(text, options, place);
  const found = nextPage(options.paging, request, { body, link: answer.headers.link, records: lines.length });
  const enough = store.pages.length + 1 >= options.max_pages || store.bytes >= options.max_bytes;
  const next = found === undefined || enough ? null : stored(found, options);
  store.add({ request, etag: answer.headers.etag, next }, lines);
}

function ask(
  client: HttpClient,
  request: PageRequest,
  etag: string | undefined,
  options: Options,
  place: string,
): Promise<Answer> {
  const base = withSecrets(options.url, 'url');
  const url = new URL(request.url ?? base, base);
  if (url.origin !== new URL(base).origin) {
    throw new AthanorError('bad-file', `${place} lies on another host (${url.host}): it is not fetched`, { place });
  }
  const params =
    request.url === undefined ? { ...options.params, ...request.params } : Object.fromEntries(url.searchParams);
  for (const [name, value] of Object.entries(params)) {
    if (request.url === undefined || /\$\{/.test(String(value)))
      url.searchParams.set(name, withSecrets(String(value), `params.${name}`));
  }
  const headers = Object.entries(options.headers).map(([name, value]) => [
    name.toLowerCase(),
    withSecrets(value, `headers.${name}`),
  ]);
  return client.get(url.href, {
    headers: {
      accept: options.format === 'csv' ? 'text/csv' : 'application/json',
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      ...(Object.fromEntries(headers) as Record<string, string>),
    },
    label: place,
    maxBytes: options.max_page_bytes,
    accept: etag === undefined ? [] : [304],
  });
}

/** Where secrets may be referred to. */
function templatesOf({ url, params, headers }: Options): string[] {
  return [url, ...Object.values(params).map(String), ...Object.values(headers)];
}

/** The next page as it may be written: a URL that repeats a parameter of the config keeps the config's words for it. */
function stored(request: PageRequest, options: Options): PageRequest {
  if (request.url === undefined) return request;
  const url = new URL(request.url, withSecrets(options.url, 'url'));
  for (const [name, value] of Object.entries(options.params)) {
    if (/\$\{/.test(String(value)) && url.searchParams.has(name)) url.searchParams.set(name, String(value));
  }
  return { url: url.href, params: {} };
}
