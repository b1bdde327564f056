/**
 * Web archives: WARC and WET files of Common Crawl, of crawlers (ours too) and of browsers, ARC files of before 2009;
 * plain, gzip or zstd, told by content. A document is a page as it was sent: HTTP header read, chunks joined, gzip, deflate, br and
 * zstd undone, charset decoded. The text is HTML where the page is HTML: an extraction step makes text of it.
 *
 * Read are `response` records (HTTP), `resource` records (the payload itself) and `conversion` records (the plain text of WET
 * files). Meta: `url`, `date`, `content_type`, `charset`, `status`, `record_id`.
 *
 * Formats: ISO 28500:2017 (WARC 1.1), WARC 1.0, 0.17, 0.18; Internet Archive's ARC 1. Costs one record's memory.
 * Files with a gzip member for each record, as crawlers write them, are read on all cores.
 */
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { decodeText } from '../charset/index.ts';
import type { Document } from '../document.ts';
import { type FoundFile, fileInputs, findFiles } from '../lines.ts';
import {
  type BadInput,
  commonSourceFields,
  defineSource,
  handleBadInput,
  onErrorField,
  pathField,
  type SourceContext,
} from '../source.ts';
import { fieldNamed } from '../warc/fields.ts';
import { type ContentType, decodeBody, parseContentType, readHttpHead } from '../warc/http.ts';
import { cutWarc, readWarc, type WarcRange, type WarcRecord } from '../warc/read.ts';

const recordTypes = ['response', 'resource', 'conversion'] as const;

const config = z.strictObject({
  path: pathField.describe('File, directory or glob of WARC, WET or ARC files, or a list of them'),
  records: z
    .array(z.enum(recordTypes))
    .min(1)
    .default([...recordTypes])
    .describe('Record types to read: `response` (pages), `resource` (files), `conversion` (text of WET files)'),
  content_types: z
    .array(z.string())
    .min(1)
    .default(['text/html', 'application/xhtml+xml', 'text/plain'])
    .describe('Media types to read, as the server sent them; `*` stands for anything, as in `text/*`'),
  status: z
    .array(z.int().min(100).max(999))
    .min(1)
    .default([200])
    .describe('HTTP status codes to read; does not matter for records without HTTP'),
  url_include: z
    .array(z.string())
    .optional()
    .describe('Only URLs that match one of these patterns; `*` stands for anything, as in `*://*.example.org/*`'),
  url_exclude: z.array(z.string()).default([]).describe('No URLs that match one of these patterns'),
  max_record_bytes: z
    .int()
    .positive()
    .default(32 << 20)
    .describe('A larger page, packed or unpacked, is bad input'),
  unit_bytes: z
    .int()
    .positive()
    .default(8 << 20)
    .describe('About how much of a file one thread reads at a time, packed'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

interface Unit extends WarcRange {
  readonly file: FoundFile;
}

/** A record that is wanted, or what is wrong with it; undefined for records that were not asked for. */
type Outcome = Document | BadInput | undefined;

export const warc = defineSource({
  name: 'warc',
  version: 1,
  config,
  inputs: fileInputs,

  async *units(options, { baseDir }): AsyncGenerator<Unit> {
    for (const file of findFiles(options.path, baseDir)) {
      for await (const range of cutWarc(file.path, options.unit_bytes)) yield { file, ...range };
    }
  },

  async *read(unit, options, context: SourceContext): AsyncGenerator<Document> {
    const wantsUrl = urlFilter(options);
    for await (const record of readWarc(unit.file.path, unit)) {
      const place = `${unit.file.name}:${record.place}`;
      const outcome =
        record.kind === 'bad'
          ? { place, reason: record.reason, detail: record.detail, damaged: record.reason !== 'not-a-warc' }
          : await readRecord(record, place, options, wantsUrl);
      if (outcome === undefined) continue;
      if ('reason' in outcome) handleBadInput(outcome, options.on_error, context);
      else yield outcome;
    }
  },
});

async function readRecord(
  record: WarcRecord,
  place: string,
  options: Options,
  wantsUrl: (url: string) => boolean,
): Promise<Outcome> {
  const bad = (reason: string, detail: string): BadInput => ({ place, reason, detail, damaged: true });
  if (!options.records.some((type) => type === record.type) || !wantsUrl(record.url ?? '')) return undefined;
  const outer = parseContentType(record.contentType);
  const http = outer.type === 'application/http' && record.type === 'response';
  const head = http ? await readHttpHead(record.block) : undefined;
  if (http && !head) {
    // The end of the file inside the header is reported by the reader.
    if (record.block.truncated) return undefined;
    return bad('bad-http', 'the record does not begin with an HTTP status line');
  }
  if (head && !options.status.includes(head.status)) return undefined;
  const declared = head ? parseContentType(fieldNamed(head.fields, 'Content-Type')) : outer;
  if (declared.type !== '' && !wantsType(options, declared.type)) return undefined;
  if (record.block.remaining > options.max_record_bytes) {
    const detail = `the record has ${record.block.remaining} bytes, more than max_record_bytes (${options.max_record_bytes})`;
    return bad('record-too-large', detail);
  }
  const payload = await record.block.all();
  if (record.block.truncated) return undefined;
  let body: Buffer;
  try {
    body = head ? await decodeBody(payload, head.fields, options.max_record_bytes) : payload;
  } catch (error) {
    if (!(error instanceof AthanorError) || typeof error.values.reason !== 'string') throw error;
    return bad(error.values.reason, error.message);
  }
  const content = declared.type === '' ? { ...declared, type: sniffType(body) } : declared;
  if (!wantsType(options, content.type)) return undefined;
  return toDocument(record, place, body, content, head?.status);
}

function toDocument(
  record: WarcRecord,
  place: string,
  body: Buffer,
  content: ContentType,
  status: number | undefined,
): Document {
  // WET files are UTF-8 by definition (Common Crawl) and do not say so.
  const declared = content.charset ?? (record.type === 'conversion' ? 'utf-8' : undefined);
  const { text, charset } = decodeText(body, { declared, html: /html/.test(content.type) });
  const id = fieldNamed(record.fields, 'WARC-Record-ID')?.replace(/^<|>$/g, '');
  const truncated = fieldNamed(record.fields, 'WARC-Truncated');
  return {
    id: place,
    text,
    meta: {
      ...(record.url === undefined ? {} : { url: record.url }),
      ...(record.date === undefined ? {} : { date: record.date }),
      content_type: content.type,
      charset,
      ...(status === undefined ? {} : { status }),
      ...(id === undefined ? {} : { record_id: id }),
      ...(truncated === undefined ? {} : { truncated }),
    },
  };
}

/** Pages without a type: browsers look too (WHATWG MIME Sniffing §7.1, the part that matters here). */
function sniffType(body: Buffer): string {
  const head = body.toString('latin1', 0, 1024).trimStart();
  if (/^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|title|script|div|table|!--|p|a |h1|br|meta)/i.test(head))
    return 'text/html';
  for (const byte of body.subarray(0, 1024))
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) return 'application/octet-stream';
  return 'text/plain';
}

function wantsType({ content_types }: Options, type: string): boolean {
  return content_types.some((pattern) => matchesStars(type, pattern.toLowerCase()));
}

function urlFilter({ url_include, url_exclude }: Options): (url: string) => boolean {
  return (url) =>
    (url_include?.some((pattern) => matchesStars(url, pattern)) ?? true) &&
    !url_exclude.some((pattern) => matchesStars(url, pattern));
}

/** A pattern whose only special character is `*`, in linear time. */
export function matchesStars(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (parts.length === 1) return text === pattern;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
