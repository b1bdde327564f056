/** A survey's verdicts on the disk, one a line, in the order of the documents; handed out block by block. */
import { existsSync, statSync } from 'node:fs';
import { AthanorError, invariant } from '../../core/index.ts';
import { readLines } from '../lines.ts';
import { GrowingFile, type SpoolBlock } from './spool.ts';

export type Verdict = readonly [number: number, value: unknown];

export interface GivenVerdicts {
  readonly documents: number;
  readonly bytes: number;
}

export const noVerdicts: GivenVerdicts = { documents: 0, bytes: 0 };

const buffered = 1 << 16;

export class VerdictWriter {
  readonly #file: GrowingFile;
  #lines = '';
  #last = -1;

  /** @param given what is there and stays */
  constructor(path: string, { bytes, documents }: GivenVerdicts = noVerdicts) {
    this.#file = new GrowingFile(path, bytes);
    this.#last = documents - 1;
  }

  add(number: number, value: unknown): void {
    invariant(number > this.#last, `verdict of document ${number} after that of ${this.#last}`);
    this.#last = number;
    this.#lines += `${JSON.stringify([number, value])}\n`;
    if (this.#lines.length >= buffered) this.#flush();
  }

  sync(): void {
    this.#flush();
    this.#file.sync();
  }

  finish(): void {
    this.sync();
    this.#file.close();
  }

  abandon(): void {
    this.#file.close();
  }

  #flush(): void {
    this.#file.append(Buffer.from(this.#lines));
    this.#lines = '';
  }
}

/** The whole verdicts that a stopped survey left, one a document from the first; what is torn behind them is left out. */
export async function givenVerdicts(path: string): Promise<GivenVerdicts> {
  let [documents, bytes] = [0, 0];
  if (!existsSync(path)) return noVerdicts;
  const { size } = statSync(path);
  for await (const lines of readLines(path, Number.MAX_SAFE_INTEGER))
    for (const { text } of lines) {
      const length = text === undefined ? Number.POSITIVE_INFINITY : Buffer.byteLength(text) + 1;
      if (bytes + length > size || numberOf(text!) !== documents) return { documents, bytes };
      documents++;
      bytes += length;
    }
  return { documents, bytes };
}

function numberOf(line: string): number | undefined {
  try {
    return (JSON.parse(line) as Verdict)[0];
  } catch {
    return undefined; // half a line, of a process that was killed
  }
}

/** Every block with the verdicts of its documents. @param path undefined: there are none */
export async function* withVerdicts(
  blocks: Iterable<SpoolBlock>,
  path: string | undefined,
): AsyncGenerator<{ block: SpoolBlock; verdicts: Verdict[] }> {
  const verdicts = path === undefined ? undefined : readVerdicts(path);
  let ahead = (await verdicts?.next())?.value;
  let current: SpoolBlock | undefined;
  async function* upTo(block: SpoolBlock, end: number) {
    const taken: Verdict[] = [];
    while (ahead && ahead[0] < end) {
      taken.push(ahead);
      ahead = (await verdicts!.next()).value;
    }
    yield { block, verdicts: taken };
  }
  for (const block of blocks) {
    if (current) yield* upTo(current, block.first);
    current = block;
  }
  if (current) yield* upTo(current, Number.POSITIVE_INFINITY);
}

async function* readVerdicts(path: string): AsyncGenerator<Verdict, undefined> {
  for await (const lines of readLines(path, Number.MAX_SAFE_INTEGER))
    for (const { text } of lines) {
      if (text === undefined) throw new AthanorError('bad-file', `${path} is damaged`, { place: path });
      yield JSON.parse(text) as Verdict;
    }
  return undefined;
}
