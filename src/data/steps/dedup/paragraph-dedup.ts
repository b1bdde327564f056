/**
 * Removes paragraphs (between blank lines) that came before, in any document. Paragraphs are compared folded; the first
 * occurrence stays; a document of which little remains is dropped.
 * Origin: dolma's paragraph deduplication (Soldaini et al. 2024, §5.1.4); see line-dedup for texts without blank lines, and
 * for what it costs.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { eachLine, isBlank } from '../../text/lines.ts';
import { minCharacters, pieceOptions, pieceSurvey } from './pieces.ts';

const config = z.strictObject({ min_characters: minCharacters, ...pieceOptions });

export const paragraphDedup = defineStep({
  name: 'paragraph-dedup',
  kind: 'dedup',
  version: 1,
  config,
  describe: ({ min_characters, normalize }) =>
    `Paragraphs of ${min_characters} characters and more that came before (comparison: ${normalize}): the first stays`,
  survey: pieceSurvey<typeof config>({ each: eachParagraph, plural: 'paragraphs' }),
});

function eachParagraph(text: string, each: (start: number, end: number, next: number) => void): void {
  let first = -1; // of the paragraph whose following blank lines are being passed
  let last = 0;
  let blank = false;
  eachLine(text, (start, end) => {
    if (isBlank(text, start, end)) {
      blank = true;
      return;
    }
    if (first < 0 || blank) {
      if (first >= 0) each(first, last, start);
      first = start;
      blank = false;
    }
    last = end;
  });
  if (first >= 0) each(first, last, text.length);
}
