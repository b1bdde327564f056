/** Letters by script: coarse, by ranges of code units, fast enough for whole corpora. */

/** First code point of each range, and its script; `` is no letter. */
const ranges: readonly (readonly [number, string])[] = [
  [0x0, ''],
  [0x41, 'Latin'],
  [0x5b, ''],
  [0x61, 'Latin'],
  [0x7b, ''],
  [0xc0, 'Latin'],
  [0x250, ''],
  [0x370, 'Greek'],
  [0x400, 'Cyrillic'],
  [0x530, 'Armenian'],
  [0x590, 'Hebrew'],
  [0x600, 'Arabic'],
  [0x700, 'other'],
  [0x900, 'Devanagari'],
  [0x980, 'Bengali'],
  [0xa00, 'other Indic'],
  [0xe00, 'Thai'],
  [0xe80, 'other'],
  [0x1100, 'Hangul'],
  [0x1200, 'other'],
  [0x1e00, 'Latin'],
  [0x1f00, 'Greek'],
  [0x2000, ''],
  [0x2e80, 'Han'],
  [0x3000, ''],
  [0x3005, 'Han'],
  [0x3008, ''],
  [0x3041, 'Hiragana'],
  [0x30a0, 'Katakana'],
  [0x3100, 'Bopomofo'],
  [0x3130, 'Hangul'],
  [0x3190, ''],
  [0x3400, 'Han'],
  [0x4dc0, ''],
  [0x4e00, 'Han'],
  [0xa000, 'other'],
  [0xac00, 'Hangul'],
  [0xd800, 'astral'],
  [0xe000, ''],
  [0xf900, 'Han'],
  [0xfb00, 'other'],
  [0xfe00, ''],
  [0xff21, 'Latin'],
  [0xff3b, ''],
  [0xff41, 'Latin'],
  [0xff5b, ''],
  [0xff66, 'Katakana'],
  [0xffa0, ''],
];
const names = [...new Set(ranges.map(([, name]) => name))];
const none = names.indexOf('');
const scriptOfUnit = new Uint8Array(0x10000);
for (const [i, [from, name]] of ranges.entries())
  scriptOfUnit.fill(names.indexOf(name), from, ranges[i + 1]?.[0] ?? 0x10000);

/** How many letters of each script a text has. Code points beyond the first plane are two units of `astral`. */
export function scriptShares(text: string): [string, number][] {
  const counts = new Float64Array(names.length);
  for (let i = 0; i < text.length; i++) counts[scriptOfUnit[text.charCodeAt(i)]!]!++;
  return names.flatMap((name, i): [string, number][] => (i !== none && counts[i]! > 0 ? [[name, counts[i]!]] : []));
}
