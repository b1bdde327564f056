/** What the n-gram model counts: characters, bytes or words of a line, as strings without white space. No text can hold a unit
 * that is called like the model's own `<s>`, `</s>` and `<unk>`: `<` is a unit of its own. */
import { z } from 'zod';
import { classOf, codePointAt, control, ideograph, punctuation, space, symbol } from '../text/characters.ts';

export const unitSettings = z.strictObject({
  unit: z
    .enum(['characters', 'bytes', 'words'])
    .default('words')
    .describe(
      '`words`: runs of letters and digits, each Han or kana character and each punctuation mark; `characters`; `bytes`',
    ),
  lowercase: z.boolean().default(true).describe('Read the text in small letters'),
  digits: z.boolean().default(true).describe('All digits count as 0'),
});

export type UnitSettings = z.output<typeof unitSettings>;

export const SPACE = '▁';

/** The lines of a text that are not blank, each a sentence for the model. */
export function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, end).trim();
    if (line !== '') yield line;
    start = end + 1;
  }
}

/** The function from a line to its units. Unpaired surrogates become U+FFFD, as they do in every file. */
export function unitSplitter({ unit, lowercase, digits }: UnitSettings): (line: string) => string[] {
  const split = unit === 'words' ? wordsOf : unit === 'characters' ? charactersOf : bytesOf;
  return (line) => {
    let text = line.replace(/[\ud800-\udfff]/gu, '\ufffd');
    if (lowercase) text = text.toLowerCase();
    if (digits) text = text.replace(/\p{Nd}/gu, '0');
    return split(text);
  };
}

/** Control characters part units too: ARPA files cannot hold them. */
const isGap = (kind: number): boolean => kind === space || kind === control;

function charactersOf(line: string): string[] {
  const units: string[] = [];
  for (let at = 0; at < line.length; ) {
    const codePoint = codePointAt(line, at);
    const next = codePoint > 0xffff ? at + 2 : at + 1;
    if (!isGap(classOf(codePoint))) units.push(line.slice(at, next));
    else if (units[units.length - 1] !== SPACE) units.push(SPACE);
    at = next;
  }
  return units;
}

function wordsOf(line: string): string[] {
  const units: string[] = [];
  let start = -1;
  for (let at = 0; at < line.length; ) {
    const codePoint = codePointAt(line, at);
    const next = codePoint > 0xffff ? at + 2 : at + 1;
    const kind = classOf(codePoint);
    const gap = isGap(kind);
    if (gap || kind === ideograph || kind === punctuation || kind === symbol) {
      if (start >= 0) units.push(line.slice(start, at));
      start = -1;
      if (!gap) units.push(line.slice(at, next));
    } else if (start < 0) start = at;
    at = next;
  }
  if (start >= 0) units.push(line.slice(start));
  return units;
}

const byteNames = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

function bytesOf(line: string): string[] {
  return Array.from(new TextEncoder().encode(line), (byte) => byteNames[byte]!);
}
