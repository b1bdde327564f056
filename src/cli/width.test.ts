import { describe, expect, it } from 'vitest';
import { padEnd, padStart, table, textWidth, truncate } from './width.ts';

describe('width', () => {
  it('counts columns: wide characters two, marks none, colours none', () => {
    expect(textWidth('abc')).toBe(3);
    expect(textWidth('静夜思')).toBe(6);
    expect(textWidth('ｶﾅ')).toBe(2);
    expect(textWidth('é')).toBe(1);
    expect(textWidth('🙂')).toBe(2);
    expect(textWidth('\u001b[31mred\u001b[39m')).toBe(3);
  });

  it('cuts and fills by columns', () => {
    expect(truncate('床前明月光', 7)).toBe('床前明…');
    expect(truncate('床前', 4)).toBe('床前');
    expect(padEnd('诗', 4)).toBe('诗  ');
    expect(padStart('诗', 4)).toBe('  诗');
    expect(
      table([
        ['名', 1],
        ['name', 20],
      ]),
    ).toEqual(['名     1', 'name  20']);
  });
});
