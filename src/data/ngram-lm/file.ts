/**
 * The n-gram model's file, framed by `model-file.ts`. The body, deflated, is the vocabulary (UTF-8, a word a line) and the
 * levels, little-endian: words, children's counts, log probabilities, back-offs. The header holds the settings, the
 * inputs' hashes and the sizes. With `bits: 16` log probabilities lie on 65,536 steps between the order's least and greatest.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { writeFileAtomic } from '../../core/node.ts';
import { joinArrays, modelFileCodec, partTaker } from '../model-file.ts';
import { createNgramModel, type Level, type NgramModel, type NgramWeights } from './model.ts';
import { unitSettings } from './units.ts';

const sizeLimit = 2 ** 32;
const gramLimit = 2 ** 28;

const fields = {
  units: unitSettings,
  vocabulary: z.int().min(3).max(gramLimit),
  vocabularyBytes: z.int().min(0).max(sizeLimit),
  ngrams: z.array(z.int().min(0).max(gramLimit)).min(1).max(8),
  bits: z.union([z.literal(16), z.literal(32)]),
  ranges: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  training: z.record(z.string(), z.unknown()).default({}),
  bytes: z.int().min(0).max(sizeLimit),
};
type Header = z.output<z.ZodObject<typeof fields>>;

const codec = modelFileCodec({
  magic: 'ATHNNGM1',
  what: 'an n-gram model',
  command: 'athanor data train-lm',
  fields,
});

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
  const parts: ArrayBufferView[] = [names];
  for (const level of levels) {
    const [low, high] = rangeOf(level.logProbabilities);
    const [lowBackoff, highBackoff] = rangeOf(level.backoffs);
    ranges.push([low, high, lowBackoff, highBackoff]);
    const counts = level.children.subarray(1).map((end, i) => end - level.children[i]!);
    parts.push(level.words, counts);
    if (bits === 32) parts.push(level.logProbabilities, level.backoffs);
    else parts.push(squeeze(level.logProbabilities, low, high), squeeze(level.backoffs, lowBackoff, highBackoff));
  }
  const plain = joinArrays(parts);
  const header: Header = {
    units,
    vocabulary: vocabulary.length,
    vocabularyBytes: names.length,
    ngrams: levels.map(({ words }) => words.length),
    bits,
    ranges,
    training: { ...training },
    bytes: plain.length,
  };
  return codec.encode(header, deflateRawSync(plain, { level: 6 }));
}

/** @throws AthanorError('io') */
export function saveNgramModel(path: string, weights: NgramWeights, training = {}, bits: 16 | 32 = 32): void {
  writeFileAtomic(path, encodeNgramModel(weights, training, bits));
}

/** @throws AthanorError('not-found' | 'io' | 'bad-file') */
export function loadNgramModel(path: string): NgramFile {
  return decodeNgramModel(codec.read(path), path);
}

/** @param path for messages only */
export function decodeNgramModel(bytes: Uint8Array, path: string): NgramFile {
  const { header, body, sha256 } = codec.decode(bytes, path);
  if (expectedBytes(header) !== header.bytes || header.ngrams[0] !== header.vocabulary)
    throw codec.bad(path, 'its sizes do not agree');
  let plain: Buffer;
  try {
    plain = inflateRawSync(body, { maxOutputLength: Math.max(1, header.bytes) });
  } catch (error) {
    throw codec.bad(path, 'its numbers cannot be unpacked', error);
  }
  if (plain.length !== header.bytes)
    throw codec.bad(path, `${plain.length} bytes of numbers, expected ${header.bytes}`);
  const weights = readWeights(header, plain);
  if (typeof weights === 'string') throw codec.bad(path, weights);
  return { model: createNgramModel(weights), training: header.training, sha256 };
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
  const take = partTaker(plain, header.vocabularyBytes);
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
