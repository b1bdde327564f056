// The texts that language identification is measured on: the Universal Declaration of Human Rights in 32 languages, whole
// and by sentences, and real English and Chinese texts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const codes = {
  eng: 'en',
  cmn_hans: 'zh-Hans',
  cmn_hant: 'zh-Hant',
  jpn: 'ja',
  kor: 'ko',
  deu: 'de',
  fra: 'fr',
  spa: 'es',
  ita: 'it',
  por_BR: 'pt',
  rus: 'ru',
  ukr: 'uk',
  pol: 'pl',
  nld: 'nl',
  swe: 'sv',
  tur: 'tr',
  vie: 'vi',
  ind: 'id',
  tha: 'th',
  arb: 'ar',
  heb: 'he',
  hin: 'hi',
  ben: 'bn',
  ell_monotonic: 'el',
  fin: 'fi',
  hun: 'hu',
  ces: 'cs',
  ron: 'ro',
  cat: 'ca',
  lat: 'la',
  san: 'sa',
  pes_1: 'fa',
};

const records = (path) =>
  gunzipSync(readFileSync(path))
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Sets of `{ language, text }`. */
export function languageSets(data) {
  const whole = [];
  const sentences = [];
  for (const { lang, text } of records(join(data, 'udhr/udhr.jsonl.gz'))) {
    const language = codes[lang];
    whole.push({ language, text });
    for (const line of text.split('\n'))
      for (const part of line.split(/(?<=[.!?;。！？；।॥])\s*/u)) {
        const sentence = part.trim();
        const length = [...sentence].length;
        // Headings and numbers of articles say nothing.
        if (length < 12 || (sentence.match(/\p{L}/gu) ?? []).length < length / 2) continue;
        sentences.push({ language, text: sentence });
      }
  }
  const between = (low, high) => sentences.filter(({ text }) => [...text].length >= low && [...text].length <= high);
  const english = records(join(data, 'c4-wiki-demo/c4_demo.jsonl.gz')).map(({ text }) => ({ language: 'en', text }));
  const chinese = records(join(data, 'csl-zh/kg_test.jsonl.gz')).map(({ input }) => ({ language: 'zh', text: input }));
  return {
    'udhr, whole texts': whole,
    'udhr, sentences': sentences,
    'udhr, 20 to 60 characters': between(20, 60),
    'English web pages (c4)': english,
    'Chinese abstracts (csl)': chinese,
  };
}
