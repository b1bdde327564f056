import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Document } from '../../document.ts';
import { startChatServer } from '../../testing/chat-server.ts';
import { runStep, type StepResult } from '../../testing/run-step.ts';
import { splitSentences } from '../../text/sentences.ts';
import { splitWords } from '../../text/words.ts';
import { applyEdits, freeOf } from './edits.ts';
import { segment } from './segment.ts';
import { similarity } from './similarity.ts';
import { synonymsOf } from './thesaurus.ts';
import { wordnetSynonyms } from './wordnet.ts';

// Chinese: opening of the Chinese Wikipedia's style of prose, our own words; English: Conan Doyle, public domain.
const zh =
  '村庄里的人都很聪明，他们懂得怎样抵御洪水。每年春天，大家率领孩子去田里担负农活。晚上，懒惰的人也会来对照账本，看看有没有过错。';
const en =
  'To Sherlock Holmes she is always the woman. I have seldom heard him mention her under any other name. ' +
  'In his eyes she eclipses and predominates the whole of her sex. It was not that he felt any emotion akin to love for Irene Adler.';
const entity = (text: string, words: string, label = 'PER') => {
  const start = text.indexOf(words);
  return { id: words, start, end: start + words.length, label, text: words };
};
const steps = ['eda', 'synonyms', 'reorder', 'span-deletion'];
const copiesIn = (result: StepResult) => result.documents.filter(({ meta }) => meta.augmented_from !== undefined);
const covered = ({ text, meta }: Document) =>
  (meta.entities as { start: number; end: number }[]).map(({ start, end }) => text.slice(start, end));

describe('every augmentation', () => {
  const given = [
    {
      id: 'zh',
      text: zh,
      meta: { language: 'zh', entities: [entity(zh, '田里', 'LOC'), entity(zh, '账本', 'THING')], evidence: [] },
    },
    { id: 'en', text: en, meta: { entities: [entity(en, 'Sherlock Holmes'), entity(en, 'Irene Adler')] } },
  ];

  it.each(steps)('%s: copies that differ, marked, entities safe, the same each time', async (step) => {
    const config = { copies: 4, max_similarity: 0.9 };
    const result = await runStep(step, config, given);
    const copies = copiesIn(result);
    expect(copies.length).toBeGreaterThanOrEqual(6);
    for (const copy of copies) {
      const original = given.find(({ id }) => id === copy.meta.augmented_from)!;
      expect(copy.id).toMatch(new RegExp(`^${original.id}#aug-${step}-\\d$`));
      expect([copy.meta.augmented_by, copy.meta.evidence]).toEqual([step, undefined]);
      expect(covered(copy).sort()).toEqual(original.meta.entities.map(({ text }) => text).sort());
      const units = step === 'reorder' ? splitSentences : splitWords;
      expect(similarity(units(copy.text), units(original.text))).toBeLessThanOrEqual(0.9);
    }
    expect(new Set(copies.map(({ text }) => text)).size).toBe(copies.length);
    expect(new Set(result.documents.map(({ id }) => id)).size).toBe(result.documents.length);
    expect((await runStep(step, config, given)).documents).toEqual(result.documents);
    expect(
      (await runStep(step, config, given.toReversed())).documents.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ).toEqual(result.documents.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    expect(copiesIn(await runStep(step, config, given, 8)).map(({ text }) => text)).not.toEqual(
      copies.map(({ text }) => text),
    );
  });

  it.each(steps)('%s: leaves other sides of the split, chats and copies alone', async (step) => {
    const plain = [
      { text: en, split: 'test' as const },
      { text: en, meta: { messages: [] } },
      { text: en, meta: { augmented_from: 'x' } },
    ];
    const { documents, ledger } = await runStep(step, { keep_original: false }, plain);
    expect(documents.map(({ id }) => id)).toEqual(['d0', 'd1', 'd2']);
    expect(ledger.counters).toEqual({ 'not-training': 1, 'chat-documents': 1 });
    const again = await runStep(step, { augment_copies: true }, [
      { id: 'x#aug-eda-1', text: en, meta: { augmented_from: 'x' }, split: 'train' },
    ]);
    expect(again.documents[1]).toMatchObject({
      id: `x#aug-eda-1#aug-${step}-1`,
      meta: { augmented_from: 'x' },
      split: 'train',
    });
  });

  it.each(steps)('%s: rejects what hardly differs, drops where only copies are wanted', async (step) => {
    const strict = await runStep(step, { max_similarity: 0, keep_original: false }, [en]);
    expect(strict.documents.every(({ text }) => similarity(splitSentences(text), splitSentences(en)) === 0)).toBe(true);
    const hopeless = await runStep(step, { keep_original: false }, ['', '…', '？！']);
    expect(hopeless.ledger.dropped).toEqual({ 'not-augmented': 3 });
  });

  it.each(steps)('%s: takes hostile text in linear time', async (step) => {
    const texts = [
      'a'.repeat(2e5),
      ' '.repeat(2e5),
      '中'.repeat(5e4),
      'a. '.repeat(2e4),
      '\u0301'.repeat(2e5),
      "a'".repeat(5e4),
      '\ud800a\0\udc00 '.repeat(2e4),
    ];
    const started = performance.now();
    const { documents } = await runStep(step, { attempts: 1 }, texts);
    expect(documents.length).toBeGreaterThanOrEqual(texts.length);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

it('originals and copies end on one side of the split', async () => {
  const many = Array.from({ length: 60 }, (_, i) => ({ id: `d${i}`, text: `${en} Number ${i % 50} is here.` }));
  const first = await runStep('eda', { copies: 2 }, many);
  const second = await runStep('span-deletion', {}, first.documents);
  const { documents } = await runStep('by-hash', { train: 0.5, validation: 0.3, test: 0.2 }, second.documents);
  expect(documents.length).toBeGreaterThan(200);
  expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
  const sideOf = new Map(documents.map(({ id, split }) => [id, split]));
  for (const { meta, split } of documents)
    if (meta.augmented_from !== undefined) expect(split).toBe(sideOf.get(String(meta.augmented_from)));
  // Equal texts too, whether or not a copy of them was made.
  for (let i = 50; i < 60; i++) expect(sideOf.get(`d${i}`)).toBe(sideOf.get(`d${i - 50}`));
  expect(new Set(sideOf.values()).size).toBe(3);
});

describe('eda', () => {
  it('does each operation at its rate', async () => {
    for (const operation of ['replace', 'insert', 'swap', 'delete']) {
      const { documents } = await runStep('eda', { operations: [operation], rate: 0.1 }, [en, zh]);
      for (const [original, copy] of [documents.slice(0, 2), documents.slice(2)] as [Document, Document][]) {
        expect(copy, operation).toBeDefined();
        const [before, after] = [splitWords(original.text), splitWords(copy.text)];
        if (operation === 'swap') expect(after.toSorted()).toEqual(before.toSorted());
        if (operation === 'delete') expect(after.length).toBeLessThan(before.length);
        if (operation === 'insert') expect(after.length).toBeGreaterThan(before.length);
        expect(Math.abs(after.length - before.length)).toBeLessThan(0.4 * before.length);
        expect(copy.text).not.toMatch(/ {2}/);
      }
    }
  });
});

it('eda deletes beside entities that begin or end in a space', async () => {
  const text = 'one two three four five six seven eight';
  const entities = [
    { id: 'e1', label: 'X', start: text.indexOf(' three'), end: text.indexOf(' four') + 1 },
    { id: 'e2', label: 'X', start: text.indexOf('seven'), end: text.indexOf('eight') },
  ];
  const config = { operations: ['delete'], rate: 0.9, copies: 3, max_similarity: 1 };
  const { documents, ledger } = await runStep('eda', config, [{ text, meta: { entities } }]);
  expect(ledger.counters.copies).toBe(3);
  for (const { text: made, meta } of documents.slice(1))
    expect((meta.entities as { start: number; end: number }[]).map(({ start, end }) => made.slice(start, end))).toEqual(
      [' three ', 'seven '],
    );
});

describe('synonyms', () => {
  it('replaces words by words of the thesaurus, in their form', async () => {
    const { documents } = await runStep('synonyms', { rate: 0.3, language: 'zh' }, [zh, en]);
    expect(documents).toHaveLength(3);
    expect(documents[1]!.text).toMatch(/村落|村子|聪慧|晓得|对抗|抵抗|带领|担当|担任|怠惰|错误|智慧/);
    const word = (text: string, kind: 'han' | 'other' = 'other') => ({ start: 0, end: text.length, text, kind });
    const options = { language: 'auto', senses: 1 } as const;
    expect(synonymsOf(word('Woman'), true, options)).toEqual(['Adult female']);
    expect(synonymsOf(word('Woman'), false, options)).toEqual([]);
    expect(synonymsOf(word('the'), false, options)).toEqual([]);
    expect(synonymsOf(word('NATO'), true, options)).toEqual([]);
    expect(synonymsOf(word('村庄', 'han'), false, options)).toEqual(['村子', '村落']);
    expect(synonymsOf(word('我们', 'han'), false, options)).toEqual([]);
  });

  it('WordNet: known senses', () => {
    expect(wordnetSynonyms('car', 1)).toEqual(['auto', 'automobile', 'machine', 'motorcar']);
    expect(wordnetSynonyms('quickly', 1)).toEqual(['apace', 'chop-chop', 'in short order', 'rapidly', 'speedily']);
    expect(wordnetSynonyms('ice cream', 1)).toEqual(['icecream']);
    expect(wordnetSynonyms('zzzz', 3)).toEqual([]);
    expect(wordnetSynonyms('', 3)).toEqual([]);
  });

  it('cuts Chinese as jieba does', () => {
    expect(segment('研究生命起源, it’s K歌 time').map(({ text }) => text)).toEqual([
      '研究',
      '生命',
      '起源',
      'it’s',
      'K',
      '歌',
      'time',
    ]);
    for (const { start, end, text } of segment(zh)) expect(zh.slice(start, end)).toBe(text);
  });
});

describe('reorder', () => {
  const text = 'One. Two. Three.\n\n四。五。六！\n\nSeven.';
  it('sentences stay in their paragraph, gaps where they are', async () => {
    const { documents } = await runStep('reorder', { copies: 3 }, [text]);
    expect(documents.length).toBeGreaterThan(2);
    for (const { text: made } of documents) {
      const blocks = made.split('\n\n');
      expect(blocks.map((block) => block.length)).toEqual(text.split('\n\n').map((block) => block.length));
      expect(splitSentences(blocks[0]!).toSorted()).toEqual(['One.', 'Three.', 'Two.']);
      expect(blocks[2]).toBe('Seven.');
    }
  });

  it('paragraphs; near by', async () => {
    const { documents } = await runStep('reorder', { unit: 'paragraphs', copies: 2 }, [text]);
    expect(documents[1]!.text.split('\n\n').toSorted()).toEqual(text.split('\n\n').toSorted());
    const many = Array.from({ length: 60 }, (_, i) => `Sentence number ${i}.`).join(' ');
    const near = await runStep('reorder', { max_distance: 2 }, [many]);
    const numbers = splitSentences(near.documents[1]!.text).map((one) => Number(/\d+/.exec(one)![0]));
    expect(numbers).not.toEqual(numbers.toSorted((a, b) => a - b));
    expect(Math.max(...numbers.map((n, i) => Math.abs(n - i)))).toBeLessThanOrEqual(2);
  });

  it('keeps sentences together that an entity joins', async () => {
    const joined = 'Aa. Bb. Cc. Dd.';
    const across = { id: 'x', start: 4, end: 11, label: 'X' };
    const { documents } = await runStep('reorder', { copies: 4 }, [{ text: joined, meta: { entities: [across] } }]);
    expect(documents.length).toBeGreaterThan(2);
    for (const one of documents) expect(covered(one)).toEqual(['Bb. Cc.']);
  });
});

describe('edits', () => {
  it('carry entities along as putting marks around them would (property)', () => {
    const span = fc.tuple(fc.nat(20), fc.nat(20)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(
        fc.string({ minLength: 20, maxLength: 20, unit: fc.constantFrom('a', 'b', '中', ' ') }),
        fc.array(span),
        fc.array(fc.tuple(span, fc.string({ maxLength: 3 }))),
        (text, spans, raw) => {
          const entities = spans
            .filter(([a, b]) => a < b)
            .map(([start, end], i) => ({ id: `e${i}`, start, end, label: 'X' }));
          const isFree = freeOf(entities.toSorted((a, b) => a.start - b.start));
          for (let a = 0; a < 20; a++)
            for (const b of [a + 1, a + 3])
              expect(isFree(a, b)).toBe(!entities.some(({ start, end }) => start < b && a < end));
          let last = 0;
          const edits = raw
            .map(([[start, end], put]) => ({ start, end, text: put }))
            .toSorted((a, b) => a.start - b.start || a.end - b.end)
            .filter(({ start, end }) => {
              const keeps = start >= last && end > start;
              if (keeps) last = end;
              return keeps;
            });
          const result = applyEdits(text, entities, edits);
          const safe = edits.every(({ start, end }) => isFree(start, end));
          expect(result !== undefined).toBe(safe);
          for (const moved of result?.entities ?? []) {
            const old = entities.find(({ id }) => id === moved.id)!;
            expect(result!.text.slice(moved.start, moved.end)).toBe(text.slice(old.start, old.end));
          }
        },
      ),
    );
  });

  it('similarity: equal, disjoint, one word changed', () => {
    expect(similarity(['a', 'b'], ['a', 'b'])).toBe(1);
    expect(similarity(['a', 'b'], ['c'])).toBe(0);
    expect(similarity(['a', 'b', 'c'], ['a', 'x', 'c'])).toBe(0.5);
  });
});

describe('back-translate', () => {
  const directory = mkdtempSync(join(tmpdir(), 'athanor-translate-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('goes there and back, keeps entities or rejects, repeats itself from the cache', async () => {
    const server = await startChatServer(({ messages }) => {
      const [system, text] = [messages[0]!.content, messages[1]!.content];
      if (!/^(English|German): /.test(text)) return `${/into (\w+)/.exec(system)![1]}: ${text}`;
      // Back: another wording; "same" comes back as it was; "lost" loses its entity.
      const source = text.replace(/^\w+: /, '');
      if (source.includes('same')) return source;
      return `${/^\w+/.exec(text)![0] === 'German' ? '据说' : '人们说'}，${source.replace('率领', '领着').replace('lost Ann', 'lost her')}`;
    });
    const endpoint = { base_url: server.baseUrl, model: 'm', cache: join(directory, 'cache.jsonl') };
    const config = { endpoint, pivots: ['English', 'German'], copies: 2, max_similarity: 0.99 };
    const given = [
      { id: 'a', text: zh, meta: { language: 'zh-Hans', entities: [entity(zh, '账本')] } },
      { id: 'b', text: 'the same words', meta: {} },
      { id: 'c', text: 'we lost Ann', meta: { entities: [entity('we lost Ann', 'Ann')] } },
      { id: 'd', text: zh, split: 'validation' as const },
    ];
    const result = await runStep('back-translate', config, given);
    expect(result.documents.map(({ id }) => id)).toEqual([
      'a',
      'a#aug-back-translate-1',
      'a#aug-back-translate-2',
      'b',
      'c',
      'd',
    ]);
    expect(covered(result.documents[1]!)).toEqual(['账本']);
    expect(result.documents[1]!.text.startsWith('人们说，村庄')).toBe(true);
    expect(result.ledger.counters).toEqual({ copies: 2, unchanged: 2, 'entities-lost': 2, 'not-training': 1 });
    expect(server.requests[0]!.messages[0]!.content).toMatch(/from Simplified Chinese into English/);
    await server.close();
    const again = await runStep('back-translate', { ...config, endpoint: { ...endpoint, offline: true } }, given);
    expect(again.documents).toEqual(result.documents);
  });

  it('takes a language that is none', async () => {
    const server = await startChatServer(({ messages }) => `Well, ${messages[1]!.content.slice(0, 40)}`);
    const given = [{ text: 'words that go there and come back again', meta: { language: 'en-a' } }];
    const config = { endpoint: { base_url: server.baseUrl, model: 'm' }, pivots: ['German'] };
    const result = await runStep('back-translate', config, given);
    expect(result.ledger.counters).toEqual({ copies: 1 });
    await server.close();
  });

  it('keeps the white space and the pieces of long texts', async () => {
    const server = await startChatServer(({ messages }) => messages[1]!.content.toUpperCase());
    const text = `\n${'a b c\n'.repeat(40)}\n`;
    const { documents } = await runStep(
      'back-translate',
      { endpoint: { base_url: server.baseUrl, model: 'm' }, chunk_characters: 100 },
      [text],
    );
    expect(documents[1]!.text).toBe(text.toUpperCase());
    expect(server.requests.length).toBeGreaterThan(2);
    await server.close();
  });
});
