/** A survey's verdicts on the disk, one a line, in the order of the documents; handed out block by block. */
import { AthanorError, invariant } from '../../core/index.ts';
import { readLines } from '../lines.ts';
import { GrowingFile, type SpoolBlock } from './spool.ts';

export type Verdict = readonly [number: number, value: unknown];

const buffered = 1 << 16;

export class VerdictWriter {
  readonly #file: GrowingFile;
  #lines = '';
  #last = -1;

  constructor(path: string) {
    this.#file = new GrowingFile(path);
  }

  add(number: number, value: unknown): void {
    invariant(number > this.#last, `verdict of document ${number} after that of ${this.#last}`);
    this.#last = number;
    this.#lines += `${JSON.stringify([number, value])}\n`;
    if (this.#lines.length >= buffered) this.#flush();
  }

  finish(): void {
    this.#flush();
    this.#file.sync();
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
