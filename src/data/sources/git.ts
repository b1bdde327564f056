/**
 * Code: the files of a git repository at a revision, or of a plain folder. A document is a file, with `meta.path`,
 * `meta.programming_language` (by its name), `meta.licence` (SPDX id, guessed from the nearest LICENSE or COPYING file above it;
 * GPL texts give `GPL-3.0`, because "or later" is said in the files), `meta.commit`.
 *
 * Files in no known language, binary files (a zero byte, as git tells them) and files beyond the size limit are not read. The
 * repository is read through `git ls-tree` and `git cat-file`: what is not committed is not there, and nothing is run.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { decodeText } from '../charset/index.ts';
import type { Document } from '../document.ts';
import { languageOfPath } from '../git/languages.ts';
import { isLicenceFile, licenceOfText } from '../git/licence-text.ts';
import { commitOf, contentsOf, filesOf, isRepository, prefixOf } from '../git/repository.ts';
import { describeFiles, findFiles, globToRegExp } from '../lines.ts';
import { commonSourceFields, defineSource, handleBadInput, onErrorField, type SourceContext } from '../source.ts';

const config = z.strictObject({
  path: z.string().describe('A git working tree, a folder of one, a bare repository, or a plain folder'),
  revision: z.string().default('HEAD').describe('Branch, tag or commit; does not matter for plain folders'),
  include: z.array(z.string()).min(1).default(['**']).describe('Globs of paths to read'),
  exclude: z
    .array(z.string())
    .default(['**/node_modules/**', '**/vendor/**', '**/third_party/**'])
    .describe('Globs of paths not to read'),
  languages: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Only files in these languages, such as `python`, `typescript`, `cpp`; default: all that are known'),
  max_file_bytes: z
    .int()
    .positive()
    .default(1 << 20)
    .describe('Longer files are not read: data and generated code, mostly'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

interface CodeFile {
  readonly path: string;
  readonly bytes: number;
  /** git's name of the content; in plain folders the file's path. */
  readonly object: string;
  readonly licence?: string | undefined;
}

interface Unit {
  readonly directory: string;
  /** undefined: a plain folder. */
  readonly commit?: string | undefined;
  readonly files: readonly CodeFile[];
}

const UNIT_BYTES = 4 << 20;
const UNIT_FILES = 1000;

export const git = defineSource({
  name: 'git',
  version: 1,
  config,

  inputs(options, { baseDir }) {
    const directory = resolve(baseDir, options.path);
    const name = basename(directory);
    if (!isRepository(directory)) return { files: describeFiles(findFiles(options.path, baseDir)), parents: [] };
    const commit = commitOf(directory, options.revision);
    const files = filesOf(directory, commit, prefixOf(directory));
    if (files.length === 0)
      throw new AthanorError('not-found', `${directory} has no file at revision '${options.revision}'`, {
        place: directory,
        hint: 'Of a folder in a git repository only what is committed is read: commit its files, or read them with the source `text`.',
      });
    const list = files.map(({ object, path }) => `${object} ${path}\n`).join('');
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const sha256 = createHash('sha256').update(list).digest('hex');
    return { files: [{ path: `${name}@${commit}`, bytes, sha256 }], parents: [] };
  },

  *units(options, { baseDir }): Generator<Unit> {
    const directory = resolve(baseDir, options.path);
    const commit = isRepository(directory) ? commitOf(directory, options.revision) : undefined;
    const all =
      commit === undefined ? plainFiles(options.path, baseDir) : filesOf(directory, commit, prefixOf(directory));
    const licences = licencesOf(directory, commit, all);
    let files: CodeFile[] = [];
    let bytes = 0;
    for (const file of wantedFiles(all, options)) {
      if (files.length > 0 && (bytes + file.bytes > UNIT_BYTES || files.length === UNIT_FILES)) {
        yield { directory, commit, files };
        [files, bytes] = [[], 0];
      }
      files.push({ ...file, licence: licenceFor(file.path, licences) });
      bytes += file.bytes;
    }
    if (files.length > 0) yield { directory, commit, files };
  },

  *read({ directory, commit, files }, options, context: SourceContext): Generator<Document> {
    const name = basename(directory);
    const contents = readContents(directory, commit, files);
    for (const [i, { path, licence }] of files.entries()) {
      const content = contents[i];
      const id = `${name}/${path}`;
      if (content === undefined) {
        const detail = 'git does not have its content (a partial clone?)';
        handleBadInput({ place: id, reason: 'missing-object', detail, damaged: true }, options.on_error, context);
      } else if (!content.subarray(0, 8000).includes(0)) {
        const language = languageOfPath(path);
        const { text } = decodeText(content);
        yield {
          id,
          text,
          meta: {
            path,
            ...(language === undefined ? {} : { programming_language: language }),
            ...(licence === undefined ? {} : { licence }),
            ...(commit === undefined ? {} : { commit }),
          },
        };
      }
    }
  },
});

function plainFiles(path: string, baseDir: string): CodeFile[] {
  const root = resolve(baseDir, path);
  return findFiles(path, baseDir).map((file) => ({
    path: file.path.slice(root.length + 1).replaceAll('\\', '/') || basename(file.path),
    bytes: statSync(file.path).size,
    object: file.path,
  }));
}

function readContents(
  directory: string,
  commit: string | undefined,
  files: readonly CodeFile[],
): (Buffer | undefined)[] {
  if (commit === undefined) return files.map(({ object }) => readFileSync(object));
  return contentsOf(
    directory,
    files.map(({ object }) => object),
  );
}

function* wantedFiles(files: readonly CodeFile[], options: Options): Generator<CodeFile> {
  const [include, exclude] = [options.include.map(globToRegExp), options.exclude.map(globToRegExp)];
  for (const file of files) {
    const { path, bytes } = file;
    if (bytes > options.max_file_bytes || bytes === 0) continue;
    if (!include.some((glob) => glob.test(path)) || exclude.some((glob) => glob.test(path))) continue;
    const language = languageOfPath(path);
    if (language === undefined || (options.languages && !options.languages.includes(language))) continue;
    yield file;
  }
}

/** Licences by the folder that they lie in. */
function licencesOf(directory: string, commit: string | undefined, files: readonly CodeFile[]): Map<string, string> {
  const found = files.filter(({ path, bytes }) => isLicenceFile(path) && bytes < 1 << 20).slice(0, 1000);
  const contents = found.length === 0 ? [] : readContents(directory, commit, found);
  const licences = new Map<string, string>();
  for (const [i, { path }] of found.entries()) {
    const licence = contents[i] && licenceOfText(contents[i].toString());
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (licence === undefined) continue;
    // Two licence files side by side mean a choice, as Rust's projects have it.
    const before = licences.get(folder);
    licences.set(folder, before === undefined || before === licence ? licence : `${before} OR ${licence}`);
  }
  return licences;
}

function licenceFor(path: string, licences: ReadonlyMap<string, string>): string | undefined {
  for (let folder = path; folder !== ''; ) {
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
    const licence = licences.get(folder);
    if (licence !== undefined) return licence;
  }
  return undefined;
}
