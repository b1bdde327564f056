/** Shared by sources whose documents are whole files: which files, and their bytes. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { openUnpacked } from '../../core/node.ts';
import { type FoundFile, findFiles } from '../lines.ts';
import { handleBadInput, type OnError, type SourceContext } from '../source.ts';

/**
 * The files that the patterns mean; of a directory only those with one of the endings (`.gz` may follow).
 * @throws AthanorError('not-found')
 */
export function findWholeFiles(patterns: string | readonly string[], baseDir: string, endings: RegExp): FoundFile[] {
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

/** The bytes of a file, or undefined where it is set aside: too long, or packed wrong. */
export async function readWholeFile(
  { path, name }: FoundFile,
  maxBytes: number,
  onError: OnError,
  context: SourceContext,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of openUnpacked(path).chunks) {
      length += chunk.length;
      if (length > maxBytes) {
        const detail = `the file is longer than ${maxBytes} bytes`;
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
