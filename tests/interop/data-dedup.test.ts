/**
 * Deduplication beside other people's code: hashes are those of PyPI's mmh3, and near-dedup drops what a MinHash-LSH of
 * datasketch with verification drops, on real poems and plays with planted near-duplicates.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { runStep } from '../../src/data/testing/run-step.ts';
import { hash128 } from '../../src/data/text/hash.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')))
  .toString()
  .split('\n')
  .slice(0, 2400)
  .map((line) => (JSON.parse(line) as { text: string }).text);
/** Four poems are a text: one changed character is much in a single quatrain. */
const quartets = Array.from({ length: 600 }, (_, i) => poems.slice(4 * i, 4 * i + 4).join('\n'));
const plays = readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8').split('\n\n').slice(0, 600);

function corpus(): string[] {
  const rng = new Rng(23);
  const texts: string[] = [];
  for (const text of [...quartets, ...plays]) {
    texts.push(text);
    if (rng.int(3) > 0) continue;
    const units = [...text];
    for (let k = Math.floor(units.length * 0.06 * rng.uniform()); k >= 0; k--)
      units[rng.int(units.length)] = units[rng.int(units.length)]!;
    texts.push(units.join(''));
  }
  return rng.shuffle(texts);
}

function grams(text: string): Set<string> {
  const points = [...text];
  return new Set(Array.from({ length: Math.max(1, points.length - 4) }, (_, i) => points.slice(i, i + 5).join('')));
}

describe('deduplication', () => {
  it('hashes as mmh3 and drops as datasketch with verification', async () => {
    const python = await ensureVenv('data-dedup');
    const directory = mkdtempSync(join(tmpdir(), 'athanor-dedup-'));
    try {
      const texts = corpus();
      writeFileSync(join(directory, 'texts.json'), JSON.stringify(texts));
      const script = join(root, 'tests/interop/data_dedup_peer.py');
      const { hashes, dropped } = JSON.parse(
        await runPython(python, script, { args: [join(directory, 'texts.json')] }),
      ) as { hashes: string[]; dropped: [number, number][] };
      const out = new Uint32Array(4);
      for (const [i, text] of texts.entries()) {
        hash128(text, out, 0, 0, text.length, 5);
        expect(Buffer.from(out.buffer).toString('hex')).toBe(hashes[i]);
      }
      const result = await runStep('near-dedup', { normalize: 'none', recall: 0.999, num_perm: 256 }, texts);
      const found = result.dropped.map(({ id, detail }) => `${id} ${detail!.split(' (')[0]}`);
      const expected = dropped.map(([i, j]) => `d${i} of d${j}`);
      const both = found.filter((one) => expected.includes(one)).length;
      expect(expected.length).toBeGreaterThan(120);
      // Both verify, so neither drops wrongly; datasketch's bands miss a few pairs near the threshold.
      expect(both / expected.length).toBeGreaterThan(0.985);
      for (const one of found) {
        const [i, j] = one.split(' of ').map((id) => grams(texts[Number(id.slice(1))]!));
        const common = [...i!].filter((gram) => j!.has(gram)).length;
        expect(common / (i!.size + j!.size - common)).toBeGreaterThanOrEqual(0.8);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
