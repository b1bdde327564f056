/**
 * The `pattern` of Split and Replace in tokenizer.json: {"String": …} or {"Regex": …}, as Hugging Face finds its
 * matches (utils/onig.rs: empty matches count, except right behind another match; in an empty text nothing is found).
 */
import { badFile } from './hf/component.ts';
import { compileRegex, literalMatcher } from './regex/matcher.ts';

export interface Pattern {
  /** The expression, for a Regex. */
  readonly source: string | undefined;
  /** The string, for a String. */
  readonly literal: string | undefined;
  /** Flat pairs [start, end, …] in UTF-16 units, ascending; some may be empty. */
  matches(text: string): readonly number[];
  readonly json: { readonly String: string } | { readonly Regex: string };
}

/** @throws AthanorError('bad-file' or 'unsupported') naming the place */
export function readPattern(json: unknown, place: string): Pattern {
  const object = typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  const { String: literal, Regex: source } = object;
  if (typeof literal === 'string') {
    // The empty string is searched as an expression there, and found before every character and at the end.
    const matches = literal === '' ? everywhere : literalMatcher(literal).matches;
    return { source: undefined, literal, matches, json: { String: literal } };
  }
  if (typeof source !== 'string') throw badFile(place, 'expected {"Regex": "…"} or {"String": "…"}', json);
  const matcher = compileRegex(source, `${place}.Regex`);
  return { source, literal: undefined, matches: (text) => matcher.matches(text), json: { Regex: source } };
}

function everywhere(text: string): number[] {
  const matches: number[] = [];
  if (text === '') return matches;
  for (let at = 0; at <= text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) matches.push(at, at);
  return matches;
}
