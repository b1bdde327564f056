/** What a document is about: its most frequent words, hashed; as bytes for the survey, as a tf-idf vector for clustering. */
import { featureExtractor, featureSettings } from '../../classifier/features.ts';
import type { Document } from '../../document.ts';
import { hashFraction } from '../../hash-order.ts';
import type { SparseVector } from './clusters.ts';

/** Words kept of a document. */
const most = 64;
/** Bytes before them: a hash of the document's id. */
const head = 6;

/** The hash of the document's id, below 2^48. */
export const hashOf = (record: Uint8Array): number =>
  Buffer.from(record.buffer, record.byteOffset, head).readUIntLE(0, head);

/** Words and pairs of Han characters; longer texts are judged by their beginning. */
export function topicRecord(dimensions: number, seed: number): (document: Document) => Uint8Array {
  const settings = { words: 1, han: 2, characters: null, buckets: dimensions, max_characters: 20_000 };
  const extractor = featureExtractor(featureSettings.parse(settings));
  const counts = new Uint16Array(dimensions);
  return ({ id: name, text }) => {
    const seen: number[] = [];
    for (const id of extractor.extract(text)) {
      if (counts[id] === 0) seen.push(id);
      if (counts[id]! < 255) counts[id]!++;
    }
    seen.sort((a, b) => counts[b]! - counts[a]! || a - b);
    const chosen = seen.slice(0, most).sort((a, b) => a - b);
    const record = new Uint8Array(head + chosen.length * 3);
    Buffer.from(record.buffer).writeUIntLE(Math.floor(hashFraction(seed, `diversity\0${name}`) * 2 ** 48), 0, head);
    for (const [i, id] of chosen.entries()) record.set([id & 0xff, id >>> 8, counts[id]!], head + i * 3);
    for (const id of seen) counts[id] = 0;
    return record;
  };
}

/** Adds the record's words to the number of documents that have them. */
export function countWordsOf(record: Uint8Array, documents: Uint32Array): void {
  for (let i = head; i < record.length; i += 3) documents[record[i]! | (record[i + 1]! << 8)]!++;
}

/** (1 + ln tf) · ln(N / df), scaled to length 1. A record of common words alone gives a vector without features. */
export function topicVector(record: Uint8Array, documents: Uint32Array, total: number): SparseVector {
  const features: number[] = [];
  const values: number[] = [];
  let squares = 0;
  for (let i = head; i < record.length; i += 3) {
    const id = record[i]! | (record[i + 1]! << 8);
    const value = (1 + Math.log(record[i + 2]!)) * Math.log(total / documents[id]!);
    if (value <= 0) continue;
    features.push(id);
    values.push(value);
    squares += value * value;
  }
  const length = Math.sqrt(squares);
  return { features, values: values.map((value) => value / length) };
}
