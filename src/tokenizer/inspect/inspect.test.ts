import { describe, expect, it } from 'vitest';
import { llamaDecoder } from '../../../tests/helpers/decoded.ts';
import { trainBpe } from '../bpe/train.ts';
import { fromJSON } from '../hf/read.ts';
import { filterTokens, listTokens } from './classify.ts';
import { inspectTokenizer } from './inspect.ts';
import { findJunk } from './junk.ts';
import { countWords, measureTexts } from './measure.ts';
import { sampleTexts } from './samples.ts';
import { scriptOf } from './scripts.ts';

const texts = [
  'The cat the cat the CAT sat    on the mat 123 123 === ====',
  '明月 明月 the 明月',
  'ｃａｔ ｃａｔ naïve naïve 😀😀',
];
const bytes = trainBpe({ texts, vocabSize: 310, pattern: 'gpt2' });
const vocab = [
  ...['<unk>', '<s>', '<0x0A>', '<0xE6>', '<0x98>', '<0x8E>', '▁', '▁the', 'the', 'The', 't', 'h', 'e', 'T', 'x'],
  ...['▁▁', '▁▁▁▁', '明', 'aaaa', 'a', 'a▁b', 'b', '1', '!'],
];
/** Llama-like: spaces are ▁, a dummy ▁ in front, bytes for what is unknown. `aaaa` and `a▁b` have no merges. */
const pieces = fromJSON({
  version: '1.0',
  added_tokens: [
    { id: 0, content: '<unk>', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
    { id: 1, content: '<s>', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
  ],
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  pre_tokenizer: null,
  post_processor: null,
  decoder: llamaDecoder,
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    byte_fallback: true,
    vocab: Object.fromEntries([...vocab, 'th', 'Th'].map((token, id) => [token, id])),
    merges: ['t h', 'th e', 'T h', 'Th e', '▁ the', '▁ ▁', '▁▁ ▁▁'],
  },
});

describe('kinds of tokens', () => {
  it('of a byte-level vocabulary', () => {
    const tokens = listTokens(bytes);
    const kind = (text: string) => tokens.find((token) => token.text === text)?.kind;
    expect(tokens).toHaveLength(bytes.vocabSize);
    expect(kind('<|endoftext|>')).toBe('special');
    expect(kind(' the')).toBe('word');
    expect(kind(' 123')).toBe('number');
    expect(kind(' ')).toBe('whitespace');
    expect(kind('=')).toBe('symbol');
    const by = (content: string) => tokens.find((token) => token.content === content)!;
    expect(by('æ').kind).toBe('byte');
    expect(by('A')).toMatchObject({ kind: 'word', script: 'Latin', bytes: 1, text: 'A' });
    expect(tokens.filter(({ kind: of }) => of === 'byte')).toHaveLength(128);
    expect(filterTokens(tokens, { script: 'Han' }).map(({ text }) => text)).toContain('明月');
    expect(filterTokens(tokens, { pattern: /^ ?the$/g, kinds: ['word'] }).map(({ text }) => text)).toEqual([
      'the',
      ' the',
    ]);
    expect(filterTokens(tokens, { from: 5, to: 7 }).map(({ id }) => id)).toEqual([5, 6, 7]);
  });

  it('of a vocabulary with ▁ and byte fallback, where a decoder cuts the first space off', () => {
    const tokens = listTokens(pieces);
    expect(tokens[7]).toMatchObject({ content: '▁the', text: ' the', bytes: 4, kind: 'word' });
    expect(tokens[15]).toMatchObject({ text: '  ', kind: 'whitespace' });
    expect(tokens[2]).toMatchObject({ content: '<0x0A>', kind: 'byte' });
    expect(tokens[17]).toMatchObject({ text: '明', kind: 'word', script: 'Han' });
  });

  it('by script', () => {
    expect(['abc', 'абв', '漢字かな', 'かなカ', '123', 'ab漢', '🙂'].map(scriptOf)).toEqual([
      ...['Latin', 'Cyrillic', 'Han', 'Hiragana', undefined, 'Latin', undefined],
    ]);
  });
});

describe('measures', () => {
  it('count what they say', () => {
    const tokens = listTokens(pieces);
    const used = new Set<number>();
    const measure = measureTexts(pieces, ['the 明é'], tokens, used);
    // ▁the ▁ 明 and two bytes that have no token: unknown, fused or not
    const ids = pieces.encode('the 明é');
    expect(measure).toMatchObject({ tokens: ids.length, bytes: 9, characters: 6, words: 3, roundTrip: false });
    expect(measure.unknownShare).toBeCloseTo(ids.filter((id) => id === 0).length / ids.length);
    expect([...used].sort((a, b) => a - b)).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(measureTexts(pieces, ['x\n'], tokens)).toMatchObject({ byteShare: 1 / 3, roundTrip: true });
    expect(measureTexts(bytes, []).bytesPerToken).toBe(0);
  });

  it('find words in languages without spaces', () => {
    expect(countWords("It's 2 words")).toBe(3);
    expect(countWords('床前明月光')).toBeGreaterThan(1);
    expect(countWords('…!? ')).toBe(0);
  });
});

describe('junk', () => {
  const { unreachable, whitespaceRuns, repeated, spaceDoubles, caseDoubles } = findJunk(pieces, listTokens(pieces));

  it('is what no text gives, and only that', () => {
    expect(unreachable.map(({ content }) => content)).toEqual(['aaaa', 'a▁b']);
    expect(findJunk(bytes, listTokens(bytes)).unreachable).toEqual([]);
  });

  it('is white space, repetition, doubles', () => {
    expect(whitespaceRuns.map(({ content }) => content)).toEqual(['▁▁', '▁▁▁▁']);
    expect(repeated.map(({ content }) => content)).toEqual(['aaaa']);
    expect(spaceDoubles.map(({ text }) => text)).toEqual(['the']);
    expect(caseDoubles.map(({ text }) => text)).toEqual(['the', 't', 'th']);
    const forms = findJunk(bytes, listTokens(bytes)).formDoubles;
    expect(forms.map(({ text }) => text)).toContain('cat');
  });
});

describe('a report', () => {
  it('puts tokenizers side by side', () => {
    const { report, comparisons, tokens } = inspectTokenizer({
      subject: { name: 'bytes', tokenizer: bytes },
      others: [{ name: 'pieces', tokenizer: pieces }],
      texts: [
        { name: 'own', texts },
        { name: 'none', texts: [] },
      ],
      longest: 3,
    });
    expect(report.vocabSize).toBe(bytes.vocabSize);
    expect(Object.values(report.kinds).reduce((sum, count) => sum + count, 0)).toBe(tokens.length);
    expect(report.kinds).toMatchObject({ special: 3, byte: 128 });
    expect(report.longest).toHaveLength(3);
    expect(report.longest[0]!.bytes).toBeGreaterThanOrEqual(report.longest[2]!.bytes);
    const [own, none] = comparisons;
    expect(own!.measures[0]!.tokens).toBeLessThan(own!.measures[1]!.tokens);
    expect(own!.measures[0]).toMatchObject({ roundTrip: true, unknownShare: 0 });
    expect(none!.measures[0]!.tokens).toBe(0);
    expect(report.unused.some(({ text }) => text === 'Q')).toBe(true);
    expect(report.unused.some(({ text }) => text === ' the')).toBe(false);
  });

  it('has samples in many languages that say where they come from', () => {
    expect(sampleTexts.filter(({ domain }) => domain === 'language').length).toBeGreaterThan(15);
    for (const { text, licence } of sampleTexts) expect([text.length > 40, licence.length > 5]).toEqual([true, true]);
    expect(new Set(sampleTexts.map(({ name }) => name)).size).toBe(sampleTexts.length);
  });
});
