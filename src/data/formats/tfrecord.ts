/**
 * TFRecord files of `tf.train.Example`, as `tf.data.TFRecordDataset` reads them: each record is its length, the length's
 * checksum, the message, the message's checksum. The message is encoded here: two lists of int64 need no protobuf library.
 */
import { AthanorError } from '../../core/index.ts';
import { writePieces } from './atomic-file.ts';
import { maskedCrc32c } from './crc32c.ts';

/** Tokens of one training example. */
export interface Example {
  readonly input_ids: ArrayLike<number>;
  /** Default: 1 for each token. */
  readonly attention_mask?: ArrayLike<number>;
}

/** @returns how many records were written. Memory: a quarter megabyte and one record */
export async function writeTfrecord(path: string, examples: AsyncIterable<Example>): Promise<number> {
  let records = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const example of examples) {
      records++;
      yield frameRecord(encodeExample(example));
    }
  }
  await writePieces(path, pieces());
  return records;
}

/** tensorflow/core/lib/io/record_writer.h */
export function frameRecord(message: Uint8Array): Buffer {
  const record = Buffer.alloc(16 + message.length);
  record.writeBigUInt64LE(BigInt(message.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(message, 12);
  record.writeUInt32LE(maskedCrc32c(message), 12 + message.length);
  return record;
}

/** tensorflow/core/example/{example,feature}.proto; keys in order, so that equal examples have equal bytes. */
export function encodeExample({ input_ids, attention_mask }: Example): Buffer {
  const mask = attention_mask ?? new Uint8Array(input_ids.length).fill(1);
  if (mask.length !== input_ids.length) {
    throw new AthanorError('bad-input', `attention_mask has ${mask.length} values, input_ids ${input_ids.length}`, {
      hint: 'Give one mask value for each token.',
    });
  }
  const features = [
    ['attention_mask', mask],
    ['input_ids', input_ids],
  ] as const;
  const entries = features.map(([key, values]) => {
    const list = field(1, packedIntegers(values)); // Int64List.value
    const feature = field(3, list); // Feature.int64_list
    return field(1, Buffer.concat([field(1, Buffer.from(key)), field(2, feature)])); // Features.feature
  });
  return field(1, Buffer.concat(entries)); // Example.features
}

/** A field with a length: tag, length, content (protobuf.dev/programming-guides/encoding). */
function field(number: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  const length = writeVarint(head, writeVarint(head, 0, number * 8 + 2), content.length);
  return Buffer.concat([head.subarray(0, length), content]);
}

function packedIntegers(values: ArrayLike<number>): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 10);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isSafeInteger(value)) {
      throw new AthanorError('bad-input', `tokens must be whole numbers, found ${value} at ${i}`);
    }
    at = writeVarint(bytes, at, value);
  }
  return bytes.subarray(0, at);
}

/** @returns the place behind it. Negative numbers are two's complement of 64 bits, ten bytes. */
function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes[at++] = Number(rest & 127n) | 128;
    bytes[at++] = Number(rest);
    return at;
  }
  let rest = value;
  for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
  bytes[at++] = rest;
  return at;
}
