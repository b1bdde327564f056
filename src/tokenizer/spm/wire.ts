/**
 * Protocol-buffer wire format (https://protobuf.dev/programming-guides/encoding/): a reader for files of unknown origin
 * and a writer. Knows no schema; every error names the field and the byte it stands at.
 */
import { AthanorError } from '../../core/index.ts';

/** Wire types: what follows a tag. Groups are read over, as every parser does. */
const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const groupStart = 3;
const groupEnd = 4;
const fixed32 = 5;

/** Protocol buffers' own limit. */
const deepest = 100;

/** One field of a message; its value is asked for by the method of the expected type. */
export interface WireField {
  readonly number: number;
  /** Of the value. */
  readonly offset: number;
  /** The value as a varint's low 32 bits, signed. */
  int32(name: string): number;
  bool(name: string): boolean;
  float(name: string): number;
  bytes(name: string): Uint8Array;
  /** UTF-8 without errors. */
  string(name: string): string;
  /** The fields of an embedded message. */
  message(name: string): Iterable<WireField>;
}

/** The error for a malformed `.model` file. */
export function badModel(place: string, offset: number, what: string): AthanorError {
  return new AthanorError('bad-file', `sentencepiece model: ${place}: ${what} (at byte ${offset})`, {
    place,
    values: { field: place, offset },
    hint: 'A .model file as SentencePiece writes it was expected.',
  });
}

/**
 * The fields of the message that stands in `bytes[start, end)`, one after the other.
 * @param place name of the message, for errors
 * @throws AthanorError('bad-file') naming field and offset
 */
export function* readFields(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  place = 'the file',
): Generator<WireField, void, undefined> {
  const reader = new Reader(bytes, start, end, place);
  while (reader.at < end) yield reader.next();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #place: string;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number, place: string) {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
    this.#place = place;
  }

  next(): WireField {
    const tagAt = this.at;
    const tag = this.#varint(this.#place) >>> 0;
    const number = tag >>> 3;
    const type = tag & 7;
    if (number === 0) throw badModel(this.#place, tagAt, 'expected a field, found number 0');
    const name = `${this.#place}, field ${number}`;
    const offset = this.at;
    let low = 0;
    if (type === varint) low = this.#varint(name);
    else if (type === fixed64) this.#skip(8, name);
    else if (type === fixed32) this.#skip(4, name);
    else if (type === lengthDelimited) {
      const length = this.#length(name);
      const from = this.at;
      this.#skip(length, name);
      return field(this.#bytes, number, type, from, this.at, low);
    } else if (type === groupStart) this.#skipGroup(number, name, 1);
    else throw badModel(name, tagAt, `no value has wire type ${type}`);
    return field(this.#bytes, number, type, offset, this.at, low);
  }

  /** @returns the low 32 bits, signed */
  #varint(name: string): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.#end) throw badModel(name, this.at, 'the file ends inside a number');
      const byte = this.#bytes[this.at++]!;
      if (i < 5) value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value;
    }
    throw badModel(name, this.at, 'a number longer than 10 bytes');
  }

  /** A length of more than 32 bits is longer than any file, so it may not be cut to them. */
  #length(name: string): number {
    const from = this.at;
    const low = this.#varint(name) >>> 0;
    const longer = this.at - from > 5 || (this.at - from === 5 && this.#bytes[this.at - 1]! > 0x0f);
    return longer ? Number.POSITIVE_INFINITY : low;
  }

  #skip(length: number, name: string): void {
    const left = this.#end - this.at;
    if (length > left)
      throw badModel(
        name,
        this.at,
        `expected ${Number.isFinite(length) ? length : 'over 4 GB of'} bytes, ${left} are left`,
      );
    this.at += length;
  }

  #skipGroup(number: number, name: string, depth: number): void {
    if (depth > deepest) throw badModel(name, this.at, `groups nested deeper than ${deepest}`);
    for (;;) {
      const at = this.at;
      const tag = this.#varint(name) >>> 0;
      const type = tag & 7;
      if (type === groupEnd) {
        if (tag >>> 3 !== number) throw badModel(name, at, 'the group ends with another number');
        return;
      }
      if (type === varint) this.#varint(name);
      else if (type === fixed64) this.#skip(8, name);
      else if (type === fixed32) this.#skip(4, name);
      else if (type === lengthDelimited) this.#skip(this.#length(name), name);
      else if (type === groupStart) this.#skipGroup(tag >>> 3, name, depth + 1);
      else throw badModel(name, at, `no value has wire type ${type}`);
    }
  }
}

const typeNames = ['a varint', '8 bytes', 'bytes with their length', 'a group', 'the end of a group', '4 bytes'];

function field(all: Uint8Array, number: number, type: number, start: number, end: number, low: number): WireField {
  const expect = (wanted: number, name: string) => {
    if (type !== wanted) throw badModel(name, start, `expected ${typeNames[wanted]}, found ${typeNames[type]}`);
  };
  return {
    number,
    offset: start,
    int32(name) {
      expect(varint, name);
      return low;
    },
    bool(name) {
      expect(varint, name);
      return low !== 0;
    },
    float(name) {
      expect(fixed32, name);
      return new DataView(all.buffer, all.byteOffset).getFloat32(start, true);
    },
    bytes(name) {
      expect(lengthDelimited, name);
      return all.subarray(start, end);
    },
    string(name) {
      expect(lengthDelimited, name);
      try {
        return utf8.decode(all.subarray(start, end));
      } catch {
        throw badModel(name, start, 'expected UTF-8');
      }
    },
    message(name) {
      expect(lengthDelimited, name);
      return readFields(all, start, end, name);
    },
  };
}

/** Builds a message field by field; fields are written in the order of the calls. */
export class WireWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  int32(number: number, value: number): this {
    this.#varint(number * 8 + varint);
    // A negative int32 takes ten bytes: it is sign-extended to 64 bits.
    if (value >= 0) this.#varint(value);
    else this.#append(negative(value));
    return this;
  }

  bool(number: number, value: boolean): this {
    return this.int32(number, value ? 1 : 0);
  }

  float(number: number, value: number): this {
    this.#varint(number * 8 + fixed32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#append(bytes);
    return this;
  }

  bytes(number: number, value: Uint8Array): this {
    this.#varint(number * 8 + lengthDelimited);
    this.#varint(value.length);
    this.#append(value);
    return this;
  }

  string(number: number, value: string): this {
    return this.bytes(number, new TextEncoder().encode(value));
  }

  message(number: number, write: (writer: WireWriter) => void): this {
    const inner = new WireWriter();
    write(inner);
    return this.bytes(number, inner.finish());
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    this.#append(Uint8Array.from(bytes));
  }

  #append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}

function negative(value: number): Uint8Array {
  const bytes = new Uint8Array(10).fill(0xff);
  let rest = BigInt.asUintN(64, BigInt(value));
  for (let i = 0; i < 10; i++) {
    bytes[i] = Number(rest & 0x7fn) | (i < 9 ? 0x80 : 0);
    rest >>= 7n;
  }
  return bytes;
}
