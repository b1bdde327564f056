/** GBK as a table: characters to byte pairs, and how common a character is by its place in GB 2312. */

/** GB 2312 rows 1–9: punctuation, Latin, Greek, kana … */
export const mark = 1;
/** GB 2312 level 1: the 3,755 most common characters of simplified Chinese. */
export const common = 2;
/** GB 2312 level 2. */
export const lessCommon = 3;
/** Only in GBK: traditional and rare characters. */
export const extended = 4;

export interface Gbk {
  /** Two bytes of a character, high byte first; 0 where there are none. By UTF-16 unit. */
  readonly pairs: Uint16Array;
  /** One of the ranks above, 0 for what is not in GBK. By UTF-16 unit. */
  readonly ranks: Uint8Array;
  /** Bytes (a Latin-1 string) as GBK, or undefined where they are not. */
  decode(bytes: string): string | undefined;
}

let made: Gbk | undefined;

export function gbk(): Gbk {
  made ??= makeGbk();
  return made;
}

function makeGbk(): Gbk {
  const strict = new TextDecoder('gbk', { fatal: true });
  const lenient = new TextDecoder('gbk');
  const pairs = new Uint16Array(0x10000);
  const ranks = new Uint8Array(0x10000);
  const bytes = new Uint8Array(2);
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      bytes[0] = lead;
      bytes[1] = trail;
      const character = lenient.decode(bytes);
      const unit = character.charCodeAt(0);
      // User-defined areas decode to private use: misread text is full of them.
      if (character.length !== 1 || unit === 0xfffd || pairs[unit] !== 0) continue;
      pairs[unit] = (lead << 8) | trail;
      ranks[unit] = unit >= 0xe000 && unit < 0xf900 ? extended : rankOf(lead, trail);
    }
  }
  return {
    pairs,
    ranks,
    decode(text) {
      try {
        return strict.decode(Buffer.from(text, 'latin1'));
      } catch {
        return undefined;
      }
    },
  };
}

function rankOf(lead: number, trail: number): number {
  if (trail < 0xa1) return extended;
  if (lead >= 0xa1 && lead <= 0xa9) return mark;
  if (lead >= 0xb0 && lead <= 0xd7) return common;
  return lead >= 0xd8 && lead <= 0xf7 ? lessCommon : extended;
}
