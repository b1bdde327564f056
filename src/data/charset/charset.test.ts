import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charsetOf, charsetOfContentType, decodeText, detectCharset, prescanHtml } from './index.ts';

interface Encoded {
  readonly language: string;
  readonly codec: string;
  readonly text: string;
  readonly bytes: string;
}
/** Made by Python's codecs: scripts/extraction-golden.py. */
const golden = JSON.parse(readFileSync(new URL('golden/encoded.json', import.meta.url), 'utf8')) as Encoded[];

describe('detectCharset', () => {
  it.each(golden)('reads $language in $codec', ({ text, bytes }) => {
    const decoded = decodeText(Buffer.from(bytes, 'base64'));
    expect(decoded.text).toBe(text);
    expect(decoded.damaged).toBe(0);
  });

  it('finds Chinese among a great deal of markup', () => {
    const chinese = golden.find(({ codec }) => codec === 'gb18030')!;
    const markup = Buffer.from('<div class="a b c"><a href="https://example.org/">x</a></div>\n'.repeat(400));
    const page = Buffer.concat([markup, Buffer.from(chinese.bytes, 'base64'), markup]);
    expect(detectCharset(page).charset).toBe('gb18030');
  });

  it('takes UTF-8 with a few bad bytes for UTF-8', () => {
    const text = '春眠不觉晓，处处闻啼鸟。'.repeat(20);
    const bytes = Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xe6]), Buffer.from(text)]);
    const decoded = decodeText(bytes);
    expect(decoded.charset).toBe('utf-8');
    expect(decoded.damaged).toBe(2);
    expect(decoded.text.replaceAll('\ufffd', '')).toBe(text + text);
  });
});

describe('decodeText', () => {
  const gbk = Buffer.from(golden.find(({ codec }) => codec === 'gb2312')!.bytes, 'base64');
  const { text } = golden.find(({ codec }) => codec === 'gb2312')!;

  it('believes a declaration that fits', () => {
    expect(decodeText(gbk, { declared: 'GB2312' })).toMatchObject({ text, charset: 'gb18030', damaged: 0 });
    expect(decodeText(Buffer.from([0x61, 0xe9]), { declared: 'iso-8859-2' })).toMatchObject({ text: 'aé' });
  });

  it('does not believe one that is wrong', () => {
    for (const declared of ['utf-8', 'iso-8859-1', 'big5', 'no-such-charset']) {
      expect(decodeText(gbk, { declared }), declared).toMatchObject({ text, charset: 'gb18030' });
    }
    const utf8 = Buffer.from('Zürich, 苏黎世');
    expect(decodeText(utf8, { declared: 'gbk' })).toMatchObject({ text: 'Zürich, 苏黎世', charset: 'utf-8' });
  });

  it('removes byte-order marks and reads by them', () => {
    for (const [mark, charset, bytes] of [
      [[0xef, 0xbb, 0xbf], 'utf-8', Buffer.from('诗a')],
      [[0xff, 0xfe], 'utf-16le', Buffer.from('诗a', 'utf16le')],
      [[0xfe, 0xff], 'utf-16be', Buffer.from('诗a', 'utf16le').swap16()],
    ] as const) {
      const decoded = decodeText(Buffer.concat([Buffer.from(mark), bytes]), { declared: 'big5' });
      expect(decoded).toMatchObject({ text: '诗a', charset, confidence: 1 });
    }
  });

  it('knows what Node leaves out of windows-1252', () => {
    const bytes = Buffer.from([0x93, 0x80, 0x20, 0x35, 0x94, 0x97, 0x81]);
    expect(decodeText(bytes, { declared: 'latin1' }).text).toBe('“€ 5”—\u0081');
  });

  it('never throws, counts what it cannot read, and finds what was written', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.option(fc.constantFrom('utf-8', 'gbk', 'big5', 'euc-jp', 'x')),
        (bytes, declared) => {
          const decoded = decodeText(bytes, { declared: declared ?? undefined, html: true });
          expect(decoded.damaged).toBe(decoded.text.split('\ufffd').length - 1);
        },
      ),
      { seed: 3, numRuns: 100 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if (/[\p{Cs}\p{Cc}\ufeff]/u.test(text)) return;
        expect(decodeText(Buffer.from(text)).text).toBe(text);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('is fast on hostile bytes', () => {
    const cases = [Buffer.alloc(2_000_000, 0x8f), Buffer.alloc(2_000_000, 0x3c), Buffer.alloc(2_000_000, 0)];
    const start = performance.now();
    for (const bytes of cases) decodeText(bytes, { html: true });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('declarations', () => {
  it('prescans as the HTML standard says', () => {
    const scan = (html: string) => prescanHtml(Buffer.from(html, 'latin1'));
    expect(scan('<html><head><meta charset=GBK>')).toBe('gb18030');
    expect(scan('<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=Big5">')).toBe('big5');
    expect(scan("<meta content='text/html;charset=euc-jp' http-equiv=content-type />")).toBe('euc-jp');
    expect(scan('<?xml version="1.0" encoding="Shift_JIS"?><html>')).toBe('shift_jis');
    expect(scan('<!-- <meta charset=big5> --><script a="<meta charset=big5>"></script><meta charset="utf-8">')).toBe(
      'utf-8',
    );
    expect(scan('<meta charset=utf-16>')).toBe('utf-8');
    expect(scan('<meta name=description content="charset=big5">')).toBeUndefined();
    expect(scan('<meta charset=nonsense><meta charset=koi8-r>')).toBe('koi8-u');
    expect(scan('<'.repeat(20_000))).toBeUndefined();
    expect(scan(`<meta ${'a="'.repeat(5000)}`)).toBeUndefined();
  });

  it('knows labels', () => {
    expect(charsetOf(' "UTF8" ')).toBe('utf-8');
    expect(charsetOf('latin1')).toBe('windows-1252');
    expect(charsetOf('x-gbk')).toBe('gb18030');
    expect(charsetOf('nonsense')).toBeUndefined();
    expect(charsetOfContentType('text/html; Charset="gb2312"; x=y')).toBe('gb18030');
    expect(charsetOfContentType('text/html')).toBeUndefined();
  });
});
