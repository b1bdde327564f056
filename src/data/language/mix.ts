/** How much of a text is in which language, piece by piece. */
import { classOf, codePointAt, ideograph, letter } from '../text/characters.ts';
import { splitParagraphs } from '../text/lines.ts';
import { splitSentences } from '../text/sentences.ts';
import type { LanguageIdentifier } from './identify.ts';

export interface LanguageMix {
  /** By share, largest first; shares of the letters that were judged. */
  readonly shares: readonly { readonly language: string; readonly share: number }[];
  /** Share that is not in the first language. */
  readonly foreign: number;
}

export interface MixOptions {
  readonly by: 'paragraph' | 'sentence';
  readonly min_letters: number;
  readonly min_score: number;
}

export function languageMix(text: string, identifier: LanguageIdentifier, options: MixOptions): LanguageMix {
  const letters = new Map<string, number>();
  let all = 0;
  for (const piece of options.by === 'sentence' ? splitSentences(text) : splitParagraphs(text)) {
    const size = countLetters(piece);
    if (size < options.min_letters) continue;
    const { language, score } = identifier.identify(piece);
    if (language === 'und' || score < options.min_score) continue;
    letters.set(language, (letters.get(language) ?? 0) + size);
    all += size;
  }
  // A paragraph without a telling character is Chinese of the kind that the rest is.
  const chinese = (letters.get('zh-Hant') ?? 0) > (letters.get('zh-Hans') ?? 0) ? 'zh-Hant' : 'zh-Hans';
  const plain = letters.get('zh');
  if (plain !== undefined && letters.has(chinese)) {
    letters.set(chinese, letters.get(chinese)! + plain);
    letters.delete('zh');
  }
  const shares = [...letters]
    .map(([language, n]) => ({ language, share: n / all }))
    .sort((a, b) => b.share - a.share || (a.language < b.language ? -1 : 1));
  return { shares, foreign: shares.length === 0 ? 0 : 1 - shares[0]!.share };
}

/** Letters; a Han or kana character says about as much as two letters of an alphabet. */
function countLetters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const codePoint = codePointAt(text, at);
    if (codePoint > 0xffff) at++;
    const kind = classOf(codePoint);
    if (kind === ideograph) count += 2;
    else if (kind === letter) count++;
  }
  return count;
}
