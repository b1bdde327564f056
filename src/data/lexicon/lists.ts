/** Word lists: those that ship, and files with an entry a line (`#` begins a comment line). */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readText } from '../../core/node.ts';

export const shippedLists = ['en', 'zh'] as const;
export type ShippedList = (typeof shippedLists)[number];

/** LDNOOBW's lists, CC BY 4.0 (bad-words.SOURCE.txt). The Chinese one also in Traditional characters. */
export async function readShippedList(name: ShippedList): Promise<string[]> {
  const words = entriesOf(readText(fileURLToPath(new URL(`./bad-words-${name}.txt`, import.meta.url))));
  if (name !== 'zh') return words;
  const { Converter } = await import('opencc-js/cn2t');
  return [...words, ...words.map(Converter({ from: 'cn', to: 't' }))];
}

/** @throws AthanorError('not-found' | 'bad-file') */
export const readList = (path: string, baseDir: string): string[] => entriesOf(readText(resolve(baseDir, path)));

function entriesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
