import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

const json = { type: 'ByteFallback' };
const bytes = (hex: string) => hex.split(' ').map((byte) => `<0x${byte}>`);

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
    for (const wrong of ['C1 81', 'E0 9F 80', 'ED A0 80', 'F0 8F 80 80', 'F4 90 80 80', 'F5 80 80 80'])
      expect(decoded(json, bytes(`41 ${wrong}`)).text).toBe('\uFFFD'.repeat(1 + bytes(wrong).length));
    for (const right of ['C2 80', 'E0 A0 80', 'ED 9F BF', 'EE 80 80', 'F0 90 80 80', 'F4 8F BF BF'])
      expect([...decoded(json, bytes(right)).text]).toHaveLength(1);
  });

  it('takes for bytes what Rust’s number parser takes', () => {
    expect(decoded(json, ['<0x+A>', '<0xe4>', '<0xG1>', '<0x411>', '<0xé>']).text).toBe(
      '\uFFFD\uFFFD<0xG1><0x411><0xé>',
    );
  });
});
