/** Finds the Chinese of an English text by the patterns of zh-texts.ts; what no pattern fits stays as it is. Pure. */
import { zhTexts } from './zh-texts.ts';

interface Pattern {
  readonly match: RegExp;
  readonly text: string;
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Patterns with more fixed text first, so that the most exact one wins. */
const patterns: readonly Pattern[] = Object.entries(zhTexts)
  .sort(([a], [b]) => b.replaceAll('{}', '').length - a.replaceAll('{}', '').length)
  .map(([english, text]) => ({
    match: new RegExp(`^${english.split('{}').map(literal).join('([\\s\\S]+?)')}$`),
    text,
  }));

/** The text in Chinese: as a whole, after a path before a colon, or sentence by sentence. */
export function toChinese(english: string): string {
  const whole = lookUp(english);
  if (whole !== undefined) return whole;
  const prefixed = /^([^\s:]+|--set \S+|input \S+): ([\s\S]+)$/.exec(english);
  const rest = prefixed && lookUp(prefixed[2]!);
  if (rest) return `${prefixed[1]}：${rest}`;
  const sentences = english.split(/(?<=[.?!]) (?=[A-Z])/);
  if (sentences.length === 1) return english;
  return sentences.map((sentence, i) => lookUp(sentence) ?? (i === 0 ? '' : ' ') + sentence).join('');
}

function lookUp(english: string): string | undefined {
  for (const { match, text } of patterns) {
    const found = match.exec(english);
    if (!found) continue;
    let next = 0;
    // What stands in a hole may be a text of ours too: `cannot read {}: {}`.
    return text.replace(/\{(\d*)\}/g, (_, index: string) => {
      const value = found[(index === '' ? next++ : Number(index)) + 1] ?? '';
      return lookUp(value) ?? value;
    });
  }
  return undefined;
}
