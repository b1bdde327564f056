import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

const json = { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: true };

describe('CTC decoder', () => {
  it('drops repetitions and padding, and writes spaces', () => {
    const tokens = ['<pad>', 'h', 'h', 'e', 'l', 'l', '<pad>', 'l', 'o', '|', '|', 'x'];
    expect(decoded(json, tokens).text).toBe('hello x');
    expect(decoded({ ...json, cleanup: false }, tokens).text).toBe('hello|x');
  });
});
