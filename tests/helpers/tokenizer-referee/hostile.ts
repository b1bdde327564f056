/**
 * Texts that make a careless tokenizer quadratic or overflow a stack, at a size that the referees survive and at a
 * million characters.
 */
import { Rng } from '../../../src/core/index.ts';
import { compare, differenceCount } from './compare.ts';
import { openContest } from './load.ts';
import { vocabularyNames } from './vocabularies.ts';

const letters = (count: number, alphabet: string) => {
  const rng = new Rng(99);
  return Array.from({ length: count }, () => alphabet[rng.int(alphabet.length)]!).join('');
};

/** Each gives a text of about `size` UTF-16 units. */
export const hostileTexts: Readonly<Record<string, (size: number) => string>> = {
  'one letter': (size) => 'a'.repeat(size),
  'one capital': (size) => 'A'.repeat(size),
  underscores: (size) => '_'.repeat(size),
  spaces: (size) => ' '.repeat(size),
  'spaces, then a word': (size) => `${' '.repeat(size - 1)}x`,
  newlines: (size) => '\n'.repeat(size),
  'newlines and spaces': (size) => '\n '.repeat(size / 2),
  tabs: (size) => '\t'.repeat(size),
  digits: (size) => letters(size, '0123456789'),
  carets: (size) => '^'.repeat(size),
  'random letters': (size) => letters(size, 'abcdefghijklmnopqrstuvwxyz'),
  'random capitals': (size) => letters(size, 'aAbBcCdDeE'),
  'random Han': (size) => letters(size, '床前明月光疑是地上霜舉頭望低思故鄉'),
  'combining marks': (size) => `a${'\u0301'.repeat(size - 1)}`,
  'marks of many classes': (size) => `a${letters(size - 1, '\u0301\u0323\u0327\u0345\u05b0\u064b\u093c')}`,
  'emoji and joiners': (size) => '👩\u200d'.repeat(size / 3),
  flags: (size) => '🇨🇳'.repeat(size / 4),
  apostrophes: (size) => "'".repeat(size),
  "'s": (size) => "'s".repeat(size / 2),
  'special token beginnings': (size) => '<|'.repeat(size / 2),
  'half surrogates': (size) => '\ud800'.repeat(size),
  'no-break spaces': (size) => '\u00a0'.repeat(size),
};

export interface HostileOptions {
  readonly vocabularies?: readonly string[];
  readonly print: (line: string) => void;
}

/** The size at which the answer is compared with the referee's. */
export const refereedSize = 12_000;
export const hugeSize = 1_000_000;

/** @returns how many texts differ from the referee, or do not come back */
export async function runHostile({ vocabularies = vocabularyNames, print }: HostileOptions): Promise<number> {
  let wrong = 0;
  const names = Object.keys(hostileTexts);
  print(`${'vocabulary'.padEnd(11)} ${'text'.padEnd(26)} ${'tokens'.padStart(9)} ${'encode s'.padStart(9)} round trip`);
  for (const name of vocabularies) {
    const { tokenizer, referee } = await openContest(name);
    const texts = names.map((kind) => ({ kind: 'fuzz' as const, text: hostileTexts[kind]!(refereedSize) }));
    const comparison = await compare({ tokenizer, referee, texts });
    const different = differenceCount(comparison);
    wrong += different;
    print(`${name.padEnd(11)} ${names.length} texts of ${refereedSize} against the referee: ${different} differences`);
    for (const { text, field, ours, theirs } of comparison.differences)
      print(
        `  ${field} of ${JSON.stringify(text.slice(0, 20))}…: ours ${JSON.stringify(ours)}, theirs ${JSON.stringify(theirs)}`,
      );
    for (const kind of names) {
      const text = hostileTexts[kind]!(hugeSize);
      const started = performance.now();
      const ids = tokenizer.encode(text, { addSpecialTokens: false });
      const seconds = (performance.now() - started) / 1000;
      const back = tokenizer.decode(ids) === text.replace(/\p{Surrogate}/gu, '\ufffd') ? 'same' : 'other text';
      print(
        `${name.padEnd(11)} ${kind.padEnd(26)} ${String(ids.length).padStart(9)} ${seconds.toFixed(3).padStart(9)} ${back}`,
      );
    }
  }
  return wrong;
}
