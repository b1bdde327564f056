/**
 * Words with their places, as a dictionary knows them: runs of letters (with inner apostrophes and hyphens), and Chinese
 * cut by jieba (MIT; its own dictionary and hidden Markov model, https://github.com/messense/jieba-rs). Jieba is loaded
 * when the first Han text comes.
 */
import { createRequire } from 'node:module';

export interface Word {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly kind: 'han' | 'other';
}

const RUNS = /(\p{Script=Han}+)|[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
const HAN = /\p{Script=Han}/u;

/** What jieba is given at once, in code units. */
const pieceLength = 1 << 14;

export function segment(text: string): Word[] {
  const words: Word[] = [];
  for (const match of text.matchAll(RUNS)) {
    if (match[1] !== undefined) cutHan(match[1], match.index, words);
    else if (!HAN.test(match[0]))
      words.push({ start: match.index, end: match.index + match[0].length, text: match[0], kind: 'other' });
    else cutMixed(match[0], match.index, words);
  }
  return words;
}

/** `K歌`, `T恤衫`: letters and Han in one run. */
function cutMixed(run: string, at: number, words: Word[]): void {
  for (const match of run.matchAll(/(\p{Script=Han}+)|[^\p{Script=Han}]+/gu)) {
    if (match[1] !== undefined) cutHan(match[1], at + match.index, words);
    else
      words.push({ start: at + match.index, end: at + match.index + match[0].length, text: match[0], kind: 'other' });
  }
}

function cutHan(run: string, at: number, words: Word[]): void {
  let start = at;
  for (let from = 0; from < run.length; ) {
    let to = Math.min(run.length, from + pieceLength);
    if (to < run.length && /[\udc00-\udfff]/.test(run[to]!)) to--;
    for (const text of jieba().cut(run.slice(from, to), true)) {
      words.push({ start, end: start + text.length, text, kind: 'han' });
      start += text.length;
    }
    from = to;
  }
}

interface Jieba {
  cut(text: string, hmm: boolean): string[];
}
let loaded: Jieba | undefined;

function jieba(): Jieba {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    const { Jieba } = require('@node-rs/jieba') as { Jieba: { withDict(dict: Uint8Array): Jieba } };
    loaded = Jieba.withDict((require('@node-rs/jieba/dict') as { dict: Uint8Array }).dict);
  }
  return loaded;
}
