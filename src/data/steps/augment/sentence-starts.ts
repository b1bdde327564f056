/** Where the sentences of a text lie, for steps that work inside sentences. */
import { eachSentence } from '../../text/sentences.ts';

export interface SentenceBounds {
  /** Where sentences begin. */
  readonly begins: ReadonlySet<number>;
  /** Where each ends, ascending. */
  readonly ends: readonly number[];
}

export function sentenceStarts(text: string): SentenceBounds {
  const begins = new Set<number>();
  const ends: number[] = [];
  eachSentence(text, (start, end) => {
    begins.add(start);
    ends.push(end);
  });
  return { begins, ends };
}
