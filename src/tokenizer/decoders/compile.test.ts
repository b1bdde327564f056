import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectPrefixes } from '../../../tests/helpers/decoded.ts';
import type { Json } from '../types.ts';
import { compileDecoder } from './compile.ts';
import { readDecoder } from './read.ts';

const tokens = [
  ...['▁a', '▁', ' ', 'a', '##a', 'a</w>', '</w>b', '|', '<pad>', 'Ġ', 'ä¸', 'Ń', 'é', '😀', ' .', "'s"],
  ...['<0xE4>', '<0xB8>', '<0xAD>', '<0xFF>', '<0x41>', '\ud83d'],
];
/** Two ids behind each other are a hole. */
const table = { idLimit: tokens.length + 2, token: (id: number) => tokens[id] };
const steps: Json[] = [
  { type: 'ByteLevel' },
  { type: 'WordPiece', prefix: '##', cleanup: true },
  { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
  { type: 'BPEDecoder', suffix: '</w>' },
  { type: 'ByteFallback' },
  { type: 'Fuse' },
  { type: 'Strip', content: ' ', start: 1, stop: 1 },
  { type: 'Replace', pattern: { String: 'a ' }, content: '-' },
  { type: 'Replace', pattern: { Regex: 'a+' }, content: '' },
  { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: false },
];

describe('compileDecoder', () => {
  it('streams prefixes of the whole text, whole characters, for any chain and any ids; afresh after flush', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...steps), { maxLength: 4 }),
        fc.array(fc.nat(table.idLimit - 1), { maxLength: 12 }),
        (decoders, ids) => {
          const decoder = compileDecoder(readDecoder({ type: 'Sequence', decoders }), table);
          const whole = decoder.decode(ids);
          const stream = decoder.stream();
          for (let round = 0; round < 2; round++) expectPrefixes(stream, ids, whole);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes constant time a token', () => {
    const decoder = compileDecoder(
      readDecoder({ type: 'Sequence', decoders: [steps[7]!, steps[4]!, steps[5]!] }),
      table,
    );
    const stream = decoder.stream();
    let length = 0;
    for (let i = 0; i < 300_000; i++) length += stream.push(i % 2 === 0 ? 3 : 2).length;
    expect(length + stream.flush().length).toBe(300_000);
  });
});
