/** A text cut between sentences into pieces of about equal length. */
import { eachSentence } from '../text/sentences.ts';

/** Pieces of `size` characters or a little less; a longer sentence is cut where it is. Together they hold all words. */
export function piecesOf(text: string, size: number): string[] {
  if (text.length <= size) return text.trim() === '' ? [] : [text];
  const pieces: string[] = [];
  let from = -1;
  let to = 0;
  const close = () => {
    if (from >= 0) for (let at = from; at < to; at += size) pieces.push(text.slice(at, Math.min(at + size, to)));
    from = -1;
  };
  eachSentence(text, (start, end) => {
    if (from >= 0 && end - from > size) close();
    if (from < 0) from = start;
    to = end;
  });
  close();
  return pieces;
}
