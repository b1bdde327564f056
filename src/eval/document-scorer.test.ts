/** Likelihoods of documents on a small random model: against plain logits, and the same bits in any company. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRandomModel } from '../../tests/helpers/random-model.ts';
import { type OpenScorer, openScorer } from '../recipe/text-model.ts';
import { DocumentScorer, type DocumentScorerOptions, windowsOf } from './document-scorer.ts';
import { ignoredLabel } from './scorer.ts';

const texts = [
  'To be, or not to be: that is the question.',
  '床前明月光，疑是地上霜。举头望明月，低头思故乡。',
  'Whether ’tis nobler in the mind to suffer the slings and arrows of outrageous fortune, or to take arms. '.repeat(4),
  '白日依山尽，黄河入海流。欲穷千里目，更上一层楼。'.repeat(9),
  'x',
  ' naïve café 🙂\n\n  return x;',
  '',
];
const place = mkdtempSync(join(tmpdir(), 'athanor-document-scorer-'));
let open: OpenScorer;
beforeAll(async () => {
  await writeRandomModel(join(place, 'model'), { texts });
  open = await openScorer(join(place, 'model'), { threads: 1 });
});
afterAll(() => {
  open.dispose();
  rmSync(place, { recursive: true, force: true });
});
const documents = (options: Partial<DocumentScorerOptions> = {}) =>
  new DocumentScorer({ scorer: open.scorer, tokenizer: open.tokenizer.tokenizer, ...options });

/** The loss of the tokens from `first` on, from the logits of one sequence, in double precision. */
async function plainLoss(ids: readonly number[], first: number): Promise<number> {
  const [score] = await open.scorer.score([{ ids, labels: ids }], { logits: true });
  const logits = score!.logits!;
  const width = logits.length / ids.length;
  let nll = 0;
  for (let t = first; t < ids.length; t++) {
    const row = Array.from(logits.subarray((t - 1) * width, t * width));
    const most = Math.max(...row);
    nll += most + Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0)) - row[ids[t]!]!;
  }
  return nll;
}

describe('windows', () => {
  it('count every token but the first once, after at least window − stride others', () => {
    const sizes = fc
      .tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 11 }), fc.integer({ min: 0, max: 60 }))
      .filter(([window, stride]) => stride < window);
    fc.assert(
      fc.property(sizes, ([window, stride, length]) => {
        const counted: number[] = [];
        const items = windowsOf(
          Array.from({ length }, (_, i) => i),
          window,
          stride,
        );
        for (const [n, { ids, labels }] of items.entries()) {
          expect(ids.length).toBeLessThanOrEqual(window);
          expect(labels[0]).toBe(ignoredLabel);
          const first = labels.findIndex((label) => label !== ignoredLabel);
          expect(first).toBeGreaterThanOrEqual(n === 0 ? 1 : window - stride);
          counted.push(...labels.slice(first));
        }
        expect(counted).toEqual(Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1));
      }),
    );
  });
});

describe('documents', () => {
  it('have the loss that plain logits give, in one window or in many', async () => {
    const { tokenizer } = open.tokenizer;
    const scores = await documents({ window: 24, stride: 10 }).score(texts);
    for (const [i, text] of texts.entries()) {
      const start = tokenizer.specialTokens.bos ?? tokenizer.specialTokens.eos;
      expect(start).toBeDefined();
      const ids = [start!, ...tokenizer.encode(text, { addSpecialTokens: false })];
      let nll = 0;
      // Hugging Face's loop: begin, end, and the end of the window before.
      for (let [begin, previous] = [0, 1]; previous < ids.length; begin += 10) {
        const end = Math.min(begin + 24, ids.length);
        nll += await plainLoss(ids.slice(begin, end), previous - begin);
        previous = end;
      }
      expect(scores[i]!.tokens).toBe(ids.length - 1);
      expect(scores[i]!.bytes).toBe(Buffer.byteLength(text));
      expect(Math.abs(scores[i]!.nll - nll)).toBeLessThanOrEqual(1e-5 * nll);
    }
    expect(scores[2]!.tokens).toBeGreaterThan(64);
    expect(scores.at(-1)).toEqual({ nll: 0, tokens: 0, bytes: 0 });
  });

  it('are scored from their begin up to a limit', async () => {
    const [whole] = await documents().score([texts[3]!]);
    const [part] = await documents({ maxTokens: 20 }).score([texts[3]!]);
    expect(whole!.tokens).toBeGreaterThan(64);
    expect(part).toMatchObject({ tokens: 20 });
    expect(part!.nll).toBeLessThan(whole!.nll);
  });

  it('have the same bits alone, in any order, beside any other, and with several runs at once', async () => {
    const given = [
      ...texts,
      ...texts.map((text) => `${text} ${text.slice(0, 40)}`),
      ...texts.map((text) => text.slice(3)),
    ];
    const scores = await documents({ window: 32 }).score(given);
    const alone = await Promise.all(given.map(async (text) => (await documents({ window: 32 }).score([text]))[0]));
    expect(alone).toEqual(scores);
    const backwards = await documents({ window: 32, lanes: 3 }).score([...given].reverse());
    expect(backwards.reverse()).toEqual(scores);
  });

  it('need windows that the model has, and a model that gives numbers', async () => {
    expect(documents()).toMatchObject({ window: 64, stride: 32 });
    expect(() => documents({ window: 65 })).toThrow("window is 65, the model's context 64 tokens");
    expect(() => documents({ window: 16, stride: 16 })).toThrow('stride is 16, the window 16 tokens');
    await writeRandomModel(join(place, 'broken'), { texts, scale: Number.NaN });
    const broken = await openScorer(join(place, 'broken'), { threads: 1 });
    const scorer = new DocumentScorer({ scorer: broken.scorer, tokenizer: broken.tokenizer.tokenizer });
    await expect(scorer.score(texts)).rejects.toMatchObject({
      code: 'bad-file',
      message: 'the model gives NaN as the loss of text 0',
    });
    broken.dispose();
  });
});
