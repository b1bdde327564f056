import { describe, expect, it } from 'vitest';
import { parse } from '../core/index.ts';
import { WordCounter } from '../tokenizer/index.ts';
import { chatTemplateFor, cuttingPlan, trainerSchema, trainerTypes, trainFromCounts } from './tokenizer-settings.ts';

const texts = [
  'the low lower lowest tower',
  'the new newer newest tower',
  '明月光，明月 明月',
  'low low tower tower the',
];

function train(given: Readonly<Record<string, unknown>>) {
  const settings = parse(trainerSchema, given, 'settings');
  const counter = new WordCounter(cuttingPlan(settings));
  for (const text of texts) counter.add(text);
  return trainFromCounts(settings, counter, () => {});
}

describe('settings of tokenizer trainers', () => {
  it.each([
    ['bpe', { vocab_size: 280 }, 'BPE'],
    ['bpe', { vocab_size: 290, alphabet: 'characters', character_coverage: 0.99 }, 'BPE'],
    ['unigram', { vocab_size: 28, special_tokens: ['<s>'] }, 'Unigram'],
    ['wordpiece', { vocab_size: 40 }, 'WordPiece'],
    ['wordlevel', { vocab_size: 12 }, 'WordLevel'],
    ['char', {}, 'BPE'],
  ] as const)('%s %j', (type, settings, model) => {
    const tokenizer = train({ type, ...settings });
    expect((tokenizer.toJSON().model as { type: string }).type).toBe(model);
    if ('vocab_size' in settings) expect(tokenizer.vocabSize).toBe(settings.vocab_size);
    expect(tokenizer.decode(tokenizer.encode('the low tower'), { skipSpecialTokens: true })).toBe('the low tower');
  });

  it('knows every type', () => expect(trainerTypes).toEqual(['bpe', 'unigram', 'wordpiece', 'wordlevel', 'char']));

  it('gives every setting to the trainer', () => {
    const tokenizer = train({
      type: 'bpe',
      vocab_size: 300,
      special_tokens: ['<s>'],
      user_defined_symbols: ['光'],
      split_digits: true,
      min_frequency: 3,
      max_token_length: 3,
      pattern: 'gpt4',
    });
    const json = tokenizer.toJSON();
    expect(json.pre_tokenizer).toMatchObject({ type: 'Sequence', pretokenizers: [{ type: 'Digits' }, {}, {}] });
    expect(json.added_tokens.map(({ id, content, special }) => [id, content, special])).toEqual([
      [0, '<s>', true],
      [1, '光', false],
    ]);
    for (const [left, right] of (json.model as unknown as { merges: [string, string][] }).merges)
      expect((left + right).length).toBeLessThan(3);
    const cased = train({ type: 'wordpiece', vocab_size: 60, lowercase: false });
    expect(cased.toJSON().normalizer).toMatchObject({ type: 'BertNormalizer', lowercase: false });
    const unigram = train({ type: 'unigram', vocab_size: 304, byte_fallback: true, max_piece_length: 4 });
    expect(unigram.tokenToId('<0x00>')).toBeDefined();
  });

  it.each([
    [{ type: 'bpe', vocab_size: 300, special_tokens: ['a', 'a'] }, /special_tokens: 'a' is given twice/],
    [{ type: 'bpe', vocab_size: 258 }, /vocabulary size 258: expected 259/],
    [{ type: 'bpe', vocab_size: 300, user_defined_symbols: ['<|im_end|>'] }, /<\|im_end\|>' is given twice/],
    [{ type: 'bpe', vocab_size: 300, byte_fallback: true }, /byte fallback needs an alphabet of characters/],
    [{ type: 'bpe', vocab_size: 300, pattern: 'gpt5' }, /unknown pre-tokenization pattern 'gpt5'/],
    [{ type: 'wordpiece', vocab_size: 60, byte_fallback: true }, /unknown key 'byte_fallback'/],
    [{ type: 'char', vocab_size: 60 }, /unknown key 'vocab_size'/],
    [{ type: 'words', vocab_size: 60 }, /type/],
  ])('refuses %j before anything is counted', (given, message) => {
    expect(() => cuttingPlan(parse(trainerSchema, given, 'settings'))).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }),
    );
  });

  it('gives a chat template where the special tokens allow it', () => {
    expect(chatTemplateFor(['<|im_start|>', '<|im_end|>'], undefined, 'x')).toContain('im_start');
    expect(chatTemplateFor(['<|im_start|>', '<|im_end|>'], 'none', 'x')).toBeUndefined();
    expect(chatTemplateFor(['<s>'], undefined, 'x')).toBeUndefined();
    expect(() => chatTemplateFor(['<s>'], 'chatml', 'x')).toThrow(/needs the special token <\|im_end\|>/);
  });
});
