/** ByteLevel: every UTF-8 byte as a character of GPT-2's byte alphabet. */
import { byteChars } from '../byte-level.ts';
import { defineNormalizer } from '../hf/component.ts';
import { characterNormalizer } from './characters.ts';

/** The bytes of one character in the byte alphabet. */
export function bytesOfCharacter(codePoint: number): string {
  if (codePoint < 0x80) return byteChars[codePoint]!;
  const tail = byteChars[0x80 | (codePoint & 0x3f)]!;
  if (codePoint < 0x800) return byteChars[0xc0 | (codePoint >> 6)]! + tail;
  const middle = byteChars[0x80 | ((codePoint >> 6) & 0x3f)]!;
  if (codePoint < 0x10000) return byteChars[0xe0 | (codePoint >> 12)]! + middle + tail;
  return byteChars[0xf0 | (codePoint >> 18)]! + byteChars[0x80 | ((codePoint >> 12) & 0x3f)]! + middle + tail;
}

/** Printable ASCII stands for itself. */
const itself = (codePoint: number) => codePoint > 0x20 && codePoint < 0x7f;

/** A text in the byte alphabet. */
export function bytesOfText(text: string): string {
  let out = '';
  let kept = 0;
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const next = i + (codePoint > 0xffff ? 2 : 1);
    if (!itself(codePoint)) {
      if (kept < i) out += text.slice(kept, i);
      out += bytesOfCharacter(codePoint);
      kept = next;
    }
    i = next;
  }
  return kept === 0 ? text : out + text.slice(kept);
}

/** The same for one character; undefined where it stands for itself. */
export const bytesOrItself = (codePoint: number) => (itself(codePoint) ? undefined : bytesOfCharacter(codePoint));

export const byteLevel = defineNormalizer({
  name: 'byte-level',
  type: 'ByteLevel',
  read: () => characterNormalizer(bytesOfText, bytesOrItself, { type: 'ByteLevel' }),
});
