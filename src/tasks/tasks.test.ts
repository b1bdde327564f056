import { describe, expect, it } from 'vitest';
import { parse } from '../core/index.ts';
import { memorization } from './memorization.ts';
import { perplexity } from './perplexity.ts';
import { quatrainForm } from './quatrain-form.ts';
import type { ModelUnderTest, TaskContext, TaskDocument } from './task.ts';
import { verseConfig, verseLines } from './verse.ts';

const chat = (id: string, form: string, text: string): TaskDocument => ({
  id,
  text,
  meta: {
    messages: [
      { role: 'user', content: `写一首${form}` },
      { role: 'assistant', content: text },
    ],
  },
});
const train = [chat('t1', '五言绝句', '白日依山尽，黄河入海流。欲穷千里目，更上一层楼。')];
const test = [chat('a', '五言绝句', 'x'), chat('b', '七言绝句', 'yy'), chat('c', '五言绝句', 'zzz')];

function context(outputs: string[], nll = 2): TaskContext {
  const model: ModelUnderTest = {
    generate: async (prompts) => prompts.map((_, i) => outputs[i % outputs.length]!),
    logLikelihood: async (items) =>
      items.map((item) => ({
        nll: nll * item.continuation.length,
        tokens: item.continuation.length,
        bytes: item.continuation.length,
      })),
  };
  return {
    model,
    seed: 1,
    async *documents(split) {
      yield* split === 'train' ? train : test;
    },
  };
}
const config = parse(verseConfig, {}, 'test');

describe('tasks', () => {
  it('quatrain-form counts regular poems, and those of the length that was asked for', async () => {
    const regular5 = '春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。';
    const ragged = '春眠不觉晓，处处闻啼。夜来风雨声，花落知多少。';
    const { metrics, samples } = await quatrainForm.run(context([regular5, regular5, ragged]), config);
    expect(metrics).toEqual({ regular: 2 / 3, as_asked: 1 / 3, poems: 3 });
    expect(samples[2]!.scores.regular).toBe(false);
  });

  it('memorization counts lines that stand in the training set', async () => {
    const half = '白日依山尽，黄河入海流。我写第三句，还有第四句。';
    const { metrics } = await memorization.run(context([half, train[0]!.text, '全都是新的。']), config);
    expect(metrics.lines).toBe(9);
    expect(metrics.copied_lines).toBeCloseTo(6 / 9);
    expect(metrics.copied_poems).toBeCloseTo(1 / 3);
  });

  it('perplexity divides once, over all tokens', async () => {
    const { metrics } = await perplexity.run(context([], Math.log(8)), { split: 'test', limit: 10 });
    expect(metrics.perplexity).toBeCloseTo(8);
    expect(metrics.bits_per_byte).toBeCloseTo(3);
    expect(metrics.tokens).toBe(6);
  });

  it('says which split is empty', async () => {
    const empty = { ...context([]), documents: async function* () {} };
    await expect(perplexity.run(empty, { split: 'validation', limit: 1 })).rejects.toThrow(/validation split is empty/);
    await expect(quatrainForm.run(empty, config)).rejects.toThrow(/no chat documents/);
  });

  it('splits verse at any sentence mark', () => {
    expect(verseLines('一二三，四五六。\n七八九！十？')).toEqual(['一二三', '四五六', '七八九', '十']);
  });
});
