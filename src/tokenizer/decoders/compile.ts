/**
 * Prepares a decoder for one vocabulary. Decoding a list and decoding token by token run the same steps, so they agree;
 * what a token becomes on its own is worked out once a token.
 */
import { utf8Length, wellFormed } from '../byte-level.ts';
import type { CompiledDecoder, Decoder, DecoderStep, StreamDecoder, TokenSink, TokenTable } from '../types.ts';
import { decodeUtf8, utf8Stream } from './utf8-stream.ts';

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
      const stream = openStream(tokens, rest);
      const parts: string[] = [];
      for (const id of ids) parts.push(stream.push(id));
      parts.push(stream.flush());
      return parts.join('');
    },
    stream: () => openStream(tokens, rest),
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

function openStream(tokens: MappedTokens, rest: readonly DecoderStep[]): StreamDecoder {
  let out = '';
  let first = true;
  const last: TokenSink = {
    write(text) {
      out += text;
    },
    end: () => undefined,
    finish: () => undefined,
  };
  const sink = rest.reduceRight((next, step) => step.open(next), last);
  const take = () => {
    const text = out;
    out = '';
    return text;
  };
  return {
    push(id) {
      const text = tokens.get(id, first);
      if (text === undefined) return '';
      first = false;
      sink.write(text);
      sink.end();
      return take();
    },
    flush() {
      sink.finish();
      first = true;
      return take();
    },
  };
}

/** The usual chain, ByteLevel alone, without strings for the tokens. */
function bytesDecoder(
  tokens: MappedTokens,
  toBytes: (token: string) => Uint8Array,
): Pick<CompiledDecoder, 'decode' | 'stream'> {
  const none = new Uint8Array(0);
  const inner: (Uint8Array | undefined)[] = [];
  const bytesOf = (id: number, first: boolean): Uint8Array | undefined => {
    if (!first && inner[id]) return inner[id];
    const token = tokens.get(id, first);
    if (token === undefined) return undefined;
    const bytes = toBytes(token);
    if (!first) inner[id] = bytes;
    return bytes;
  };
  return {
    decode(ids) {
      const parts: Uint8Array[] = [];
      let length = 0;
      for (const id of ids) {
        const bytes = bytesOf(id, parts.length === 0);
        if (!bytes) continue;
        parts.push(bytes);
        length += bytes.length;
      }
      const all = new Uint8Array(length);
      let at = 0;
      for (const bytes of parts) {
        // Tokens are short: a loop is faster than a call of set().
        for (let i = 0; i < bytes.length; i++) all[at++] = bytes[i]!;
      }
      return decodeUtf8(all);
    },
    stream() {
      const text = utf8Stream();
      let first = true;
      return {
        push(id) {
          const bytes = bytesOf(id, first);
          if (bytes) first = false;
          return text.push(bytes ?? none);
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
