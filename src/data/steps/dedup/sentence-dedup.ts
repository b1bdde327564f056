/**
 * Removes spans of sentences (three by default) that came before, in any document: every sentence of a repeated span goes,
 * the first occurrence stays. Spans overlap, so that a repeated passage of any length from the span on is found.
 * Origin: C4 (Raffel et al. 2020, §2.2: "discarded all but one of any three-sentence span occurring more than once");
 * datatrove's `sentence_dedup.py`. Sentences end as text/sentences.ts says, in Chinese and English; spans are compared folded.
 *
 * Cost: one pass on all cores, in which each sentence is hashed `sentences` times; 8 bytes a sentence, sorted out of core
 * within the memory given.
 */
import { z } from 'zod';
import { defineStep, type Survey } from '../../step.ts';
import { eachSentence } from '../../text/sentences.ts';
import { minCharacters, pieceOptions, pieceSurvey } from './pieces.ts';

const config = z.strictObject({
  sentences: z.int().min(1).max(20).default(3).describe('Sentences of a span'),
  min_characters: minCharacters,
  ...pieceOptions,
});

export const sentenceDedup = defineStep({
  name: 'sentence-dedup',
  kind: 'dedup',
  version: 1,
  config,
  describe: ({ sentences, normalize }) =>
    `Spans of ${sentences} sentences that came before (comparison: ${normalize}): the first stays`,
  survey: {
    scan: (options, context) => surveyOf(options.sentences).scan(options, context),
    decide: (options, context) => surveyOf(options.sentences).decide(options, context),
    apply: (options, context) => surveyOf(options.sentences).apply(options, context),
  },
});

function surveyOf(span: number): Survey<typeof config> {
  return pieceSurvey<typeof config>({
    plural: 'sentence-spans',
    each(text, each) {
      // Starts and ends of the last sentences.
      const starts: number[] = [];
      const ends: number[] = [];
      const emit = (next: number): void => {
        if (starts.length === span) each(starts[0]!, ends[span - 1]!, next);
      };
      eachSentence(text, (start, end) => {
        emit(start);
        if (starts.length === span) {
          starts.shift();
          ends.shift();
        }
        starts.push(start);
        ends.push(end);
      });
      emit(text.length);
    },
  });
}
