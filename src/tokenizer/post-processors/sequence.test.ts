import { describe, expect, it } from 'vitest';
import { processed } from '../../../tests/helpers/processed.ts';

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const template = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
  special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
};

describe('Sequence of post-processors', () => {
  it('runs one after the other', () => {
    const { encoding, added, around } = processed({ type: 'Sequence', processors: [byteLevel, template] }, ['Ġa']);
    expect(added).toBe(1);
    expect(around).toEqual([[1], []]);
    expect(encoding.ids).toEqual([1, 97]);
    expect(encoding.offsets[1]).toEqual([1, 2]);
  });

  it('refuses a template that would get more or fewer than two parts of another', () => {
    const three = { ...template, single: [...template.single, ...template.single] };
    const none = { ...template, single: template.single.slice(0, 1) };
    for (const first of [three, none])
      expect(() => processed({ type: 'Sequence', processors: [first, template] }, ['a'])).toThrow(
        expect.objectContaining({ code: 'unsupported', place: 'post_processor.processors' }),
      );
  });
});
