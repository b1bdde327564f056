/**
 * Cuts a stream of JSON text into values without holding more than one of them: elements of an array, of arrays inside objects
 * (by a path of keys), or values one after the other. Finds where values end; whether they are valid is `JSON.parse`'s
 * business.
 */
import { AthanorError } from '../core/index.ts';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The values that `path` leads to, as UTF-8 text. Without a path: the elements of the outermost array, or the values of
 * the file one after the other. Arrays on the way stand for each of their elements.
 * @throws AthanorError('bad-file') where the text is no JSON (`values.reason`: `malformed-json`, `value-too-long`)
 */
export async function* jsonValues(
  chunks: AsyncIterable<Buffer>,
  path: readonly string[],
  maxValueBytes: number,
): AsyncGenerator<Buffer> {
  const scanner = new Scanner(chunks[Symbol.asyncIterator](), maxValueBytes);
  try {
    await scanner.skipMark();
    while ((await scanner.peek()) !== undefined) yield* descend(scanner, path);
  } finally {
    await scanner.close();
  }
}

async function* descend(scanner: Scanner, path: readonly string[]): AsyncGenerator<Buffer> {
  if ((await scanner.peek()) === OPEN_ARRAY) {
    scanner.step();
    for (let first = true; ; first = false) {
      if ((await scanner.expectSome()) === CLOSE_ARRAY && first) break;
      yield* descendElement(scanner, path);
      const next = await scanner.expectSome();
      if (next !== COMMA && next !== CLOSE_ARRAY) throw scanner.malformed("expected ',' or ']'");
      if (next === CLOSE_ARRAY) break;
      scanner.step();
    }
    scanner.step();
  } else yield* descendElement(scanner, path);
}

async function* descendElement(scanner: Scanner, path: readonly string[]): AsyncGenerator<Buffer> {
  const [key, ...rest] = path;
  if (key === undefined) {
    yield await scanner.value(true);
    return;
  }
  if ((await scanner.peek()) !== OPEN_OBJECT) {
    await scanner.value(false);
    return;
  }
  scanner.step();
  for (let first = true; ; first = false) {
    if ((await scanner.expectSome()) === CLOSE_OBJECT && first) break;
    const name = scanner.parse(await scanner.value(true));
    if ((await scanner.expectSome()) !== COLON) throw scanner.malformed("expected ':'");
    scanner.step();
    await scanner.expectSome();
    if (name === key) yield* descend(scanner, rest);
    else await scanner.value(false);
    const next = await scanner.expectSome();
    if (next !== COMMA && next !== CLOSE_OBJECT) throw scanner.malformed("expected ',' or '}'");
    if (next === CLOSE_OBJECT) break;
    scanner.step();
  }
  scanner.step();
}

/** Where a value ends, kept between chunks. */
interface ValueState {
  depth: number;
  inString: boolean;
  escaped: boolean;
  begun: boolean;
}

class Scanner {
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly maxValueBytes: number;
  private chunk: Buffer = Buffer.alloc(0);
  private at = 0;
  private before = 0;

  constructor(chunks: AsyncIterator<Buffer>, maxValueBytes: number) {
    this.chunks = chunks;
    this.maxValueBytes = maxValueBytes;
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  async skipMark(): Promise<void> {
    if (!(await this.fill())) return;
    const [a, b, c] = this.chunk;
    if (a === 0xef && b === 0xbb && c === 0xbf) this.at = 3;
  }

  /** The next byte that is no space; undefined at the end. */
  async peek(): Promise<number | undefined> {
    while (await this.fill()) {
      const byte = this.chunk[this.at]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at++;
    }
    return undefined;
  }

  async expectSome(): Promise<number> {
    const byte = await this.peek();
    if (byte === undefined) throw this.malformed('the text ends too early');
    return byte;
  }

  step(): void {
    this.at++;
  }

  /** Passes over one value. @param keep return its text */
  async value(keep: boolean): Promise<Buffer> {
    const parts: Buffer[] = [];
    let length = 0;
    const state: ValueState = { depth: 0, inString: false, escaped: false, begun: false };
    await this.expectSome();
    for (let done = false; !done; ) {
      if (!(await this.fill())) {
        // A number or a word at the end of the file ends with it.
        if (state.depth > 0 || state.inString) throw this.malformed('the text ends inside a value');
        break;
      }
      const start = this.at;
      done = this.advance(state);
      length += this.at - start;
      if (keep) {
        if (length > this.maxValueBytes) throw this.tooLong();
        parts.push(this.chunk.subarray(start, this.at));
      }
    }
    if (length === 0) throw this.malformed('expected a value');
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  parse(text: Buffer): unknown {
    try {
      return JSON.parse(text.toString());
    } catch {
      throw this.malformed('expected a key in quotes');
    }
  }

  malformed(what: string): AthanorError {
    return new AthanorError('bad-file', `not valid JSON at byte ${this.before + this.at}: ${what}`, {
      values: { reason: 'malformed-json', offset: this.before + this.at },
    });
  }

  private tooLong(): AthanorError {
    const detail = `a value before byte ${this.before + this.at} is longer than ${this.maxValueBytes} bytes`;
    return new AthanorError('bad-file', detail, { values: { reason: 'value-too-long' } });
  }

  /** Reads on in the chunk. @returns whether the value has ended, at `this.at` */
  private advance(state: ValueState): boolean {
    const { chunk } = this;
    for (; this.at < chunk.length; this.at++) {
      const byte = chunk[this.at]!;
      if (state.inString) {
        if (state.escaped) state.escaped = false;
        else if (byte === BACKSLASH) state.escaped = true;
        else if (byte === QUOTE) {
          state.inString = false;
          if (state.depth === 0) return this.endAfter();
        }
      } else if (byte === QUOTE) {
        if (state.depth === 0 && state.begun) return true;
        state.inString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (state.depth === 0 && state.begun) return true;
        state.depth++;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (state.depth === 0) return true;
        if (--state.depth === 0) return this.endAfter();
      } else if (state.depth === 0 && (byte === COMMA || byte === COLON || byte <= 0x20)) return true;
      state.begun = true;
    }
    return false;
  }

  private endAfter(): true {
    this.at++;
    return true;
  }

  private async fill(): Promise<boolean> {
    while (this.at >= this.chunk.length) {
      const next = await this.chunks.next();
      if (next.done) return false;
      this.before += this.chunk.length;
      this.chunk = next.value;
      this.at = 0;
    }
    return true;
  }
}
