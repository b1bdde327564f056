/**
 * Prepares a decoder for one vocabulary. Decoding a list and decoding token by token run the same steps, so they agree;
 * what a token becomes on its own is worked out once a token.
 */
import { utf8Length, wellFormed } from '../byte-level.ts';
import type { CompiledDecoder, Decoder, DecoderStep, TokenSink, TokenTable } from '../types.ts';
import { decodeUtf8, decodeWhole, utf8Stream } from './utf8-stream.ts';

export function compileDecoder(decoder: Decoder, table: TokenTable): CompiledDecoder {
  const { steps } = decoder;
  const split = steps.findIndex((step) => !step.map);
  const maps = split < 0 ? steps : steps.slice(0, split);
  const rest = split < 0 ? [] : steps.slice(split);
  const tokens = new MappedTokens(table, maps);
  const byteLength = (id: number) => lengthOf(table.token(id), steps);
  const bytes = rest.length === 1 ? rest[0]!.bytes : undefined;
  if (bytes) return { ...bytesDecoder(tokens, bytes), byteLength };
  return {
    byteLength,
    decode(ids) {
      const chain = openChain(rest);
      let first = true;
      for (let i = 0; i < ids.length; i++) {
        const text = tokens.get(ids[i]!, first);
        if (text === undefined) continue;
        first = false;
        chain.sink.write(text);
        chain.sink.end();
      }
      chain.sink.finish();
      return chain.take();
    },
    stream() {
      const chain = openChain(rest);
      let first = true;
      return {
        push(id) {
          const text = tokens.get(id, first);
          if (text === undefined) return '';
          first = false;
          chain.sink.write(text);
          chain.sink.end();
          return chain.take();
        },
        flush() {
          first = true;
          chain.sink.finish();
          return chain.take();
        },
      };
    },
  };
}

/** Tokens after the first steps, each of which changes a token by itself. */
class MappedTokens {
  readonly #table: TokenTable;
  readonly #maps: readonly DecoderStep[];
  readonly #inner: (string | undefined)[] = [];

  constructor(table: TokenTable, maps: readonly DecoderStep[]) {
    this.#table = table;
    this.#maps = maps;
  }

  /** undefined for a hole in the id range. */
  get(id: number, first: boolean): string | undefined {
    if (first) return this.#map(id, true);
    const known = this.#inner[id];
    if (known !== undefined) return known;
    const mapped = this.#map(id, false);
    this.#inner[id] = mapped;
    return mapped;
  }

  #map(id: number, first: boolean): string | undefined {
    const token = this.#table.token(id);
    return token === undefined
      ? undefined
      : this.#maps.reduce((text, step) => step.map!(text, first), wellFormed(token));
  }
}

/** The steps one after the other, and the text that has come out of the last. */
function openChain(steps: readonly DecoderStep[]): { readonly sink: TokenSink; take(): string } {
  let out = '';
  const last: TokenSink = {
    write(text) {
      out += text;
    },
    end: () => undefined,
    finish: () => undefined,
  };
  return {
    sink: steps.reduceRight((next, step) => step.open(next), last),
    take() {
      const text = out;
      out = '';
      return text;
    },
  };
}

/** The usual chain, ByteLevel alone, without strings for the tokens. */
function bytesDecoder(
  tokens: MappedTokens,
  toBytes: (token: string) => Uint8Array,
): Pick<CompiledDecoder, 'decode' | 'stream'> {
  const inner: (Uint8Array | undefined)[] = [];
  const bytesOf = (id: number, first: boolean): Uint8Array | undefined => {
    if (!first && inner[id]) return inner[id];
    const token = tokens.get(id, first);
    if (token === undefined) return undefined;
    const bytes = toBytes(token);
    if (!first) inner[id] = bytes;
    return bytes;
  };
  /** The text of tokens that are whole characters; null for the others. */
  const texts: (string | null | undefined)[] = [];
  return {
    decode(ids) {
      let all = new Uint8Array(ids.length * 4 + 16);
      let length = 0;
      let first = true;
      for (let i = 0; i < ids.length; i++) {
        const bytes = bytesOf(ids[i]!, first);
        if (!bytes) continue;
        first = false;
        if (length + bytes.length > all.length) {
          const larger = new Uint8Array((length + bytes.length) * 2);
          larger.set(all);
          all = larger;
        }
        // Tokens are short: a loop is faster than a call of set().
        for (let k = 0; k < bytes.length; k++) all[length++] = bytes[k]!;
      }
      return decodeUtf8(all.subarray(0, length));
    },
    stream() {
      const text = utf8Stream();
      let first = true;
      return {
        push(id) {
          const bytes = bytesOf(id, first);
          if (!bytes) return '';
          if (!first && text.isEmpty) {
            let whole = texts[id];
            if (whole === undefined) texts[id] = whole = decodeWhole(bytes);
            if (whole !== null) return whole;
          }
          first = false;
          return text.push(bytes);
        },
        flush() {
          first = true;
          return text.flush();
        },
      };
    },
  };
}

/** UTF-8 bytes of what a token adds to a text when others stand before it. */
function lengthOf(token: string | undefined, steps: readonly DecoderStep[]): number {
  if (token === undefined) return 0;
  let text = wellFormed(token);
  let joined = false;
  for (const step of steps) {
    const inner = step.inner(text, joined);
    if (typeof inner === 'number') return inner;
    text = inner;
    joined ||= step.joins ?? false;
  }
  return utf8Length(text);
}
