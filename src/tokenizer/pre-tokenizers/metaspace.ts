/**
 * Metaspace: SentencePiece's way with spaces: each becomes ▁, one is put in front, and a piece begins at each ▁.
 */
import type { AlignedText } from '../aligned-text.ts';
import { badFile, booleanAt, definePreTokenizer, stringAt } from '../hf/component.ts';
import { literalMatcher } from '../regex/matcher.ts';
import type { PreTokenizerStep } from '../types.ts';
import type { OriginStep } from './run.ts';
import { splitSpans } from './spans.ts';

const schemes = ['first', 'never', 'always'] as const;
type PrependScheme = (typeof schemes)[number];

export const metaspace = definePreTokenizer({
  name: 'metaspace',
  type: 'Metaspace',
  read(json, place) {
    const replacement = stringAt(json, 'replacement', place);
    if ([...replacement].length !== 1) throw badFile(`${place}.replacement`, 'expected one character', replacement);
    const scheme = readScheme(json, place);
    const isSplit = booleanAt(json, 'split', place, true);
    const marks = literalMatcher(replacement);
    const spaces = literalMatcher(' ');
    const prepends = (text: string, first: boolean) =>
      scheme !== 'never' && (scheme === 'always' || first) && !text.startsWith(replacement);
    const step: PreTokenizerStep = {
      rewrite(text, first) {
        const marked = text.replaceAll(' ', replacement);
        return prepends(marked, first) ? replacement + marked : marked;
      },
      align(text) {
        const marked = marksForSpaces(text, spaces.matches(text.text), replacement);
        return prepends(marked.text, marked.origin === 0) ? marked.prepend(replacement) : marked;
      },
      ...(isSplit && { cut: (text: string) => splitSpans(text.length, marks.matches(text), 'MergedWithNext') }),
    };
    const originStep: OriginStep = { ...step, usesOrigin: true };
    return {
      steps: [scheme === 'first' ? originStep : step],
      toJSON: () => ({ type: 'Metaspace', replacement, prepend_scheme: scheme, split: isSplit }),
    };
  },
});

const marksForSpaces = (text: AlignedText, spaces: readonly number[], replacement: string) =>
  text.replace(spaces, replacement);

/** Files from before the schemes say `add_prefix_space`. */
function readScheme(json: Readonly<Record<string, unknown>>, place: string): PrependScheme {
  const addPrefixSpace = booleanAt(json, 'add_prefix_space', place, true);
  const named = json.prepend_scheme ?? (addPrefixSpace ? 'always' : 'never');
  const scheme = schemes.find((name) => name === named);
  if (!scheme) throw badFile(`${place}.prepend_scheme`, `expected one of ${schemes.join(', ')}`, named);
  if (!addPrefixSpace && scheme !== 'never')
    throw badFile(`${place}.prepend_scheme`, "expected 'never', as add_prefix_space is false", scheme);
  return scheme;
}
