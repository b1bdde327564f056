/** Texts to measure encoders on: by kind, in documents of 4,000 characters. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { AthanorError } from '../../core/index.ts';

const documentLength = 4000;

/** Characters of each kind that are measured at most. */
const limit = 1_500_000;

/** The examples' own data and this program's code. */
export function sampleTexts(): Record<string, string[]> {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')))
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { text: string }).text);
  return {
    english: cut(readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8')),
    chinese: cut(poems.join('\n')),
    code: cut(codeFiles(join(root, 'dist')).join('\n')),
  };
}

function codeFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.js'))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** `kind=path` arguments: text files, or JSONL files with `text`. @throws AthanorError naming the argument */
export function givenTexts(inputs: readonly string[]): Record<string, string[]> {
  const kinds: Record<string, string[]> = {};
  for (const input of inputs) {
    const [, kind, path] = /^([\w-]+)=(.+)$/.exec(input) ?? [];
    if (!kind || !path)
      throw new AthanorError('bad-input', `--input: expected kind=file, found '${input}'`, {
        hint: 'For example --input english=book.txt',
      });
    if (!existsSync(path)) throw new AthanorError('not-found', `--input: no such file: ${path}`, { place: path });
    const bytes = readFileSync(path);
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    const isJsonl = /\.jsonl(\.gz)?$/.test(path);
    kinds[kind] = cut(isJsonl ? jsonlTexts(text, path) : text);
  }
  return kinds;
}

function jsonlTexts(text: string, path: string): string {
  const rows = text.split('\n').filter((line) => line.trim() !== '');
  return rows
    .map((line, i) => {
      try {
        const row = JSON.parse(line) as { text?: unknown };
        if (typeof row.text === 'string') return row.text;
      } catch {
        // told below
      }
      throw new AthanorError('bad-file', `${path}:${i + 1}: expected {"text": "…"}`, { place: `${path}:${i + 1}` });
    })
    .join('\n');
}

function cut(text: string): string[] {
  const whole = text.slice(0, limit);
  const documents: string[] = [];
  for (let at = 0; at < whole.length; ) {
    let end = Math.min(whole.length, at + documentLength);
    if ((whole.codePointAt(end - 1) ?? 0) > 0xffff) end++;
    documents.push(whole.slice(at, end));
    at = end;
  }
  return documents;
}
