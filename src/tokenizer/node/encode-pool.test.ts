import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { trainBpe } from '../index.ts';
import { EncodePool, saveTokenizer } from '../node.ts';

const folder = mkdtempSync(join(tmpdir(), 'athanor-pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const texts = Array.from({ length: 300 }, (_, i) => `text ${i} 床前明月光 ${'word '.repeat(i * 10)}<|endoftext|>`);
const tokenizer = trainBpe({ texts, vocabSize: 400 });
saveTokenizer(folder, tokenizer);

describe('EncodePool', () => {
  it('gives the ids of one encoder, in the order of the texts, on every thread', async () => {
    const pool = new EncodePool(folder, { threads: 2 });
    try {
      // Two calls at once share the threads.
      const [rows, plain] = await Promise.all([
        pool.encode(texts),
        pool.encode(texts, { allowedSpecial: new Set<string>() }),
      ]);
      expect(rows.map((row) => [...row])).toEqual(texts.map((text) => tokenizer.encode(text)));
      expect(plain.map((row) => [...row])).toEqual(
        texts.map((text) => tokenizer.encode(text, { allowedSpecial: 'none' })),
      );
      expect(await pool.encode([])).toEqual([]);
    } finally {
      await pool.close();
    }
  });

  it('passes on what is wrong with a text, and goes on', async () => {
    const pool = new EncodePool(folder, { threads: 1 });
    try {
      await expect(pool.encode(texts, { allowedSpecial: 'none', disallowedSpecial: 'all' })).rejects.toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('<|endoftext|>'),
      });
      expect((await pool.encode(['text 1']))[0]).toEqual(Uint32Array.from(tokenizer.encode('text 1')));
    } finally {
      await pool.close();
    }
  });

  it('passes on what is wrong with the tokenizer', async () => {
    const pool = new EncodePool(join(folder, 'nothing'), { threads: 1 });
    try {
      await expect(pool.encode(['text'])).rejects.toMatchObject({ code: 'not-found' });
    } finally {
      await pool.close();
    }
  });

  it('refuses work once it is closed', async () => {
    const pool = new EncodePool(folder, { threads: 1 });
    const waiting = pool.encode(texts);
    const refused = expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await pool.close();
    await refused;
    await expect(pool.encode(['text'])).rejects.toMatchObject({ code: 'cancelled' });
  });
});
