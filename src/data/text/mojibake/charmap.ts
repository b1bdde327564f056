/** Single-byte encodings as tables: text to bytes (kept as Latin-1 strings, a character a byte). */
import { charmaps } from './tables.gen.ts';

export interface Charmap {
  readonly name: string;
  /** "Sloppy" as in ftfy: bytes without a character stand for themselves, and U+FFFD is byte 0x1A. */
  readonly sloppy: boolean;
  /** The bytes of a text, or undefined where a character is not in the encoding. */
  encode(text: string): string | undefined;
}

function makeCharmap(name: string, upperHalf: string): Charmap {
  const sloppy = name.startsWith('sloppy');
  const bytes = new Map<number, number>();
  for (let i = 0; i < 128; i++) bytes.set(upperHalf.charCodeAt(i), 0x80 + i);
  if (sloppy) bytes.set(0xfffd, 0x1a);
  return {
    name,
    sloppy,
    encode(text) {
      const codes = new Uint8Array(text.length);
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        const byte = unit < 0x80 && !(sloppy && unit === 0x1a) ? unit : bytes.get(unit);
        if (byte === undefined) return undefined;
        codes[i] = byte;
      }
      return Buffer.from(codes.buffer).toString('latin1');
    },
  };
}

let made: readonly Charmap[] | undefined;

/** The encodings that text is misread in, in the order of trial. */
export function allCharmaps(): readonly Charmap[] {
  made ??= charmaps.map(([name, upperHalf]) => makeCharmap(name, upperHalf));
  return made;
}

/** What byte 0x80–0x9F means in Windows-1252, "sloppily". */
export function windows1252(byte: number): string {
  return charmaps[1]![1][byte - 0x80]!;
}
