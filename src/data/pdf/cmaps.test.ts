/**
 * PDFs whose font is not in them and whose bytes are said to be in a predefined character map (ISO 32000-1 §9.7.5.2): what
 * Word, WPS, LaTeX's CJK and many Chinese, Japanese and Korean producers write.
 */
import { describe, expect, it } from 'vitest';
import { PackedCMaps, readCMap } from './cmaps.ts';
import { readPdf } from './read.ts';
import { drawnPdf } from './testing/pdf-file.ts';

const samples = {
  GB1: '春眠不觉晓，处处闻啼鸟。',
  CNS1: '繁體中文，春眠不覺曉。',
  Japan1: '日本語の文章、カタカナと漢字。',
  Korea1: '한국어로 쓴 글이다. 韓國',
};
type Ordering = keyof typeof samples;

/** Map (without -H or -V) → the bytes of a text in it. Labels of WHATWG's encodings, where they agree with the map. */
const maps: readonly [Ordering, string, (text: string) => Buffer][] = [
  ['GB1', 'GB-EUC', legacy('gbk')],
  ['GB1', 'GBpc-EUC', legacy('gbk')],
  ['GB1', 'GBK-EUC', legacy('gbk')],
  ['GB1', 'GBKp-EUC', legacy('gbk')],
  ['GB1', 'GBK2K', legacy('gb18030')],
  ['GB1', 'UniGB-UCS2', utf16],
  ['GB1', 'UniGB-UTF16', utf16],
  ['CNS1', 'B5pc', legacy('big5')],
  ['CNS1', 'HKscs-B5', legacy('big5')],
  ['CNS1', 'ETen-B5', legacy('big5')],
  ['CNS1', 'ETenms-B5', legacy('big5')],
  ['CNS1', 'UniCNS-UCS2', utf16],
  ['CNS1', 'UniCNS-UTF16', utf16],
  ['Japan1', '90ms-RKSJ', legacy('shift_jis')],
  ['Japan1', '90msp-RKSJ', legacy('shift_jis')],
  ['Japan1', 'EUC', legacy('euc-jp')],
  ['Japan1', 'UniJIS-UCS2', utf16],
  ['Japan1', 'UniJIS-UTF16', utf16],
  ['Korea1', 'KSC-EUC', legacy('euc-kr')],
  ['Korea1', 'KSCms-UHC', legacy('euc-kr')],
  ['Korea1', 'UniKS-UCS2', utf16],
  ['Korea1', 'UniKS-UTF16', utf16],
];

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

const encoders = new Map<string, Map<string, Buffer>>();

/** An encoder by turning the platform's decoder round: all characters of one and two bytes. */
function legacy(label: string): (text: string) => Buffer {
  const make = () => {
    const decoder = new TextDecoder(label, { fatal: true });
    const found = new Map<string, Buffer>();
    const add = (bytes: Buffer) => {
      try {
        const text = decoder.decode(bytes);
        if ([...text].length === 1 && !found.has(text)) found.set(text, bytes);
      } catch {
        // no character has these bytes
      }
    };
    for (let a = 0x20; a < 0x7f; a++) add(Buffer.from([a]));
    for (let a = 0x81; a < 0xff; a++) for (let b = 0x40; b < 0xff; b++) add(Buffer.from([a, b]));
    return found;
  };
  return (text) => {
    if (!encoders.has(label)) encoders.set(label, make());
    return Buffer.concat([...text].map((character) => encoders.get(label)!.get(character)!));
  };
}

function cjkPdf(ordering: Ordering | 'Identity', encoding: string, bytes: Buffer): Buffer {
  const info = `<< /Registry (Adobe) /Ordering (${ordering}) /Supplement 0 >>`;
  const descriptor = '<< /Type /FontDescriptor /FontName /Song /Flags 4 /ItalicAngle 0 /Ascent 880 /Descent -120 >>';
  const cid = `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Song /CIDSystemInfo ${info} /FontDescriptor ${descriptor} >>`;
  const font = `<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /${encoding} /DescendantFonts [${cid}] >>`;
  return drawnPdf([`BT /F1 12 Tf 1 0 0 1 300 700 Tm <${bytes.toString('hex')}> Tj ET`], { F1: font });
}

async function textOf(pdf: Buffer): Promise<string> {
  const result = await readPdf(pdf);
  return 'fault' in result ? result.fault : result.text;
}

describe('predefined character maps', () => {
  for (const [ordering, name, encode] of maps) {
    it(`${name}-H and ${name}-V`, async () => {
      const text = samples[ordering];
      expect(await textOf(cjkPdf(ordering, `${name}-H`, encode(text)))).toBe(text);
      expect(await textOf(cjkPdf(ordering, `${name}-V`, encode(text)))).toBe(text);
    });
  }

  it('glyph numbers of a collection (Identity-H), as LaTeX and macOS write them', async () => {
    // Adobe-GB1: 2 to 95 are ASCII from "!" on; GB 2312's characters from 啊 (940) on in their order.
    const bytes = Buffer.from([4559, 1875, 34, 35].flatMap((cid) => [cid >> 8, cid & 255]));
    expect(await textOf(cjkPdf('GB1', 'Identity-H', bytes))).toBe('中国AB');
  });

  it('GB18030 with four bytes, and characters beyond the first plane', async () => {
    expect(await textOf(cjkPdf('GB1', 'GBK2K-H', Buffer.from([0x81, 0x39, 0xee, 0x39])))).toBe('\u3400');
    expect(await textOf(cjkPdf('Japan1', 'UniJIS-UTF16-H', utf16('𠮷野')))).toBe('𠮷野');
  });

  it('every map that pdf.js may ask for is there, and what is not is said', async () => {
    for (const collection of ['GB1', 'CNS1', 'Japan1', 'Korea1']) {
      expect(readCMap(`Adobe-${collection}-UCS2.bcmap`)!.length).toBeGreaterThan(20_000);
    }
    for (const [, name] of maps) for (const way of 'HV') expect(readCMap(`${name}-${way}.bcmap`), name).toBeDefined();
    await expect(new PackedCMaps().fetch({ kind: 'cMapUrl', filename: 'No-H.bcmap' })).rejects.toMatchObject({
      code: 'not-found',
    });
    const asked = { kind: 'standardFontDataUrl', filename: 'GBK-EUC-H.bcmap' };
    await expect(new PackedCMaps().fetch(asked)).rejects.toMatchObject({ code: 'not-found' });
  });
});
