/** What sources share whose documents are whole files, each read by itself: html, markdown, pdf, partly text. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { openUnpacked } from '../../core/node.ts';
import type { Document } from '../document.ts';
import { describeFiles, type FoundFile, findFiles, groupFiles } from '../lines.ts';
import {
  type BadInput,
  commonSourceFields,
  defineSource,
  handleBadInput,
  type OnError,
  onErrorField,
  type pathField,
  type Source,
  type SourceContext,
} from '../source.ts';

/** The last fields of such a source's config; its `path` stands first, its own fields between. */
export function wholeFileFields(maxDocumentBytes = 128 << 20) {
  return {
    max_document_bytes: z.int().positive().default(maxDocumentBytes).describe('A longer file is bad input, in bytes'),
    on_error: onErrorField,
    ...commonSourceFields,
  };
}

type WholeFileConfig = z.ZodObject<{ path: typeof pathField } & ReturnType<typeof wholeFileFields>>;

export interface WholeFileSource<Config extends WholeFileConfig> {
  readonly name: string;
  readonly version: number;
  /** Which files of a directory are meant. */
  readonly endings: RegExp;
  readonly config: Config;
  /** The documents of one file, or what is wrong with it. @param name for ids and places */
  readonly convert: (bytes: Buffer, name: string, options: z.output<Config>) => AsyncIterable<Document | BadInput>;
}

/** A source that is a conversion of single files. */
export function defineWholeFileSource<Config extends WholeFileConfig>(
  definition: WholeFileSource<Config>,
): Source<Config> {
  const { name, version, endings, config, convert } = definition;
  return defineSource({
    name,
    version,
    config,
    inputs: ({ path }, { baseDir }) => ({ files: describeFiles(findWholeFiles(path, baseDir, endings)), parents: [] }),
    units: ({ path }, { baseDir }) => groupFiles(findWholeFiles(path, baseDir, endings)),
    async *read(files: FoundFile[], options, context): AsyncGenerator<Document> {
      const { max_document_bytes, on_error } = options;
      for (const file of files) {
        const bytes = await readWholeFile(file, max_document_bytes, on_error, context);
        if (bytes === undefined) continue;
        for await (const result of convert(bytes, file.name, options)) {
          if ('reason' in result) handleBadInput(result, on_error, context);
          else yield result;
        }
      }
    },
  });
}

/**
 * The files that the patterns mean; of a directory only those with one of the endings (`.gz` may follow).
 * @throws AthanorError('not-found')
 */
function findWholeFiles(patterns: string | readonly string[], baseDir: string, endings: RegExp): FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const pattern of typeof patterns === 'string' ? [patterns] : patterns) {
    const files = findFiles(pattern, baseDir);
    const full = resolve(baseDir, pattern);
    const directory = statSync(full, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const fitting = directory ? files.filter(({ name }) => endings.test(name.replace(/\.gz$/i, ''))) : files;
    if (fitting.length === 0) {
      throw new AthanorError('not-found', `no file in '${pattern}' has a name that ends as ${endings.source}`, {
        place: full,
        hint: 'Give a glob such as `pages/**/*` to take files of other names.',
      });
    }
    for (const file of fitting) found.set(file.path, file);
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The bytes of a file, or undefined where it is set aside: too long, or packed wrong. @param advice against length */
export async function readWholeFile(
  { path, name }: FoundFile,
  maxBytes: number,
  onError: OnError,
  context: SourceContext,
  advice = '',
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of openUnpacked(path).chunks) {
      length += chunk.length;
      if (length > maxBytes) {
        const detail = `the file is longer than ${maxBytes} bytes${advice}`;
        handleBadInput({ place: name, reason: 'document-too-long', detail, damaged: true }, onError, context);
        return undefined;
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (!(error instanceof AthanorError) || error.code !== 'bad-file' || error.place !== path) throw error;
    handleBadInput({ place: name, reason: 'damaged-gzip', detail: error.message, damaged: true }, onError, context);
    return undefined;
  }
  return Buffer.concat(chunks);
}
