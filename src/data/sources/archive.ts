/**
 * ZIP, tar and tar.gz archives of texts: members are read by their ending, as the sources for such files read them: `.txt`, `.md`,
 * `.html` (a document each; charset found), `.jsonl`, `.json`, `.csv`, `.tsv` (a document a record), all of these also with `.gz`.
 * `meta.path` is the member's name.
 *
 * Nothing is unpacked to the disk. Encrypted members, wrong checksums, names that point out of the archive, and bombs (by ratio,
 * by length, by overlapping members) are bad input. Costs one member's memory. ZIP files are read on all cores, tar
 * files on one: they have no directory.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import {
  type ArchiveKind,
  archiveKind,
  type BadMember,
  type EntryRange,
  type Member,
  tarMembers,
  zipMembers,
  zipRanges,
} from '../archive/members.ts';
import { decodeText } from '../charset/index.ts';
import type { Document } from '../document.ts';
import { type FoundFile, fileInputs, findFiles, globToRegExp } from '../lines.ts';
import { recordFields } from '../records.ts';
import {
  commonSourceFields,
  defineSource,
  handleBadInput,
  onErrorField,
  pathField,
  type SourceContext,
} from '../source.ts';
import { csv, readTable } from './csv.ts';
import { json, readJsonRecords } from './json.ts';
import { jsonl, readJsonLines } from './jsonl.ts';

const config = z.strictObject({
  path: pathField.describe('File, directory or glob of .zip, .tar, .tar.gz or .tgz files, or a list of them'),
  members: z
    .array(z.string())
    .min(1)
    .default([
      '**/*.{txt,md,html,htm,xhtml,jsonl,ndjson,json,csv,tsv}',
      '**/*.{txt,md,html,htm,jsonl,ndjson,json,csv,tsv}.gz',
    ])
    .describe('Globs of member names to read'),
  records: z.string().default('').describe('Where the objects lie in `.json` members, as in `data.items`'),
  ...recordFields,
  max_member_bytes: z
    .int()
    .positive()
    .default(256 << 20)
    .describe('A longer member, unpacked, is bad input'),
  max_ratio: z
    .number()
    .positive()
    .default(1000)
    .describe('What unpacks to more bytes for each packed one is a bomb, and bad input; counts beyond 16 MB'),
  unit_bytes: z
    .int()
    .positive()
    .default(8 << 20)
    .describe('About how much of a ZIP file one thread reads at a time, unpacked'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

interface Unit {
  readonly file: FoundFile;
  readonly kind: ArchiveKind | undefined;
  readonly entries: EntryRange;
}

export const archive = defineSource({
  name: 'archive',
  version: 1,
  config,
  inputs: fileInputs,

  async *units({ path, unit_bytes }, { baseDir }): AsyncGenerator<Unit> {
    for (const file of findFiles(path, baseDir)) {
      const kind = archiveKind(file.path);
      const ranges = kind === 'zip' ? await zipRanges(file.path, unit_bytes) : [{ first: 0, count: 0 }];
      for (const entries of ranges) yield { file, kind, entries };
    }
  },

  async *read(unit, options, context: SourceContext): AsyncGenerator<Document> {
    for await (const member of membersOf(unit, options)) {
      const place = member.name === '' ? unit.file.name : `${unit.file.name}/${member.name}`;
      if (member.kind === 'member') {
        for await (const document of readMember(member, place, options, context))
          yield { ...document, meta: { ...document.meta, path: member.name } };
      } else {
        const { reason, detail } = member;
        handleBadInput({ place, reason, detail, damaged: reason !== 'not-an-archive' }, options.on_error, context);
      }
    }
  },
});

async function* membersOf({ file, kind, entries }: Unit, options: Options): AsyncGenerator<Member | BadMember> {
  const globs = options.members.map(globToRegExp);
  const wants = (name: string) => globs.some((glob) => glob.test(name));
  const limits = { maxMemberBytes: options.max_member_bytes, maxRatio: options.max_ratio };
  if (kind === undefined) {
    yield { kind: 'bad', name: '', reason: 'not-an-archive', detail: 'it is no ZIP, tar or tar.gz file' };
  } else if (kind === 'zip') yield* zipMembers(file.path, entries, limits, wants);
  else yield* tarMembers(file.path, kind === 'tar.gz', limits, wants);
}

async function* readMember(
  member: Member,
  place: string,
  options: Options,
  context: SourceContext,
): AsyncGenerator<Document> {
  let { bytes } = member;
  if (/\.gz$/i.test(member.name)) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: options.max_member_bytes });
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'bomb' : 'damaged-member';
      handleBadInput({ place, reason, detail: (error as Error).message, damaged: true }, options.on_error, context);
      return;
    }
  }
  const ending = /\.([a-z0-9]+)(?:\.gz)?$/i.exec(member.name)?.[1]?.toLowerCase();
  const { text, id, meta, on_error } = options;
  const shared = { text, id, meta, on_error };
  if (ending === 'jsonl' || ending === 'ndjson') {
    const settings = jsonl.config.parse({ path: place, max_line_bytes: options.max_member_bytes, ...shared });
    yield* readJsonLines({ first: 1, bytes }, place, settings, context);
  } else if (ending === 'json') {
    const settings = json.config.parse({ path: place, records: options.records, ...shared });
    yield* readJsonRecords(oneChunk(bytes), place, settings, context);
  } else if (ending === 'csv' || ending === 'tsv') {
    const settings = csv.config.parse({ path: place, ...shared, ...(ending === 'tsv' ? { delimiter: '\t' } : {}) });
    yield* withFile(bytes, (path) => readTable({ path, name: place }, settings, context));
  } else yield toDocument(bytes, place, /^x?html?$/.test(ending ?? ''));
}

function toDocument(bytes: Buffer, place: string, html: boolean): Document {
  const { text, charset } = decodeText(bytes, { html });
  return { id: place, text, meta: html ? { content_type: 'text/html', charset } : { charset } };
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** DuckDB reads files only. */
async function* withFile(bytes: Buffer, use: (path: string) => AsyncIterable<Document>): AsyncGenerator<Document> {
  const directory = mkdtempSync(join(tmpdir(), 'athanor-member-'));
  try {
    const path = join(directory, 'member.csv');
    writeFileSync(path, bytes);
    yield* use(path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
