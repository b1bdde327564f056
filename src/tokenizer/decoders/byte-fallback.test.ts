import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

const json = { type: 'ByteFallback' };

describe('ByteFallback decoder', () => {
  it('decodes a run of bytes when it has ended', () => {
    const { text, pushed, bytes } = decoded(json, ['<0xE4>', '<0xB8>', '<0xAD>', '<0x41>', 'x', '<0x42>']);
    expect(text).toBe('中AxB');
    expect(pushed).toEqual(['', '', '', '', '中Ax', '', 'B']);
    expect(bytes).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('writes U+FFFD for every byte of a run that is not UTF-8, as soon as that is certain', () => {
    expect(decoded(json, ['<0x41>', '<0xE4>', '<0x41>', '<0x42>', 'x']).pushed).toEqual([
      '',
      '',
      '\uFFFD\uFFFD\uFFFD',
      '\uFFFD',
      'x',
      '',
    ]);
    expect(decoded(json, ['<0x41>', '<0xF0>', '<0x9F>']).text).toBe('\uFFFD\uFFFD\uFFFD');
    // Overlong, surrogate, beyond U+10FFFF.
    for (const pair of [
      ['<0xE0>', '<0x9F>'],
      ['<0xED>', '<0xA0>'],
      ['<0xF4>', '<0x90>'],
      ['<0xF5>', 'x'],
      ['<0xC1>', 'x'],
    ])
      expect(decoded(json, pair).text).toMatch(/^\uFFFD/);
  });

  it('takes for bytes what Rust’s number parser takes', () => {
    expect(decoded(json, ['<0x+A>', '<0xe4>', '<0xG1>', '<0x411>', '<0xé>']).text).toBe(
      '\uFFFD\uFFFD<0xG1><0x411><0xé>',
    );
  });
});
