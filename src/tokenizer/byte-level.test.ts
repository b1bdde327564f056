import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byteAlphabet,
  byteChars,
  bytesToToken,
  incompleteTail,
  tokenToBytes,
  utf8Length,
  wellFormed,
  writeUtf8,
} from './byte-level.ts';

const anyString = fc.string({ unit: 'binary', maxLength: 40 });

describe('byte alphabet', () => {
  it('is GPT-2’s: printable Latin-1 for itself, the rest from U+0100', () => {
    expect(byteChars[0x41]).toBe('A');
    expect(byteChars[0x20]).toBe('Ġ');
    expect(byteChars[0x0a]).toBe('Ċ');
    expect(byteChars[0xad]).toBe('\u0143');
    expect(new Set(byteAlphabet).size).toBe(256);
    expect(byteAlphabet[0]).toBe('!');
  });

  it('spells bytes and back', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(tokenToBytes(bytesToToken(bytes))).toEqual(bytes);
    expect(tokenToBytes('a b')).toBeUndefined();
  });
});

describe('UTF-8', () => {
  it('writes what TextEncoder writes, for any string', () => {
    const target = new Uint8Array(400);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }), (units) => {
        const text = String.fromCharCode(...units);
        const expected = new TextEncoder().encode(text);
        const length = writeUtf8(wellFormed(text), target);
        expect(target.slice(0, length)).toEqual(expected);
        expect(utf8Length(wellFormed(text))).toBe(expected.length);
      }),
    );
  });

  it('finds the unfinished character at the end', () => {
    const tail = (...bytes: number[]) => incompleteTail(Uint8Array.from(bytes), bytes.length);
    expect(tail(0x41)).toBe(0);
    expect(tail(0xe4, 0xb8, 0xad)).toBe(0);
    expect(tail(0xe4, 0xb8)).toBe(2);
    expect(tail(0x41, 0xf0, 0x9f, 0x98)).toBe(3);
    expect(tail(0xc0)).toBe(0); // never a lead byte
    expect(tail(0xe0, 0x80)).toBe(0); // overlong: already wrong
    expect(tail(0xed, 0xa0)).toBe(0); // surrogate: already wrong
    expect(tail()).toBe(0);
  });

  it('cuts where the rest decodes on its own', () => {
    const utf8 = new TextDecoder();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), anyString, (noise, text) => {
        const bytes = Uint8Array.from([...noise, ...new TextEncoder().encode(text)]);
        for (let end = 0; end <= bytes.length; end++) {
          const head = end - incompleteTail(bytes, end);
          expect(utf8.decode(bytes).startsWith(utf8.decode(bytes.subarray(0, head)))).toBe(true);
        }
      }),
    );
  });
});
