import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash53, hash64, hash128, hashHex128, mix32, WordHasher } from './hash.ts';

// mmh3 5.3.1 (PyPI): mmh3.hash_bytes(text.encode('utf-16-le'), seed, x64arch=False).hex()
const golden: [string, number, string][] = [
  ['', 0, '00000000000000000000000000000000'],
  ['', 7, '5ed8450d888984fb888984fb888984fb'],
  ['a', 0, '96b13b03e14fefcce14fefcce14fefcc'],
  ['ab', 7, 'cee483a8da315408da315408da315408'],
  ['abc', 0, 'a3975b2bb55ff720b4c21250b4c21250'],
  ['1234567', 7, 'c20ff019870ca3e09bf7d81262e9dfb4'],
  ['12345678', 0, 'f2c13f084ffa82e1074946bd7addfdc7'],
  ['床前明月光，疑是地上霜。', 0, 'e181a4996932a54aad644d4dcfe00613'],
  ['床前明月光，疑是地上霜。', 7, '0b80d386e3fca5d84358763bf187e7ca'],
  ['The quick brown fox jumps over the lazy dog', 7, 'b47608aefcb090c0e78d2ef531c57198'],
];

const hex = (words: Uint32Array): string => Buffer.from(words.buffer).toString('hex');

describe('hashes', () => {
  it.each(golden)('of %j with seed %i are those of mmh3', (text, seed, expected) => {
    const out = new Uint32Array(4);
    hash128(text, out, 0, 0, text.length, seed);
    expect(hex(out)).toBe(expected);
    const padded = `xyz${text}xyz`;
    hash128(padded, out, 0, 3, 3 + text.length, seed);
    expect(hex(out)).toBe(expected);
  });

  it('of words in pieces are those of their bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 30 }), fc.array(fc.nat(6)), (words, cuts) => {
        const text = String.fromCharCode(...words.flatMap((word) => [word & 0xffff, word >>> 16]));
        const [expected, pieces] = [new Uint32Array(4), new Uint32Array(4)];
        hash128(text, expected);
        const hasher = new WordHasher();
        let at = 0;
        for (const cut of [...cuts, words.length]) {
          const end = Math.min(words.length, at + cut);
          hasher.add(Int32Array.from(words.slice(at, end)), end - at);
          at = end;
        }
        hasher.digest(pieces);
        expect(pieces).toEqual(expected);
      }),
      { seed: 1 },
    );
  });

  it('in fewer bits are the first words', () => {
    const out = new Uint32Array(4);
    hash128('月', out);
    const two = new Uint32Array(2);
    hash64('月', two);
    expect(two).toEqual(out.subarray(0, 2));
    expect(hash53('月')).toBe((out[0]! & 0x1fffff) * 2 ** 32 + out[1]!);
    expect(hashHex128('')).toBe('0'.repeat(32));
    expect(new Set(Array.from({ length: 1000 }, (_, i) => mix32(i))).size).toBe(1000);
    expect(hash53('\ud800')).not.toBe(hash53('\ud801'));
  });
});
