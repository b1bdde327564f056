import { describe, expect, it } from 'vitest';
import { chart } from './chart.ts';

describe('chart', () => {
  it('draws a falling line and its points', () => {
    const line = Array.from({ length: 21 }, (_, x) => ({ x, y: 20 - x }));
    const text = chart(line, [{ x: 10, y: 10 }], { width: 10, height: 5 });
    const rows = text.split('\n');
    expect(rows).toHaveLength(7);
    expect(rows[0]).toContain('20.00 ┤⠑');
    expect(rows[2]).toContain('o');
    expect(rows[4]).toMatch(/0\.00 ┤ {8}/);
    expect(rows[6]).toMatch(/ 0 {7}20$/);
  });

  it('takes constant, single and broken values', () => {
    expect(chart([], [], { width: 10, height: 4 })).toBe('');
    expect(chart([{ x: 1, y: 2 }], [], { width: 10, height: 4 })).toContain('2.00');
    const broken = [1, Number.NaN, Number.POSITIVE_INFINITY, 3].map((y, x) => ({ x, y }));
    expect(chart(broken, [], { width: 10, height: 4 }).split('\n')).toHaveLength(6);
  });
});
