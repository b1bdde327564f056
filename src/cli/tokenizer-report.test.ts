import { describe, expect, it } from 'vitest';
import { inspectTokenizer, listTokens, trainBpe } from '../tokenizer/index.ts';
import { translator } from './i18n/index.ts';
import { reportJson, reportLines, tokenLines } from './tokenizer-report.ts';
import { textWidth } from './width.ts';

const t = translator('en');
const texts = ['床前明月光 the the moon', '明月 明月 the moon\n\n\n\n'];
const large = { name: 'large', tokenizer: trainBpe({ texts, vocabSize: 290 }) };
const small = { name: 'small', tokenizer: trainBpe({ texts: ['x'], vocabSize: 259 }) };
const inspection = inspectTokenizer({ subject: large, others: [small], texts: [{ name: '詩', texts }] });

describe('the report of a tokenizer', () => {
  it('shows each tokenizer’s measures below its name, in columns that line up', () => {
    const lines = reportLines(inspection, ['large', 'small'], t);
    const at = lines.findIndex((line) => line.includes('small'));
    const [names, head, row] = [lines[at]!, lines[at + 1]!, lines[at + 2]!];
    expect(head.match(/bytes\/token/g)).toHaveLength(2);
    const column = names.indexOf('small');
    expect(head.slice(column)).toMatch(/^tokens /);
    expect(row).toMatch(/^詩/);
    const bytes = new TextEncoder().encode(texts.join('')).length;
    expect(textWidth(row.slice(0, row.indexOf(String(bytes)) + String(bytes).length))).toBe(column + 'tokens'.length);
    expect(lines[0]).toBe(`large: ${large.tokenizer.vocabSize} tokens, ids below ${large.tokenizer.vocabSize}`);
    expect(lines.join('\n')).not.toMatch(/\{\w+\}|undefined/);
  });

  it('lists tokens in quotes, and bytes as they are spelled', () => {
    const tokens = listTokens(large.tokenizer);
    const lines = tokenLines(tokens, 5, t);
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toBe(`${tokens.length} tokens, 5 shown`);
    const all = tokenLines(tokens, 999, t).join('\n');
    expect(all).toContain('"明月"');
    expect(all).toContain('" the"');
    expect(all).not.toContain('\ufffd');
    expect(tokenLines(tokens, 5, translator('zh')).at(-1)).toBe(`共 ${tokens.length} 个词元，显示 5 个`);
  });

  it('is JSON with lists cut to the limit and counts whole', () => {
    const json = JSON.parse(JSON.stringify(reportJson(inspection, ['large', 'small'], 2)));
    expect(json.junk.undecodable.count).toBeGreaterThan(100);
    expect(json.junk.undecodable.examples).toHaveLength(2);
    expect(json.comparisons[0]).toMatchObject({ texts: '詩', measures: [{ roundTrip: true }, { roundTrip: true }] });
    expect(json.unused.count).toBe(inspection.report.unused.length);
  });
});
