import { describe, expect, it } from 'vitest';
import { processed } from '../../../tests/helpers/processed.ts';

const special = (id: string, type_id = 0) => ({ SpecialToken: { id, type_id } });
const text = (id: string, type_id = 0) => ({ Sequence: { id, type_id } });
const json = {
  type: 'TemplateProcessing',
  single: [special('<s>'), text('A')],
  pair: [special('<s>'), text('A'), special('<sep>', 1), text('B', 1)],
  special_tokens: {
    '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] },
    '<sep>': { id: '<sep>', ids: [2, 3], tokens: ['<', '>'] },
  },
};

describe('TemplateProcessing', () => {
  it('follows the template, with types; a special token may be several', () => {
    expect(processed(json, ['a']).added).toBe(1);
    const { encoding, added } = processed(json, ['a', 'b']);
    expect(added).toBe(3);
    expect(encoding.ids).toEqual([1, 97, 2, 3, 98]);
    expect(encoding.tokens).toEqual(['<s>', 'a', '<', '>', 'b']);
    expect(encoding.token_type_ids).toEqual([0, 0, 1, 1, 1]);
    expect(encoding.sequence_ids).toEqual([null, 0, null, null, 1]);
    expect(processed(json, ['a', 'b'], false).encoding.ids).toEqual([97, 98]);
  });

  it('may have the text several times or never', () => {
    const twice = { ...json, single: [text('A', 7), special('<s>'), text('A')] };
    expect(processed(twice, ['a']).around).toEqual([[], [1], []]);
    expect(processed(twice, ['a'], false).around).toEqual([[], [], []]);
    expect(processed({ ...json, single: [special('<sep>')] }, ['a']).around).toEqual([[2, 3]]);
  });

  it('without a template for pairs joins them', () => {
    const { pair: _, ...single } = json;
    expect(processed(single, ['a', 'b']).encoding.token_type_ids).toEqual([0, 1]);
  });

  it.each([
    [{ single: [text('B')] }, /single\[0\]: expected sequence A/],
    [{ single: [text('C')] }, /single\[0\]\.Sequence\.id: expected "A" or "B"/],
    [{ single: [special('<e>')] }, /single\[0\]\.SpecialToken\.id: expected a name in special_tokens/],
    [{ pair: [{}] }, /pair\[0\]: expected \{"Sequence"/],
    [{ special_tokens: { x: { id: 'x', ids: [1, 2], tokens: ['x'] } } }, /special_tokens\["x"\]\.tokens: expected 2/],
    [{ special_tokens: { x: { id: 'x', ids: ['1'], tokens: ['x'] } } }, /special_tokens\["x"\]\.ids/],
  ])('names what is wrong (%#)', (change, message) => {
    expect(() => processed({ ...json, ...change }, [])).toThrow(message);
  });
});
