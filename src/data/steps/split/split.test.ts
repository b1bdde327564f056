import { describe, expect, it } from 'vitest';
import { runStep, textsOf } from '../../testing/run-step.ts';

const many = Array.from({ length: 2000 }, (_, i) => ({
  id: `x${i}`,
  text: `第${i}首 poem ${i}`,
  meta: { author: `a${i % 40}` },
}));
const sides = (result: Awaited<ReturnType<typeof runStep>>) =>
  Object.fromEntries(result.documents.map(({ id, split }) => [id, split]));

describe('by-hash', () => {
  it('gives about 8:1:1, the same in any order and company', async () => {
    const all = sides(await runStep('by-hash', {}, many));
    const count = (side: string) => Object.values(all).filter((split) => split === side).length;
    expect(count('train')).toBeGreaterThan(1530);
    expect(count('validation')).toBeGreaterThan(150);
    expect(count('test')).toBeGreaterThan(150);
    const some = sides(await runStep('by-hash', {}, many.slice(500, 900).reverse()));
    for (const [id, split] of Object.entries(some)) expect(split).toBe(all[id]);
    expect(sides(await runStep('by-hash', {}, many, 8))).not.toEqual(all);
  });

  it('keeps groups together', async () => {
    const { documents } = await runStep('by-hash', { by: 'author' }, many);
    const seen = new Map<unknown, Set<unknown>>();
    for (const { meta, split } of documents) seen.set(meta.author, (seen.get(meta.author) ?? new Set()).add(split));
    expect([...seen.values()].every((set) => set.size === 1)).toBe(true);
    expect(new Set(documents.map(({ split }) => split)).size).toBe(3);
  });

  it('reaches the end with binary fractions, and refuses shares that are not 1', async () => {
    const { documents } = await runStep('by-hash', { train: 0.9, validation: 0.1, test: 0 }, many);
    expect(documents.every(({ split }) => split !== 'test')).toBe(true);
    await expect(runStep('by-hash', { train: 0.9 }, many)).rejects.toThrow(/1\.1 in sum, expected 1/);
  });
});

describe('by-order', () => {
  const shares = { train: 0.9, validation: 0.1, test: 0 };
  it('cuts one text where nanoGPT does', async () => {
    const text = Array.from({ length: 1115 }, (_, i) => 'abcdefg\n'[i % 8]).join('');
    const { documents } = await runStep('by-order', shares, [text]);
    expect(documents.map(({ split }) => split)).toEqual(['train', 'validation']);
    expect(documents[0]!.text).toBe(text.slice(0, Math.floor(1115 * 0.9)));
    expect(documents.map((document) => document.text).join('')).toBe(text);
    expect(documents[1]!.id).toBe('d0+1003');
  });

  it('keeps order and every character, also of four-byte ones', async () => {
    const given = ['春眠不觉晓', '😀😀😀😀😀', 'abcde', '', '𠮷𠮷𠮷𠮷𠮷'];
    const result = await runStep('by-order', { train: 0.35, validation: 0.5, test: 0.15 }, given);
    expect(textsOf(result)).toEqual(['春眠不觉晓', '😀😀', '😀😀😀', 'abcde', '', '𠮷𠮷', '𠮷𠮷𠮷']);
    expect(result.documents.map(({ split }) => split?.[0])).toEqual(['t', 't', 'v', 'v', 'v', 'v', 't']);
    expect(result.ledger.counters).toEqual({ cut: 2 });
  });
});

describe('inherit', () => {
  it('keeps sides, drops documents without one', async () => {
    const result = await runStep('inherit', {}, [{ split: 'test' }, {}]);
    expect(result.documents).toHaveLength(1);
    expect(result.ledger.dropped).toEqual({ 'no-split': 1 });
  });
});

describe('stratified', () => {
  const given = Array.from({ length: 1000 }, (_, i) => ({
    id: `x${i}`,
    text: `文 ${i}`,
    meta: { language: i % 10 === 0 ? 'zh' : 'en', author: `a${i % 100}` },
  }));
  const count = (result: Awaited<ReturnType<typeof runStep>>, language: string, side: string) =>
    result.documents.filter(({ meta, split }) => meta.language === language && split === side).length;

  it('gives every stratum the same shares, to the document', async () => {
    const result = await runStep('stratified', { by: ['language'] }, given);
    expect(['train', 'validation', 'test'].map((side) => count(result, 'zh', side))).toEqual([80, 10, 10]);
    expect(['train', 'validation', 'test'].map((side) => count(result, 'en', side))).toEqual([720, 90, 90]);
    expect(result.documents.map(({ id }) => id)).toEqual(given.map(({ id }) => id));
    const again = await runStep('stratified', { by: ['language'] }, [...given].reverse(), 7, 1 << 16);
    expect(sides(again)).toEqual(sides(result));
    expect(sides(await runStep('stratified', { by: ['language'] }, given, 8))).not.toEqual(sides(result));
  });

  it('keeps groups together', async () => {
    const { documents } = await runStep('stratified', { by: ['language'], group_by: 'author' }, given);
    const seen = new Map<unknown, Set<unknown>>();
    for (const { meta, split } of documents) seen.set(meta.author, (seen.get(meta.author) ?? new Set()).add(split));
    expect([...seen.values()].every((set) => set.size === 1)).toBe(true);
    await expect(runStep('stratified', { by: ['language'], train: 0.5 }, given)).rejects.toThrow(/0\.7 in sum/);
  });
});

describe('by-time', () => {
  const given = Array.from({ length: 100 }, (_, i) => ({
    id: `x${i}`,
    meta: i === 50 ? {} : { date: new Date(Date.UTC(1960, 0, 1 + 300 * ((i * 37) % 100))).toISOString() },
  }));
  const dates = (result: Awaited<ReturnType<typeof runStep>>, side: string) =>
    result.documents.flatMap(({ meta, split }) => (split === side ? [String(meta.date)] : [])).sort();

  it('trains on the past, before 1970 too', async () => {
    const result = await runStep('by-time', {}, given);
    expect(result.ledger.dropped).toEqual({ 'no-date': 1 });
    const [train, validation, test] = [dates(result, 'train'), dates(result, 'validation'), dates(result, 'test')];
    expect([train.length, validation.length, test.length]).toEqual([79, 10, 10]);
    expect(train.at(-1)! < validation[0]! && validation.at(-1)! < test[0]!).toBe(true);
  });

  it('takes dates, keeps equal dates together, and refuses what is no date', async () => {
    const result = await runStep(
      'by-time',
      { validation_from: '1990-01-01', test_from: '2010-01-01', missing: 'train' },
      given,
    );
    expect(dates(result, 'validation')[0]! >= '1990' && dates(result, 'validation').at(-1)! < '2010').toBe(true);
    expect(dates(result, 'test')[0]! >= '2010').toBe(true);
    expect(result.documents).toHaveLength(100);
    const same = Array.from({ length: 50 }, () => ({ meta: { date: '2020-02-02' } }));
    expect(new Set((await runStep('by-time', {}, same)).documents.map(({ split }) => split)).size).toBe(1);
    await expect(runStep('by-time', { test_from: 'soon' }, given)).rejects.toThrow(/test_from is no date: "soon"/);
  });
});

describe('groups', () => {
  it('stay together in order too, whole, and everything else is cut as ever', async () => {
    const given = Array.from({ length: 60 }, (_, i) => ({
      id: `x${i}`,
      text: `第${i}首 `.repeat(5),
      meta: i % 3 === 0 ? {} : { group: `g${Math.floor(i / 7)}` },
    }));
    const { documents } = await runStep('by-order', { train: 0.5, validation: 0.25, test: 0.25 }, given);
    expect(documents.map(({ text }) => text).join('')).toBe(given.map(({ text }) => text).join(''));
    const sideOf = new Map<unknown, unknown>();
    for (const { meta, split } of documents.filter((one) => one.meta.group !== undefined))
      expect(split).toBe(sideOf.get(meta.group) ?? sideOf.set(meta.group, split).get(meta.group));
    expect(new Set(sideOf.values()).size).toBe(3);
    expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
    const long = [{ text: 'a'.repeat(100), meta: { group: 'g' } }, { text: 'b'.repeat(10) }];
    const both = await runStep('by-order', { train: 0.5, validation: 0.25, test: 0.25 }, long);
    expect(both.documents.map(({ split }) => split)).toEqual(['train', 'test']);
  });

  it('equal texts and repeated documents stay on one side of a stratified split', async () => {
    const small = Array.from({ length: 40 }, (_, i) => ({ id: `z${i}`, text: `诗 ${i}`, meta: { language: 'zh' } }));
    const large = Array.from({ length: 160 }, (_, i) => ({ id: `e${i}`, text: `poem ${i}`, meta: { language: 'en' } }));
    const repeated = await runStep('balance', { weights: { en: 1, zh: 1 }, max_repeat: 4 }, [...small, ...large]);
    expect(repeated.ledger.counters.repeated).toBe(120);
    for (const [use, config] of [
      ['stratified', { by: ['language'] }],
      ['stratified', { by: ['language'], group_by: 'id' }],
      ['by-hash', { by: 'id' }],
    ] as const) {
      const { documents } = await runStep(use, config, repeated.documents);
      const sideOf = new Map<string, unknown>();
      for (const { text, split } of documents)
        expect(split).toBe(sideOf.get(text) ?? sideOf.set(text, split).get(text));
      expect(new Set(sideOf.values()).size).toBe(3);
    }
  });

  it('stay together whatever the split goes by', async () => {
    const given = Array.from({ length: 200 }, (_, i) => ({ id: `x${i}`, text: `${i}`, meta: { group: `g${i % 20}` } }));
    const { documents } = await runStep('by-hash', {}, given);
    for (const { meta, split } of documents)
      expect(split).toBe(documents.find((one) => one.meta.group === meta.group)!.split);
    expect(new Set(documents.map(({ split }) => split)).size).toBeGreaterThan(1);
  });
});
