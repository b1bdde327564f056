/** Which script a text is written in, by Unicode's names. For reports only: follows the engine's version of Unicode. */

/** The scripts that vocabularies have tokens of; everything else is 'other'. */
export const scriptNames = [
  ...['Latin', 'Han', 'Cyrillic', 'Arabic', 'Hangul', 'Hiragana', 'Katakana', 'Devanagari', 'Bengali', 'Thai', 'Greek'],
  ...['Hebrew', 'Armenian', 'Georgian', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Gujarati', 'Gurmukhi', 'Oriya'],
  ...[
    'Sinhala',
    'Lao',
    'Khmer',
    'Myanmar',
    'Tibetan',
    'Ethiopic',
    'Mongolian',
    'Thaana',
    'Syriac',
    'Cherokee',
    'Bopomofo',
  ],
  ...['Canadian_Aboriginal', 'Yi', 'Tifinagh', 'Coptic', 'Nko'],
] as const;

const tests = scriptNames.map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'u')] as const);

/** The script of most of the letters; the first one in the text where two are even; undefined without letters. */
export function scriptOf(text: string): string | undefined {
  const counts = new Map<string, number>();
  for (const character of text) {
    if (!/\p{L}/u.test(character)) continue;
    const name = tests.find(([, test]) => test.test(character))?.[0] ?? 'other';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  let best: string | undefined;
  for (const [name, count] of counts) if (best === undefined || count > counts.get(best)!) best = name;
  return best;
}
