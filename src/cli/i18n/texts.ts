/** Finds the Chinese of an English text by the patterns of zh-texts.ts; what no pattern fits stays as it is. Pure. */
import { zhNouns, zhTexts } from './zh-texts.ts';

interface Pattern {
  readonly match: RegExp;
  /** What each hole may hold: a noun, a name (in quotes), or a text of ours again. */
  readonly holes: readonly ('noun' | 'name' | 'text')[];
  readonly text: string;
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Patterns with more fixed text first, so that the most exact one wins. */
const patterns: readonly Pattern[] = Object.entries(zhTexts)
  .sort(([a], [b]) => b.replace(/\{#?\}/g, '').length - a.replace(/\{#?\}/g, '').length)
  .map(([english, text]) => ({
    match: new RegExp(
      `^${english
        .split(/\{#?\}/)
        .map(literal)
        .join('([\\s\\S]+?)')}$`,
    ),
    holes: [...english.matchAll(/'?\{(#?)\}/g)].map(([hole, noun]) =>
      noun ? 'noun' : hole.startsWith("'") ? 'name' : 'text',
    ),
    text,
  }));

/** The text in Chinese: as a whole, after a path before a colon, or sentence by sentence. */
export function toChinese(english: string): string {
  const whole = lookUp(english);
  if (whole !== undefined) return whole;
  const prefixed = /^([^\s:]+(?::\d+)?|--set \S+|input \S+): ([\s\S]+)$/.exec(english);
  if (prefixed) {
    const rest = toChinese(prefixed[2]!);
    if (rest !== prefixed[2]) return `${prefixed[1]}：${rest}`;
  }
  const sentences = english.split(/(?<=[.?!]) (?=[A-Z])/);
  if (sentences.length === 1) return english;
  return sentences.map((sentence, i) => lookUp(sentence) ?? (i === 0 ? '' : ' ') + sentence).join('');
}

function lookUp(english: string): string | undefined {
  for (const { match, holes, text } of patterns) {
    const found = match.exec(english)?.slice(1);
    if (!found) continue;
    const filled = found.map((value, i) => {
      if (holes[i] === 'name') return value;
      return (holes[i] === 'noun' ? zhNouns[value] : lookUp(value)) ?? value;
    });
    let next = 0;
    return text.replace(/\{(\d*)\}/g, (_, index: string) => filled[index === '' ? next++ : Number(index)]!);
  }
  return undefined;
}
