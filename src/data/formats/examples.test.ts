import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExampleOptions, examplesOf, packings } from './examples.ts';

const encode = (text: string) => [...text].map((char) => char.codePointAt(0)!);

async function examples(texts: readonly string[], options: Partial<ExampleOptions>) {
  async function* documents() {
    for (const text of texts) yield { id: text, text, meta: {} };
  }
  const found = [];
  for await (const example of examplesOf(documents(), { encode, length: 8, stride: 0, packing: 'none', ...options }))
    found.push({
      ids: Array.from(example.input_ids),
      mask: example.attention_mask && Array.from(example.attention_mask),
    });
  return found;
}
const decoded = (rows: readonly { ids: readonly number[] }[]) => rows.map(({ ids }) => String.fromCodePoint(...ids));

describe('examplesOf', () => {
  it('cuts documents, with an overlap where asked', async () => {
    expect(decoded(await examples(['abcdefghij', 'xy', ''], { length: 4 }))).toEqual(['abcd', 'efgh', 'ij', 'xy']);
    expect(decoded(await examples(['abcdefghij'], { length: 4, stride: 2 }))).toEqual(['abcd', 'cdef', 'efgh', 'ghij']);
    expect(decoded(await examples(['abcde'], { length: 4, stride: 1 }))).toEqual(['abcd', 'de']);
  });

  it('runs on through documents, or packs them whole', async () => {
    const texts = ['abcde', 'fg', 'hijklm', 'no'];
    expect(decoded(await examples(texts, { length: 4, packing: 'stream', eos: 46 }))).toEqual([
      ...['abcd', 'e.fg', '.hij', 'klm.', 'no.'],
    ]);
    expect(decoded(await examples(texts, { length: 8, packing: 'best-fit' }))).toEqual(['hijklmfg', 'abcdeno']);
  });

  it('pads, and says where', async () => {
    expect(await examples(['abc'], { length: 5, pad: 0 })).toEqual([
      { ids: [97, 98, 99, 0, 0], mask: [1, 1, 1, 0, 0] },
    ]);
  });

  it('loses no token, whatever the packing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '文'), maxLength: 30 }), { maxLength: 10 }),
        fc.constantFrom(...packings),
        fc.integer({ min: 1, max: 9 }),
        async (texts, packing, length) => {
          const rows = await examples(texts, { packing, length });
          expect(rows.every(({ ids }) => ids.length <= length && ids.length > 0)).toBe(true);
          expect(decoded(rows).join('').split('').sort()).toEqual(texts.join('').split('').sort());
        },
      ),
    );
  });

  it('refuses a stride that leaves nothing new', async () => {
    await expect(examples(['a'], { length: 4, stride: 4 })).rejects.toThrow(/stride of 4/);
  });
});
