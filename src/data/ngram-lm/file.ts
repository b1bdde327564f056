/**
 * The n-gram model's file: `ATHNNGM1`, the header's length (uint32), a JSON header, zeros to a multiple of 8, then the
 * vocabulary (UTF-8, a word a line) and the levels, little-endian and deflated: words, children's counts, log
 * probabilities, back-offs. The header holds the settings, the inputs' hashes, the sizes and the SHA-256 of the rest.
 * With `bits: 16` log probabilities lie on 65,536 steps between the order's least and greatest.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { ioError, writeFileAtomic } from '../../core/node.ts';
import { createNgramModel, type Level, type NgramModel, type NgramWeights } from './model.ts';
import { unitSettings } from './units.ts';

const magic = 'ATHNNGM1';
const headerLimit = 1 << 20;
const sizeLimit = 2 ** 32;

const headerSchema = z.object({
  version: z.literal(1),
  units: unitSettings,
  vocabulary: z
    .int()
    .min(3)
    .max(2 ** 28),
  vocabularyBytes: z.int().min(0).max(sizeLimit),
  ngrams: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 28),
    )
    .min(1)
    .max(8),
  bits: z.union([z.literal(16), z.literal(32)]),
  ranges: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  training: z.record(z.string(), z.unknown()).default({}),
  bytes: z.int().min(0).max(sizeLimit),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

type Header = z.output<typeof headerSchema>;

export interface NgramFile {
  readonly model: NgramModel;
  readonly training: Readonly<Record<string, unknown>>;
  /** Of the whole file. */
  readonly sha256: string;
}

export function encodeNgramModel(
  weights: NgramWeights,
  training: Readonly<Record<string, unknown>> = {},
  bits: 16 | 32 = 32,
): Uint8Array {
  const { levels, vocabulary, units } = weights;
  const names = Buffer.from(vocabulary.join('\n'));
  const ranges: Header['ranges'] = [];
  const parts: Uint8Array[] = [names];
  for (const level of levels) {
    const [low, high] = rangeOf(level.logProbabilities);
    const [lowBackoff, highBackoff] = rangeOf(level.backoffs);
    ranges.push([low, high, lowBackoff, highBackoff]);
    const counts = level.children.subarray(1).map((end, i) => end - level.children[i]!);
    parts.push(bytesOf(level.words), bytesOf(counts));
    parts.push(bits === 32 ? bytesOf(level.logProbabilities) : bytesOf(squeeze(level.logProbabilities, low, high)));
    parts.push(bits === 32 ? bytesOf(level.backoffs) : bytesOf(squeeze(level.backoffs, lowBackoff, highBackoff)));
  }
  const plain = Buffer.concat(parts);
  const body = deflateRawSync(plain, { level: 6 });
  const header: Header = {
    version: 1,
    units,
    vocabulary: vocabulary.length,
    vocabularyBytes: names.length,
    ngrams: levels.map(({ words }) => words.length),
    bits,
    ranges,
    training: { ...training },
    bytes: plain.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  };
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(align(magic.length + 4 + json.length));
  head.write(magic, 'latin1');
  head.writeUInt32LE(json.length, magic.length);
  json.copy(head, magic.length + 4);
  return Buffer.concat([head, body]);
}

/** @throws AthanorError('io') */
export function saveNgramModel(path: string, weights: NgramWeights, training = {}, bits: 16 | 32 = 32): void {
  writeFileAtomic(path, encodeNgramModel(weights, training, bits));
}

/** @throws AthanorError('not-found' | 'io' | 'bad-file') */
export function loadNgramModel(path: string): NgramFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw ioError(error, path, 'read');
  }
  return decodeNgramModel(bytes, path);
}

/** @param path for messages only */
export function decodeNgramModel(bytes: Uint8Array, path: string): NgramFile {
  const bad = (what: string, cause?: unknown) =>
    new AthanorError('bad-file', `${path} is not an n-gram model of ours: ${what}`, {
      place: path,
      hint: 'Train it again with `athanor data train-lm`.',
      cause,
    });
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < magic.length + 4 || file.toString('latin1', 0, magic.length) !== magic)
    throw bad(`it does not begin with ${magic}`);
  const headerLength = file.readUInt32LE(magic.length);
  const headerEnd = magic.length + 4 + headerLength;
  if (headerLength > headerLimit || headerEnd > file.length) throw bad(`its header has ${headerLength} bytes`);
  let header: Header;
  try {
    header = headerSchema.parse(JSON.parse(file.toString('utf8', magic.length + 4, headerEnd)));
  } catch (error) {
    throw bad('its header cannot be read', error);
  }
  const body = file.subarray(align(headerEnd));
  if (createHash('sha256').update(body).digest('hex') !== header.sha256)
    throw bad('its numbers do not have the SHA-256 that its header tells');
  if (expectedBytes(header) !== header.bytes || header.ngrams[0] !== header.vocabulary)
    throw bad('its sizes do not agree');
  let plain: Buffer;
  try {
    plain = inflateRawSync(body, { maxOutputLength: Math.max(1, header.bytes) });
  } catch (error) {
    throw bad('its numbers cannot be unpacked', error);
  }
  if (plain.length !== header.bytes) throw bad(`${plain.length} bytes of numbers, expected ${header.bytes}`);
  const weights = readWeights(header, plain);
  if (typeof weights === 'string') throw bad(weights);
  return {
    model: createNgramModel(weights),
    training: header.training,
    sha256: createHash('sha256').update(file).digest('hex'),
  };
}

function expectedBytes({ ngrams, vocabularyBytes, bits }: Header): number {
  let sum = vocabularyBytes;
  for (const [i, n] of ngrams.entries()) {
    const last = i === ngrams.length - 1;
    sum += n * 4 + (last ? 0 : n * 4) + (n * bits) / 8 + (last ? 0 : (n * bits) / 8);
  }
  return sum;
}

/** The model, or what is wrong with it. */
function readWeights(header: Header, plain: Buffer): NgramWeights | string {
  const vocabulary = plain.toString('utf8', 0, header.vocabularyBytes).split('\n');
  if (vocabulary.length !== header.vocabulary) return `${vocabulary.length} words, expected ${header.vocabulary}`;
  let at = header.vocabularyBytes;
  const take = (size: number): ArrayBuffer => {
    const part = plain.buffer.slice(plain.byteOffset + at, plain.byteOffset + at + size) as ArrayBuffer;
    at += size;
    return part;
  };
  const numbers = (n: number, low: number, high: number): Float32Array =>
    header.bits === 32 ? new Float32Array(take(n * 4)) : stretch(new Uint16Array(take(n * 2)), low, high);
  const levels: Level[] = [];
  for (const [i, n] of header.ngrams.entries()) {
    const last = i === header.ngrams.length - 1;
    const range = header.ranges[i];
    if (range === undefined) return 'an order has no range';
    const words = new Uint32Array(take(n * 4));
    const counts = new Uint32Array(take(last ? 0 : n * 4));
    const children = new Uint32Array(last ? 0 : n + 1);
    for (let j = 0; j < counts.length; j++) children[j + 1] = children[j]! + counts[j]!;
    if (!last && children[n] !== header.ngrams[i + 1]) return `order ${i + 2} has not as many n-grams as it should`;
    if (words.some((word, j) => word >= vocabulary.length || (i === 0 && word !== j)))
      return `order ${i + 1} names words that are not there`;
    const logProbabilities = numbers(n, range[0], range[1]);
    levels.push({ words, children, logProbabilities, backoffs: numbers(last ? 0 : n, range[2], range[3]) });
  }
  return { units: header.units, vocabulary, levels };
}

function rangeOf(values: Float32Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.length === 0 ? [0, 0] : [low, high];
}

const squeeze = (values: Float32Array, low: number, high: number): Uint16Array =>
  Uint16Array.from(values, (value) => (high === low ? 0 : Math.round(((value - low) / (high - low)) * 65535)));

const stretch = (steps: Uint16Array, low: number, high: number): Float32Array =>
  Float32Array.from(steps, (step) => low + (step / 65535) * (high - low));

const align = (n: number): number => (n + 7) & ~7;

function bytesOf(array: Uint32Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
