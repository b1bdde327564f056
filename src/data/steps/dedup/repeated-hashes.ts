/** Of the 64-bit hashes that a scan gave (several a document), those that may occur more than once, sorted. */
import { ExternalSort } from '../../sorting/external-sort.ts';
import { RepeatFilter } from '../../sorting/repeat-filter.ts';
import type { DecideContext } from '../../step.ts';

/** @returns records of four words, by hash: the hash, the document, the number of the hash in it */
export async function sortRepeatedHashes(context: DecideContext, memoryBytes: number): Promise<ExternalSort> {
  let hashes = 0;
  for await (const batch of context.records()) for (const { bytes } of batch) hashes += bytes.length / 8;
  const filter = new RepeatFilter(hashes, memoryBytes);
  const words = new Uint32Array(2);
  const buffer = new Uint8Array(words.buffer);
  for await (const batch of context.records()) {
    for (const { bytes } of batch) {
      for (let at = 0; at < bytes.length; at += 8) {
        buffer.set(bytes.subarray(at, at + 8));
        filter.see(words[0]!);
      }
    }
  }
  const { directory } = context;
  const byHash = new ExternalSort({ width: 4, keys: 2, memoryBytes, directory, name: 'by-hash' });
  const record = new Uint32Array(4);
  for await (const batch of context.records()) {
    for (const { number, bytes } of batch) {
      for (let at = 0; at < bytes.length; at += 8) {
        buffer.set(bytes.subarray(at, at + 8));
        if (!filter.mayRepeat(words[0]!)) continue;
        record[0] = words[0]!;
        record[1] = words[1]!;
        record[2] = number;
        record[3] = at / 8;
        byHash.add(record);
      }
    }
  }
  return byHash;
}
