/** Which script a text is written in: letters counted by script, for the scripts that language identification asks about. */
import { codePointAt } from '../text/characters.ts';

/** First and last code point of blocks, ascending. A script may have several. */
const blocks: readonly (readonly [first: number, last: number, script: string])[] = [
  [0x41, 0x5a, 'Latin'],
  [0x61, 0x7a, 'Latin'],
  [0xaa, 0xaa, 'Latin'],
  [0xba, 0xba, 'Latin'],
  [0xc0, 0x24f, 'Latin'],
  [0x250, 0x2af, 'Latin'],
  [0x370, 0x3ff, 'Greek'],
  [0x400, 0x52f, 'Cyrillic'],
  [0x531, 0x58f, 'Armenian'],
  [0x591, 0x5f4, 'Hebrew'],
  [0x610, 0x6ff, 'Arabic'],
  [0x750, 0x77f, 'Arabic'],
  [0x780, 0x7bf, 'Thaana'],
  [0x8a0, 0x8ff, 'Arabic'],
  [0x900, 0x97f, 'Devanagari'],
  [0x980, 0x9ff, 'Bengali'],
  [0xa00, 0xa7f, 'Gurmukhi'],
  [0xa80, 0xaff, 'Gujarati'],
  [0xb00, 0xb7f, 'Oriya'],
  [0xb80, 0xbff, 'Tamil'],
  [0xc00, 0xc7f, 'Telugu'],
  [0xc80, 0xcff, 'Kannada'],
  [0xd00, 0xd7f, 'Malayalam'],
  [0xd80, 0xdff, 'Sinhala'],
  [0xe00, 0xe7f, 'Thai'],
  [0xe80, 0xeff, 'Lao'],
  [0xf00, 0xfff, 'Tibetan'],
  [0x1000, 0x109f, 'Myanmar'],
  [0x10a0, 0x10ff, 'Georgian'],
  [0x1100, 0x11ff, 'Hangul'],
  [0x1200, 0x139f, 'Ethiopic'],
  [0x13a0, 0x13ff, 'Cherokee'],
  [0x1780, 0x17ff, 'Khmer'],
  [0x1c90, 0x1cbf, 'Georgian'],
  [0x1e00, 0x1eff, 'Latin'],
  [0x1f00, 0x1fff, 'Greek'],
  [0x2c60, 0x2c7f, 'Latin'],
  [0x2d80, 0x2ddf, 'Ethiopic'],
  [0x2e80, 0x2fdf, 'Han'],
  [0x3005, 0x3007, 'Han'],
  [0x3041, 0x30ff, 'Kana'],
  [0x3130, 0x318f, 'Hangul'],
  [0x31f0, 0x31ff, 'Kana'],
  [0x3400, 0x4dbf, 'Han'],
  [0x4e00, 0x9fff, 'Han'],
  [0xa720, 0xa7ff, 'Latin'],
  [0xac00, 0xd7ff, 'Hangul'],
  [0xf900, 0xfaff, 'Han'],
  [0xfb1d, 0xfb4f, 'Hebrew'],
  [0xfb50, 0xfdff, 'Arabic'],
  [0xfe70, 0xfefc, 'Arabic'],
  [0xff21, 0xff5a, 'Latin'],
  [0xff66, 0xff9f, 'Kana'],
  [0x20000, 0x323af, 'Han'],
];

/** Scripts that (nearly) only one language uses: its BCP-47 code. */
export const languageOfScript: Readonly<Record<string, string>> = {
  Armenian: 'hy',
  Bengali: 'bn',
  Cherokee: 'chr',
  Ethiopic: 'am',
  Georgian: 'ka',
  Greek: 'el',
  Gujarati: 'gu',
  Gurmukhi: 'pa',
  Hangul: 'ko',
  Hebrew: 'he',
  Kannada: 'kn',
  Khmer: 'km',
  Lao: 'lo',
  Malayalam: 'ml',
  Myanmar: 'my',
  Oriya: 'or',
  Sinhala: 'si',
  Tamil: 'ta',
  Telugu: 'te',
  Thaana: 'dv',
  Thai: 'th',
  Tibetan: 'bo',
};

/** 1 + the script's number for every code point of the basic plane's blocks above; 0: none of them. */
const names = [...new Set(blocks.map(([, , script]) => script))];
const table = new Uint8Array(0x10000);
for (const [first, last, script] of blocks)
  for (let at = first; at <= Math.min(last, 0xffff); at++) table[at] = names.indexOf(script) + 1;

const han = names.indexOf('Han') + 1;

/** How many letters of each script a text has. Marks that belong to a script count as letters. */
export function countScripts(text: string): Map<string, number> {
  const counts = new Uint32Array(names.length + 1);
  for (let at = 0; at < text.length; at++) {
    const codePoint = codePointAt(text, at);
    if (codePoint < 0x10000) counts[table[codePoint]!]!++;
    else {
      at++;
      if (codePoint >= 0x20000 && codePoint <= 0x323af) counts[han]!++;
    }
  }
  // × and ÷ lie among the Latin letters.
  return new Map(names.flatMap((name, i) => (counts[i + 1]! > 0 ? [[name, counts[i + 1]!] as const] : [])));
}
