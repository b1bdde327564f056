/** The side file of an unfinished count: tables of words, and how far they go. Written whole or not at all. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { clearLeftovers, writeFileAtomic } from '../../core/node.ts';
import type { CountPosition } from './count-blocks.ts';

export interface CountState {
  /** Everything before this position is in the tables. */
  readonly position: CountPosition;
  readonly documents: number;
  /** Serialized `WordTable`s. */
  readonly tables: readonly Uint8Array<ArrayBuffer>[];
}

interface Header extends Omit<CountState, 'tables'> {
  readonly identity: string;
  readonly sizes: readonly number[];
}

const magic = 'athanor word counts 1\n';

/** @param identity what was being counted, and how */
export function writeCountState(path: string, identity: string, { tables, ...rest }: CountState): void {
  const header: Header = { ...rest, identity, sizes: tables.map((table) => table.length) };
  writeFileAtomic(path, [Buffer.from(`${magic}${JSON.stringify(header)}\n`), ...tables]);
}

/** @returns undefined where there is none, or one of another count */
export function readCountState(path: string, identity: string): CountState | undefined {
  clearLeftovers(dirname(path));
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const end = bytes.indexOf(0x0a, magic.length);
  if (end < 0 || bytes.toString('utf8', 0, magic.length) !== magic) return undefined;
  const { sizes, identity: found, ...rest } = JSON.parse(bytes.toString('utf8', magic.length, end)) as Header;
  if (found !== identity) return undefined;
  let at = end + 1;
  const tables = sizes.map((size) => {
    const table = new Uint8Array(size); // at the start of a buffer of its own
    table.set(bytes.subarray(at, at + size));
    at += size;
    return table;
  });
  return at === bytes.length ? { ...rest, tables } : undefined;
}

/** Removes the side file of a count that is not needed any more. */
export function forgetCounts(path: string): void {
  rmSync(path, { force: true });
}
