import { describe, expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

const byteLevel = (options: object = {}) => checkedCut({ type: 'ByteLevel', ...options });

describe('ByteLevel', () => {
  it('puts a space in front, cuts as GPT-2, writes bytes', () => {
    expect(byteLevel()("it's 12  é")).toEqual(['Ġit', "'s", 'Ġ12', 'Ġ', 'ĠÃ©']);
    expect(byteLevel()(' a')).toEqual(['Ġa']);
  });

  it('each can be left out', () => {
    expect(byteLevel({ use_regex: false })('a b')).toEqual(['ĠaĠb']);
    expect(byteLevel({ add_prefix_space: false })('a b')).toEqual(['a', 'Ġb']);
    expect(byteLevel({ add_prefix_space: false, use_regex: false })('a b')).toEqual(['aĠb']);
  });
});
