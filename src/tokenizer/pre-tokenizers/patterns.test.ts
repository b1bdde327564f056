import { describe, expect, it } from 'vitest';
import { patternJson, patternNames } from './patterns.ts';
import { readPreTokenizer } from './read.ts';
import { splitText } from './run.ts';

// What each pattern does to many lines is compared in tests/golden/tokenizer/components.
describe('patterns', () => {
  it.each(patternNames)('%s loses nothing', (name) => {
    const text = "I'LL pay 12345 元/月，HelloWorld's\r\n\n  多少钱？🙂 x=!y";
    const bytes = readPreTokenizer({ type: 'ByteLevel', add_prefix_space: false, use_regex: false }).steps;
    const pieces = splitText(text, readPreTokenizer(patternJson(name)).steps, true);
    expect(pieces.join('')).toBe(splitText(text, bytes, true).join(''));
    expect(pieces.length).toBeGreaterThan(10);
  });

  it('the newer ones differ in numbers, contractions and camel case', () => {
    const cut = (name: string) => splitText("HelloWorld'S 1234", readPreTokenizer(patternJson(name)).steps, true);
    expect(cut('gpt2')).toEqual(['HelloWorld', "'", 'S', 'Ġ1234']);
    expect(cut('gpt4')).toEqual(['HelloWorld', "'S", 'Ġ', '123', '4']);
    expect(cut('llama3')).toEqual(cut('gpt4'));
    expect(cut('o200k')).toEqual(['Hello', "World'S", 'Ġ', '123', '4']);
    expect(cut('qwen2')).toEqual(['HelloWorld', "'S", 'Ġ', '1', '2', '3', '4']);
    expect(cut('deepseek-v3')).toEqual(['HelloWorld', "'S", 'Ġ', '123', '4']);
  });

  it('han-char isolates Han characters only', () => {
    const { steps } = readPreTokenizer(patternJson('han-char'));
    const bytes = readPreTokenizer({ type: 'ByteLevel', add_prefix_space: false, use_regex: false }).steps;
    const expected = ['明', '月', ' moon', '𠮷', '，', '々', 'かな', '。\n'].flatMap((p) => splitText(p, bytes, true));
    expect(splitText('明月 moon𠮷，々かな。\n', steps, true)).toEqual(expected);
  });

  it('single digits come first, whatever the pattern', () => {
    for (const pattern of ['gpt2', 'gpt4', '\\S+|\\s+'])
      expect(splitText('ab123', readPreTokenizer(patternJson(pattern, { splitDigits: true })).steps, true)).toEqual([
        'ab',
        '1',
        '2',
        '3',
      ]);
  });

  it('a word that is no name is an error', () => {
    expect(() => patternJson('gpt5')).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});
