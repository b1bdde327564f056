import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/index.ts';
import { runStep, textsOf } from '../../testing/run-step.ts';
import { splitWords } from '../../text/words.ts';

const golden = (name: string) => fileURLToPath(new URL(`golden/${name}`, import.meta.url));
const rowsOf = <Row>(name: string) =>
  readFileSync(golden(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const mmlu = rowsOf<{ id: string; question: string }>('mmlu-extract.jsonl');
const cmath = rowsOf<{ id: number; input: string }>('cmath-extract.jsonl');
const sets = [
  { path: golden('mmlu-extract.jsonl'), name: 'mmlu', fields: ['question', 'choices'], id: 'id' },
  { path: golden('cmath-extract.jsonl'), fields: ['input'], id: 'id' },
];

const around =
  'The committee met on Tuesday to discuss the budget of the coming year, and agreed on most of its points. ';
const aroundZh = '今天的会议讨论了明年的预算，大部分议题都取得了一致意见，会后大家一起吃了饭。';

describe('decontaminate', () => {
  it('finds every evaluation item that is long enough, and says which', async () => {
    const texts = [
      ...mmlu.map(({ question }) => `${around}${question.toUpperCase().replace(/[.,?]/g, ' —')} ${around}`),
      ...cmath.map(({ input }) => `${aroundZh}${input.replace(/[，。？]/g, ' ')}${aroundZh}`),
      around.repeat(3),
      aroundZh.repeat(3),
    ];
    const result = await runStep('decontaminate', { sets }, texts);
    const long = [
      ...mmlu.map(({ id, question }) => ({ name: `mmlu:${id}`, found: splitWords(question).length >= 8 })),
      ...cmath.map(({ id, input }) => ({ name: `cmath-extract:${id}`, found: splitWords(input).length >= 12 })),
    ];
    expect(long.filter(({ found }) => found).length).toBeGreaterThan(55);
    const expected = long.flatMap(({ name, found }, i) => (found ? [[`d${i}`, name]] : []));
    // Two questions of one template share their beginning: the first is named.
    const named = result.dropped.map(({ id, detail }) => [id, /of (\S+)/.exec(detail!)![1]!]);
    const template = 'mmlu:moral_scenarios/8873';
    expect(named).toEqual(expected.map(([id, name]) => [id, name === 'mmlu:moral_scenarios/9340' ? template : name]));
    expect(result.dropped.every(({ reason }) => reason === 'contaminated')).toBe(true);
    expect(result.ledger.counters['found-in-mmlu']).toBeGreaterThan(25);
  });

  it('does nothing to texts that share less than an n-gram', async () => {
    const words = splitWords(mmlu[3]!.question);
    const twelve = `${around}${words.slice(4, 16).join(' ')}. ${around}`;
    const thirteen = `${around}${words.slice(4, 17).join(' ')}. ${around}`;
    const nineteen = `${aroundZh}${cmath[15]!.input.slice(0, 19)}${aroundZh}`;
    const result = await runStep('decontaminate', { sets }, [twelve, thirteen, nineteen]);
    expect(result.dropped.map(({ id, detail }) => [id, detail])).toEqual([
      ['d1', '1 n-gram of mmlu:college_physics/1401'],
    ]);
    const looser = await runStep('decontaminate', { sets, ngram: 10, ngram_han: 15 }, [twelve, nineteen]);
    expect(looser.documents).toEqual([]);
    expect((await runStep('decontaminate', { sets, min_matches: 2 }, [thirteen])).documents).toHaveLength(1);
  });

  it('finds what a search for the words finds', async () => {
    const rng = new Rng(8);
    const norm = (text: string) => ` ${splitWords(text.toLowerCase()).join(' ')} `;
    const grams = new Set<string>();
    for (const { question } of mmlu) {
      const words = splitWords(question.toLowerCase());
      for (let i = 0; i + 13 <= words.length; i++) grams.add(words.slice(i, i + 13).join(' '));
    }
    const texts = Array.from({ length: 150 }, () => {
      const words = splitWords(mmlu[rng.int(30)]!.question);
      const start = rng.int(words.length);
      return `${around}${words.slice(start, start + 4 + rng.int(22)).join(' ')} ${around}`;
    });
    const expected = texts.map((text) => {
      const whole = norm(text);
      return [...grams].some((gram) => whole.includes(` ${gram} `));
    });
    const options = { sets: [{ ...sets[0], fields: ['question'] }], action: 'annotate', min_ngram: 13 };
    const result = await runStep('decontaminate', options, texts);
    expect(result.documents.map(({ meta }) => meta.contamination !== undefined)).toEqual(expected);
    expect(new Set(expected).size).toBe(2);
  });

  it('removes the passage and its surroundings', async () => {
    const { question } = mmlu[13]!;
    const text = `${around.repeat(4)}😀${question}😀${around.repeat(4)}`;
    const result = await runStep('decontaminate', { sets, action: 'remove', window: 1, min_left: 100 }, [
      text,
      question,
    ]);
    expect(textsOf(result)).toEqual([`${around.repeat(4)}😀\n😀${around.repeat(4).trim()}`]);
    expect(result.dropped[0]!.detail).toMatch(/^231 n-grams of mmlu:.*no 100 characters left/);
    const wide = await runStep('decontaminate', { sets, action: 'remove' }, [text]);
    expect(textsOf(wide)[0]!.length).toBeLessThan(text.length - question.length - 390);
  });

  it('reads nested files, and refuses what it cannot use', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'athanor-decontaminate-'));
    try {
      const path = join(directory, 'squad.json');
      const context =
        'The Normans were the people who in the tenth and eleventh centuries gave their name to Normandy.';
      writeFileSync(path, `${JSON.stringify({ data: [{ paragraphs: [{ context }, { context: 'x' }] }] })}\n`);
      const nested = { sets: [{ path, fields: ['data.paragraphs.context'] }] };
      expect((await runStep('decontaminate', nested, [context, around])).documents).toHaveLength(1);
      await expect(runStep('decontaminate', { sets: [{ path, fields: ['text'] }] }, [])).rejects.toThrow(
        /no text in the fields text/,
      );
      writeFileSync(path, 'no json\n');
      await expect(runStep('decontaminate', nested, [])).rejects.toThrow(/is not JSON/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('takes any text, in linear time', async () => {
    const hostile = ['a', ' ', '月', '\ud800', '\u0301', '<', '0 '].map((one) => one.repeat(100_000));
    expect((await runStep('decontaminate', { sets }, hostile)).documents).toHaveLength(7);
  });
});
