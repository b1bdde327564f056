import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runStep, textsOf } from '../../testing/run-step.ts';
import { cleanWhitespace } from './whitespace.ts';

describe('unicode-nfc', () => {
  it('composes, and mends halves of surrogate pairs', async () => {
    const result = await runStep('unicode-nfc', {}, ['Cafe\u0301', '静夜思', 'a\ud800b', '😀', '\u1112\u1161\u11ab']);
    expect(textsOf(result)).toEqual(['Café', '静夜思', 'a\ufffdb', '😀', '한']);
    expect(result.ledger.counters).toEqual({ changed: 3 });
  });

  it('folds compatibility characters only when told', async () => {
    expect(textsOf(await runStep('unicode-nfc', {}, ['ＡＢＣ①ﬁ']))).toEqual(['ＡＢＣ①ﬁ']);
    expect(textsOf(await runStep('unicode-nfc', { form: 'NFKC' }, ['ＡＢＣ①ﬁ']))).toEqual(['ABC1fi']);
  });
});

describe('whitespace', () => {
  it('unifies spaces and line ends in both languages', async () => {
    const given = [
      '  床前明月光，　疑是地上霜。\r\n\r\n\r\n\r\n舉頭望明月 \t',
      'To be,\u00a0or  not\rto be\u2028that is\n\n\n',
    ];
    const result = await runStep('whitespace', {}, given);
    expect(textsOf(result)).toEqual(['床前明月光， 疑是地上霜。\n\n舉頭望明月', 'To be, or not\nto be\nthat is']);
  });

  it('keeps what code needs', () => {
    const code = 'def f(x):  \n    return  x\n\n\n\nf(1)\n';
    expect(cleanWhitespace(code, { collapse: false, trim_lines: 'end', max_blank_lines: 2 })).toBe(
      'def f(x):\n    return  x\n\n\nf(1)',
    );
  });

  it('changes nothing the second time, and no visible character', () => {
    const options = { collapse: true, trim_lines: 'both', max_blank_lines: 1 } as const;
    const text = fc.array(fc.constantFrom('a', '诗', ' ', '\u3000', '\t', '\n', '\r', '\r\n', '\u2029'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, (parts) => {
        const once = cleanWhitespace(parts.join(''), options);
        expect(cleanWhitespace(once, options)).toBe(once);
        expect(once.replace(/\s/g, '')).toBe(parts.join('').replace(/\s/g, ''));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('control-characters', () => {
  it('removes what nobody sees and keeps joiners', async () => {
    const given = [
      'a\u0000b\u0007c\td\n',
      '春\u200b眠\ufeff',
      '👩\u200d🚀 می\u200cخواهم',
      'co\u00adop \u202eevil\u2066',
      'x\ufdd0y\u009f',
    ];
    const result = await runStep('control-characters', {}, given);
    expect(textsOf(result)).toEqual(['abc\td\n', '春眠', '👩\u200d🚀 می\u200cخواهم', 'coop evil', 'xy']);
    expect(textsOf(await runStep('control-characters', { invisible: false }, ['春\u200b眠\u0001']))).toEqual([
      '春\u200b眠',
    ]);
  });
});

describe('to-simplified', () => {
  it('converts by phrases, also meta fields when told', async () => {
    const given = [
      { text: '舉頭望明月，低頭思故鄉。', meta: { title: '靜夜思', author: '李白', year: 726 } },
      '乾坤與乾燥，頭髮與發現',
      'Hello, 世界',
    ];
    const plain = await runStep('to-simplified', {}, given);
    expect(textsOf(plain)).toEqual(['举头望明月，低头思故乡。', '乾坤与干燥，头发与发现', 'Hello, 世界']);
    expect(plain.documents[0]!.meta.title).toBe('靜夜思');
    const withTitle = await runStep('to-simplified', { fields: ['text', 'title', 'year', 'missing'] }, given);
    expect(withTitle.documents[0]!.meta).toEqual({ title: '静夜思', author: '李白', year: 726 });
    expect(withTitle.ledger.counters).toEqual({ changed: 2 });
  });
});
