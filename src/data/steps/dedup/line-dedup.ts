/**
 * Removes lines that came before, in any document: navigation, cookie notices, licence headers, repeated in thousands of
 * pages. Lines are compared folded; the first occurrence stays; a document of which little remains is dropped.
 * Origin: CCNet (Wenzek et al. 2020, §3.1: normalised paragraphs, which are lines there, by 64 bits of their hash); dolma's
 * `paragraph dedupe` (Soldaini et al. 2024, §5.1.4; a Bloom filter there, exact here). Lines of fewer than 20 letters stay: a
 * heading or a refrain is no boilerplate.
 *
 * Cost: one pass on all cores; 8 bytes a line, sorted out of core within the memory given. A line is known by 64 bits: among
 * 10^9 lines a false match somewhere has a chance of 3 %.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { eachLine } from '../../text/lines.ts';
import { minCharacters, pieceOptions, pieceSurvey } from './pieces.ts';

const config = z.strictObject({ min_characters: minCharacters, ...pieceOptions });

export const lineDedup = defineStep({
  name: 'line-dedup',
  kind: 'dedup',
  version: 1,
  config,
  describe: ({ min_characters, normalize }) =>
    `Lines of ${min_characters} characters and more that came before (comparison: ${normalize}): the first stays`,
  survey: pieceSurvey<typeof config>({ each: eachLine, plural: 'lines' }),
});
