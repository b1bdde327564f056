/**
 * tiktoken's rank files: a line `base64 rank` for each token, the rank being its id and the order of merging. Tokens are
 * bytes, held as strings of one character a byte. Knows no pipeline.
 */
import { AthanorError } from '../../core/index.ts';

/** Bytes (one character each) → rank. */
export type Ranks = ReadonlyMap<string, number>;

/** Ranks beyond this are no vocabulary, and would only cost memory. */
const rankLimit = 1 << 24;

/** The error for a malformed rank file. */
export function badRanks(place: string, what: string): AthanorError {
  return new AthanorError('bad-file', `tiktoken ranks: ${place}: ${what}`, {
    place,
    hint: 'Each line holds a token in base64 and its rank: `aGVsbG8= 15339`.',
  });
}

/** @throws AthanorError('bad-file') naming the line */
export function readRanks(text: string): Map<string, number> {
  const ranks = new Map<string, number>();
  const owners = new Map<number, number>();
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `line ${i + 1}`;
    const found = /^([A-Za-z0-9+/=]+) (\d+)\s*$/.exec(line);
    if (!found) throw badRanks(place, `expected \`base64 rank\`, found ${JSON.stringify(line.slice(0, 80))}`);
    const rank = Number(found[2]);
    if (rank >= rankLimit) throw badRanks(place, `rank ${found[2]} is larger than ${rankLimit - 1}`);
    const bytes = decodeBase64(found[1]!, place);
    if (ranks.has(bytes)) throw badRanks(place, 'the token was there before');
    const owner = owners.get(rank);
    if (owner !== undefined) throw badRanks(place, `rank ${rank} was there before, in line ${owner}`);
    owners.set(rank, i + 1);
    ranks.set(bytes, rank);
  }
  return ranks;
}

/** @returns one character a byte */
export function decodeBase64(text: string, place: string): string {
  let bytes = '';
  try {
    bytes = atob(text);
  } catch {
    // the error below
  }
  if (bytes === '') throw badRanks(place, `expected base64, found ${JSON.stringify(text.slice(0, 80))}`);
  return bytes;
}

export function writeRanks(ranks: Ranks): string {
  return [...ranks]
    .sort((a, b) => a[1] - b[1])
    .map(([bytes, rank]) => `${btoa(bytes)} ${rank}\n`)
    .join('');
}
