/** Synonyms of Chinese and English words, in the form that the word has in the text. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Word } from './segment.ts';
import { stopWords } from './stop-words.ts';
import { wordnetSynonyms } from './wordnet.ts';

export interface ThesaurusOptions {
  readonly language: 'auto' | 'en' | 'zh';
  /** Senses of an English word that count. */
  readonly senses: number;
}

/** What may stand in a word's place; empty for function words, names, inflected forms that the thesaurus lacks. */
export function synonymsOf(
  word: Word,
  startsSentence: boolean,
  { language, senses }: ThesaurusOptions,
): readonly string[] {
  if (word.kind === 'han') return language === 'en' || stopWords.has(word.text) ? [] : (chinese().get(word.text) ?? []);
  if (language === 'zh' || !/^[A-Za-z]{2,}$/.test(word.text)) return [];
  const lower = word.text.toLowerCase();
  const capital = word.text[0] !== lower[0];
  // Capital letters inside a sentence are names; all capitals are abbreviations.
  if (word.text.slice(1) !== lower.slice(1) || (capital && !startsSentence) || stopWords.has(lower)) return [];
  const found = wordnetSynonyms(lower, senses).filter((one) => /^[a-z]+(?: [a-z]+)?$/.test(one));
  return capital ? found.map((one) => one[0]!.toUpperCase() + one.slice(1)) : found;
}

let pairs: ReadonlyMap<string, readonly string[]> | undefined;

/** The 4,282 pairs of npm `segment` 0.1.3, dicts/synonym.txt (MIT), both ways. */
function chinese(): ReadonlyMap<string, readonly string[]> {
  if (pairs !== undefined) return pairs;
  const path = createRequire(import.meta.url).resolve('segment/dicts/synonym.txt');
  const sets = new Map<string, Set<string>>();
  const add = (from: string, to: string) => sets.set(from, (sets.get(from) ?? new Set()).add(to));
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [one, other] = line.trim().split(',');
    if (!one || !other || one === other) continue;
    add(one, other);
    add(other, one);
  }
  pairs = new Map([...sets].map(([word, set]) => [word, [...set].sort()]));
  return pairs;
}
