import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixMojibake } from '../../steps/clean/fix-mojibake.ts';
import { runEach } from '../../testing/run-each.ts';
import { fixEncoding } from './fix-encoding.ts';

const documents = gunzipSync(
  readFileSync(new URL('../../../../tests/golden/data/filters/documents.jsonl.gz', import.meta.url)),
)
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; text: string });
const gbkDecoder = new TextDecoder('gbk');

const golden = JSON.parse(gunzipSync(readFileSync(new URL('./golden/ftfy.json.gz', import.meta.url))).toString()) as [
  string,
  string,
][];

describe('fixEncoding', () => {
  it('gives what ftfy 6.3.1 gives, on real lines in 32 languages, whole and damaged', () => {
    expect(golden.length).toBe(1200);
    expect(golden.filter(([before, after]) => before !== after).length).toBeGreaterThan(900);
    const different = golden
      .map(([before, after]) => [before, after, fixEncoding(before)])
      .filter(([, after, ours]) => after !== ours);
    expect(different).toEqual([]);
  });
});

describe('fix-mojibake', () => {
  const fix = async (...texts: string[]) => (await runEach(fixMojibake, {}, texts)).texts;

  it('repairs UTF-8 that was read as GBK', async () => {
    expect(await fix('鐢熸椿', '浣犲ソ锛屼笘鐣岋紒', 'It鈥檚 鈥渇ine鈥? here')).toEqual([
      '生活',
      '你好，世界！',
      'It’s “fine\ufffd here',
    ]);
    expect(await fix('鏁版嵁璐ㄩ噺銆?', 'a锟斤拷b')).toEqual(['数据质量\ufffd', 'a\ufffd\ufffdb']);
  });

  it('repairs GBK that was read as Latin-1, short stretches only beside long ones', async () => {
    expect(await fix('ÖÐ¹ú£¬ÄãºÃ¡£', 'ÖÐÎÄ', 'ÖÐÎÄ ÊÀ½ç£¬ÄãºÃ¡£ ok')).toEqual([
      '中国，你好。',
      'ÖÐÎÄ',
      '中文 世界，你好。 ok',
    ]);
  });

  it('keeps what only looks odd', async () => {
    const odd = [
      'Ïðèâåò ìèð',
      'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ',
      'ÐÒÉ×ÅÔ ÍÉÒ',
      'ääääähh, ÖÖÖÖÖÖ',
      'Þjóðverjar éèê',
      '龘靐齉爩鱻麤',
      '鈥',
      '鐘錶銀行',
      'naïve café — “quoted” © 2020 · 5°C ±2 µm ½',
    ];
    expect(await fix(...odd)).toEqual(odd);
  });

  it('changes nothing in clean text: every document in both languages', async () => {
    const result = await runEach(fixMojibake, {}, documents);
    const changed = result.documents.filter(({ text }, i) => text !== documents[i]!.text).map(({ id }) => id);
    // One C4 document holds `firstÂ saw`: real mojibake.
    expect(changed.length).toBeLessThanOrEqual(1);
  });

  it('brings back what can be brought back of damaged Chinese', async () => {
    const lines = documents
      .filter(({ id }) => /^(law|abstract)/.test(id))
      .flatMap(({ text }) => text.split('\n'))
      .filter((line) => /\p{Script=Han}{8}/u.test(line))
      .slice(0, 800);
    expect(lines.length).toBe(800);
    const fixed = await fix(...lines.map((line) => gbkDecoder.decode(Buffer.from(line))));
    let right = 0;
    fixed.forEach((line, i) => {
      // A lost byte costs its character, and nothing else.
      const pattern = line.split(/\ufffd+/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
      if (line === lines[i] || new RegExp(`^${pattern.join('[^]{0,3}')}$`, 'u').test(lines[i]!)) right++;
    });
    expect(right / lines.length).toBeGreaterThan(0.97);
  });

  it('takes linear time on hostile text, and throws on none', async () => {
    for (const part of ['Ã', 'Ã©', 'â€', '鈥', '锟', 'Ö', '\ufffd', '\ud800', 'Г', 'ГўВЂВ', 'à²', 'a Ã ']) {
      const begin = performance.now();
      await fix(part.repeat(100_000 / part.length));
      expect(performance.now() - begin, part).toBeLessThan(10_000);
    }
  });
});
