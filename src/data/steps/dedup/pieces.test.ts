import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/index.ts';
import { runStep, textsOf } from '../../testing/run-step.ts';

const notice = 'We use cookies to improve your experience on our website.';
const noticeZh = '本站使用 cookie 来改善您的浏览体验，继续访问即表示您同意我们的隐私政策。';

describe('line-dedup', () => {
  it('removes lines that came before, folded, in both languages', async () => {
    const given = [
      `${notice}\nOnly here: the quick brown fox.\n${noticeZh}\nOK`,
      `Another page about the lazy dog and his friends.\nWE USE COOKIES to improve your experience on our website!\nOK`,
      `${noticeZh}\n床前明月光，疑是地上霜。举头望明月，低头思故乡。\n本站使用cookie来改善您的浏览体验，继续访问即表示您同意我们的隐私政策`,
    ];
    const result = await runStep('line-dedup', { min_left: 20 }, given);
    expect(textsOf(result)).toEqual([
      given[0],
      'Another page about the lazy dog and his friends.\nOK',
      '床前明月光，疑是地上霜。举头望明月，低头思故乡。',
    ]);
    expect(result.ledger.counters).toMatchObject({ 'removed-lines': 3 });
  });

  it('drops a document of which little remains, and says how little', async () => {
    const result = await runStep('line-dedup', {}, [
      `${notice}\nA line of its own, long enough to stay here.`,
      `${notice}\nBye.`,
    ]);
    expect(result.dropped).toMatchObject([
      { id: 'd1', reason: 'duplicate-lines', detail: '4 of 62 characters left < 50' },
    ]);
    expect(await runStep('line-dedup', {}, ['short', 'short'])).toMatchObject({ documents: [{}, {}] });
  });

  it('can leave repeats inside one document alone', async () => {
    const song = `All the leaves are brown and the sky is grey.\nI have been for a walk.\nAll the leaves are brown and the sky is grey.`;
    expect(
      textsOf(
        await runStep('line-dedup', { within_document: false }, [
          song,
          `${song}\nThe end of it all, on a winter's day in California.`,
        ]),
      ),
    ).toEqual([
      song,
      `I have been for a walk.\nThe end of it all, on a winter's day in California.`.replace(
        'I have been for a walk.\n',
        '',
      ),
    ]);
    expect(textsOf(await runStep('line-dedup', {}, [song]))).toEqual([song.split('\n').slice(0, 2).join('\n')]);
  });

  it('gives the same in any memory', async () => {
    const rng = new Rng(4);
    const given = Array.from({ length: 400 }, () =>
      Array.from({ length: 20 }, () => `line number ${rng.int(3000)} of the pool of lines`).join('\n'),
    );
    const large = await runStep('line-dedup', {}, given);
    expect(large.ledger.counters['removed-lines']).toBeGreaterThan(4000);
    expect(await runStep('line-dedup', {}, given, 7, 1 << 14)).toEqual(large);
    const kept = large.documents.flatMap(({ text }) => text.split('\n')).filter((line) => line.length > 25);
    expect(new Set(kept).size).toBe(kept.length);
  });
});

describe('paragraph-dedup', () => {
  it('removes paragraphs with the blank lines behind them', async () => {
    const licence = 'Licensed under the Apache License, Version 2.0;\nyou may not use this file otherwise.';
    const own = [
      'The first document has this to say about the matter at hand.',
      '第二篇文章讲的是完全不同的事情，与第一篇没有任何关系，也没有相同的句子。',
    ];
    const result = await runStep('paragraph-dedup', { min_left: 20 }, [
      `${licence}\n\n${own[0]}\n`,
      `${licence.replaceAll('\n', ' ')}\n \n\n${own[1]}\n\nEnd.\n\n${licence}`,
    ]);
    expect(textsOf(result)).toEqual([`${licence}\n\n${own[0]}\n`, `${own[1]}\n\nEnd.`]);
  });
});

describe('sentence-dedup', () => {
  it('removes every sentence of a repeated span of three', async () => {
    const shared = [
      'It was a dark and stormy night.',
      'The rain fell in torrents on the old roofs.',
      'Nobody was out in the streets of London.',
      'Only the lamps struggled against the darkness.',
    ];
    const first = `Chapter one. ${shared.join(' ')} Then something happened.`;
    const second = `A quotation from another book follows here, and it is well known. ${shared.join(' ')} That was the quotation, and now my own thoughts on it.`;
    const result = await runStep('sentence-dedup', {}, [
      first,
      second,
      `${shared[0]} ${shared[1]} And that is all I took from it, two sentences.`,
    ]);
    expect(textsOf(result)).toEqual([
      first,
      'A quotation from another book follows here, and it is well known. That was the quotation, and now my own thoughts on it.',
      `${shared[0]} ${shared[1]} And that is all I took from it, two sentences.`,
    ]);
    const zh = '今天天气很好。我们去公园散步。公园里有很多人在唱歌。';
    const others = [
      '早上我起得很早，吃了两个包子，喝了一碗豆浆，然后出门了。',
      '昨天下雨，大家都待在家里看书，谁也没有出去。',
    ];
    expect(
      textsOf(
        await runStep('sentence-dedup', { min_left: 10, min_characters: 10 }, [
          `${others[0]}${zh}`,
          `${others[1]}${zh}`,
        ]),
      ),
    ).toEqual([`${others[0]}${zh}`, others[1]]);
  });
});

describe('substring-dedup', () => {
  /** The same by looking at every run of characters. */
  function naive(texts: readonly string[], length: number, keep: 'first' | 'none'): string[] {
    const places = new Map<string, [number, number][]>();
    const all = texts.map((text) => [...text]);
    for (const [d, text] of all.entries())
      for (let at = 0; at + length <= text.length; at++) {
        const run = text.slice(at, at + length).join('');
        places.set(run, [...(places.get(run) ?? []), [d, at]]);
      }
    const gone = all.map((text) => new Uint8Array(text.length));
    for (const found of places.values()) {
      if (found.length < 2) continue;
      const [first, at] = found[0]!;
      for (const [d, start] of keep === 'first' ? found.slice(1) : found) {
        const shared = keep === 'first' && d === first ? at + length : 0;
        for (let i = Math.max(start, shared); i < start + length; i++) gone[d]![i] = 1;
      }
    }
    return all.map((text, d) => {
      const kept = text.filter((_, i) => gone[d]![i] === 0).join('');
      return gone[d]![text.length - 1] ? kept.trimEnd() : kept;
    });
  }

  it('removes what every run of characters shows', async () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const rng = new Rng(seed);
      const letters = [...'abc月😀'].slice(0, seed === 1 ? 1 : 5);
      const random = (n: number) => Array.from({ length: n }, () => letters[rng.int(letters.length)]!).join('');
      const texts = Array.from({ length: 12 }, () => random(rng.int(120)));
      for (let k = 0; k < 10; k++) {
        const from = [...texts[rng.int(12)]!];
        const start = rng.int(from.length + 1);
        const copy = from.slice(start, start + 5 + rng.int(40)).join('');
        const to = rng.int(12);
        texts[to] = `${texts[to]!}${copy}${random(3)}`;
      }
      for (const keep of ['first', 'none'] as const) {
        const options = { unit: 'character', min_length: 10, min_left: 0, keep };
        const result = await runStep('substring-dedup', options, texts);
        expect(textsOf(result)).toEqual(naive(texts, 10, keep));
        expect(await runStep('substring-dedup', options, texts, 7, 1 << 12)).toEqual(result);
      }
    }
  });

  it('removes a planted passage of words, whatever the spacing, and leaves shorter ones', async () => {
    const passage = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ');
    const short = Array.from({ length: 30 }, (_, i) => `other${i}`).join(' ');
    const around = Array.from({ length: 4 }, (_, d) => Array.from({ length: 30 }, (_, i) => `own${d}x${i}`).join(' '));
    const given = [
      `${around[0]}. ${passage}; ${around[1]} ${short}`,
      `${around[2]}: ${passage.replaceAll(' ', '\n')} ${around[3]} ${short}`,
    ];
    const result = await runStep('substring-dedup', {}, given);
    expect(textsOf(result)).toEqual([given[0], `${around[2]}: ${around[3]} ${short}`]);
    expect(textsOf(await runStep('substring-dedup', { min_length: 61 }, given))).toEqual(given);
    expect(textsOf(await runStep('substring-dedup', { min_length: 60 }, given))).not.toEqual(given);
  });

  it('never leaves half a character or a letter without its accents', async () => {
    const shared = '0123456789ABCDEF';
    const given = [
      `${shared}e`,
      `😀x${shared}e\u0301\u0327y`,
      `${shared}\u{1f468}`,
      `p${shared}\u{1f468}\u200d\u{1f469}q`,
    ];
    const result = await runStep('substring-dedup', { unit: 'character', min_length: 16, min_left: 0 }, given);
    expect(textsOf(result)).toEqual([`${shared}e`, '😀xy', '\u{1f468}', 'pq']);
  });

  it('takes any text', async () => {
    const hostile = ['a', ' ', '月', '\ud800', '\u0301', '<', '0'].map((one) => one.repeat(50_000));
    for (const unit of ['word', 'character'])
      expect((await runStep('substring-dedup', { unit, min_left: 0 }, hostile)).documents).toHaveLength(7);
  });
});

describe('simhash-dedup', () => {
  it('finds every pair within the distance, against all pairs, in any memory', async () => {
    const rng = new Rng(9);
    const texts: string[] = [];
    for (let i = 0; i < 250; i++) {
      const words = Array.from({ length: 150 }, () => `w${rng.int(4000)}`);
      texts.push(words.join(' '));
      for (let k = 0; k < rng.int(12); k++) words[rng.int(150)] = `w${rng.int(4000)}`;
      texts.push(words.join(' '));
    }
    const { simhasher } = await import('./simhash-dedup.ts');
    for (const distance of [0, 1, 3, 5]) {
      const fingerprint = simhasher({ distance, unit: 'word', ngram: 3, normalize: 'loose' });
      const prints = texts.map((text) => {
        const out = new Uint32Array(2);
        fingerprint(text, out);
        return (BigInt(out[0]!) << 32n) | BigInt(out[1]!);
      });
      const differ = (a: bigint, b: bigint) => [...(a ^ b).toString(2)].filter((bit) => bit === '1').length;
      const kept: number[] = [];
      const expected: string[] = [];
      for (const [i, print] of prints.entries()) {
        const match = kept.find((j) => differ(print, prints[j]!) <= distance);
        if (match === undefined) kept.push(i);
        else expected.push(`d${i} of d${match} (SimHash distance ${differ(print, prints[match]!)})`);
      }
      const result = await runStep('simhash-dedup', { distance }, texts);
      expect(result.dropped.map(({ id, detail }) => `${id} ${detail}`)).toEqual(expected);
      expect(expected.length).toBeGreaterThan(distance === 0 ? 10 : 15);
      expect(await runStep('simhash-dedup', { distance }, texts, 7, 1 << 14)).toEqual(result);
    }
  });

  it('works for Chinese, and leaves documents without words alone', async () => {
    const poem = '床前明月光疑是地上霜举头望明月低头思故乡春眠不觉晓处处闻啼鸟夜来风雨声花落知多少白日依山尽黄河入海流';
    const result = await runStep('simhash-dedup', { distance: 3, ngram: 1 }, [
      poem,
      `${poem}。`,
      '……',
      '',
      poem.replace('月', '日'),
    ]);
    expect(result.documents.map(({ id }) => id).slice(0, 3)).toEqual(['d0', 'd2', 'd3']);
  });
});
