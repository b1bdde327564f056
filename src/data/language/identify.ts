/**
 * In which language a text is written: 86 languages, Chinese as `zh-Hans` and `zh-Hant`.
 * Scripts that one language uses decide at once; all else (Latin, Cyrillic, Arabic, Devanagari, Han and kana) goes to a
 * linear model over hashed n-grams of characters and words (fastText's method), which our own classifier trained on
 * sentences of the Leipzig Corpora Collection: `scripts/language-model.mjs`, and `language.SOURCE.txt` beside this file.
 * Reads at most 1,000 characters, taken from eight places of the text.
 */
import { fileURLToPath } from 'node:url';
import { type ClassifierFile, loadClassifier } from '../classifier/file.ts';
import { chineseScript } from './chinese.ts';
import { sampleText } from './sample.ts';
import { countScripts, languageOfScript } from './scripts.ts';

/** What was found. */
export interface Identified {
  /** BCP-47: `en`, `zh-Hans`; `und` where there is nothing to tell by. */
  readonly language: string;
  /** Probability, 0 to 1. */
  readonly score: number;
}

export interface LanguageIdentifier {
  /** All codes that `identify` may give, `und` apart. */
  readonly languages: readonly string[];
  identify(text: string): Identified;
}

const sampleSize = 1000;
const unknown: Identified = { language: 'und', score: 0 };
const path = fileURLToPath(new URL('./language.bin', import.meta.url));
let loaded: LanguageIdentifier | undefined;

/** The model is read once in a thread. @throws AthanorError where the file is gone or broken */
export function languageIdentifier(): LanguageIdentifier {
  loaded ??= createIdentifier(loadClassifier(path));
  return loaded;
}

export function createIdentifier({ model }: ClassifierFile): LanguageIdentifier {
  return {
    languages: [
      ...model.labels.filter((l) => l !== 'zh'),
      'zh',
      'zh-Hans',
      'zh-Hant',
      ...Object.values(languageOfScript),
    ].sort(),
    identify(text) {
      const sample = withoutAddresses(sampleText(text, sampleSize));
      let letters = 0;
      let main = '';
      let most = 0;
      for (const [script, n] of countScripts(sample)) {
        // Kana stand among Han characters, and one of them says as much as two letters.
        const weight = script === 'Han' || script === 'Kana' ? 2 * n : n;
        letters += weight;
        if (weight > most) [main, most] = [script === 'Kana' ? 'Han' : script, weight];
      }
      if (letters === 0) return unknown;
      const own = languageOfScript[main];
      // A character of these scripts tells more than one of a Latin name or brand beside it.
      if (own !== undefined) return { language: own, score: most / letters };
      return byModel(model, sample, main);
    },
  };
}

/** Languages by the scripts they may be written in; those that are not named are written in Latin letters. */
const otherScripts: Readonly<Record<string, readonly string[]>> = {
  Arabic: ['ar', 'fa', 'ur'],
  Cyrillic: ['be', 'bg', 'kk', 'mk', 'mn', 'ru', 'sr', 'uk'],
  Devanagari: ['hi', 'mr', 'sa'],
  Han: ['ja', 'zh'],
};
const scriptOf = new Map(Object.entries(otherScripts).flatMap(([script, all]) => all.map((l) => [l, script] as const)));

/** Only languages of the script that most of the text is written in: Chinese full of Latin formulas is Chinese. */
function byModel(model: ClassifierFile['model'], sample: string, script: string): Identified {
  const probabilities = model.predict(sample);
  let language = 'und';
  let score = 0;
  let possible = 0;
  for (const [i, label] of model.labels.entries()) {
    if ((scriptOf.get(label) ?? 'Latin') !== script) continue;
    possible += probabilities[i]!;
    if (probabilities[i]! > score) [language, score] = [label, probabilities[i]!];
  }
  if (possible === 0) return unknown;
  const found = language === 'zh' ? chineseScript(sample) : language;
  return { language: found, score: score / possible };
}

/** URLs and e-mail addresses look like English wherever they stand, Roman numbers like Latin. */
function withoutAddresses(text: string): string {
  const plain =
    text.includes('://') || text.includes('www.') || text.includes('@')
      ? text.replace(/(?:https?:\/\/|www\.)\S+|\S{1,64}@\S+/g, ' ')
      : text;
  return plain.replace(/\b[IVXLC]{2,}\b/g, ' ');
}

/** Whether a found language is the wanted one: `zh` wants any Chinese, `zh-Hant` only that; `zh` found may be either. */
export function matchesLanguage(found: string, wanted: string): boolean {
  if (found === wanted) return true;
  const [f, w] = [normalizeTag(found), normalizeTag(wanted)];
  return f === w || f.startsWith(`${w}-`) || w.startsWith(`${f}-`);
}

const aliases: Readonly<Record<string, string>> = {
  'zh-cn': 'zh-hans',
  'zh-sg': 'zh-hans',
  'zh-my': 'zh-hans',
  'zh-tw': 'zh-hant',
  'zh-hk': 'zh-hant',
  'zh-mo': 'zh-hant',
  cmn: 'zh',
  nb: 'no',
  nn: 'no',
  iw: 'he',
  in: 'id',
  fil: 'tl',
  sh: 'sr',
};

/** A declared language as we write it: `EN_us` and `en-US` are `en`, `zh-TW` is `zh-Hant` (here in small letters). */
export function normalizeTag(tag: string): string {
  const parts = tag.trim().toLowerCase().replaceAll('_', '-').split('-');
  const whole = parts.slice(0, 2).join('-');
  if (aliases[whole] !== undefined) return aliases[whole]!;
  const primary = aliases[parts[0]!] ?? parts[0]!;
  const script = parts.find((part) => part === 'hans' || part === 'hant');
  return primary === 'zh' && script !== undefined ? `zh-${script}` : primary;
}
