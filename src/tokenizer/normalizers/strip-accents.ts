/** StripAccents: drops combining marks (Unicode 9's M); it takes nothing apart, so it is used after NFD or NFKD. */
import { isCombiningMark } from '../characters/classes.ts';
import { classOf, lazy } from '../characters/ranges.ts';
import { combiningRanges } from '../characters/tables.gen.ts';
import { defineNormalizer } from '../hf/component.ts';
import { characterNormalizer } from './characters.ts';

const marks = lazy(() => new RegExp(`[${classOf(combiningRanges)}]+`, 'gu'));

export const stripAccents = defineNormalizer({
  name: 'strip-accents',
  type: 'StripAccents',
  read: () =>
    characterNormalizer(
      (text) => text.replace(marks(), ''),
      (codePoint) => (isCombiningMark(codePoint) ? '' : undefined),
      { type: 'StripAccents' },
    ),
});
