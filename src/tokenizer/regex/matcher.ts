/**
 * The pattern language of tokenizer.json behind one function: where does a pattern match? Callers know nothing of how
 * it is matched.
 */
import { AthanorError } from '../../core/index.ts';
import { Dfa } from './dfa.ts';
import { parseRegex, type RegexDialect } from './parse.ts';
import { canBeEmpty, compileProgram, isTame, maxInstructions } from './program.ts';
import { toJavaScript } from './to-js.ts';

export interface Matcher {
  /**
   * Non-overlapping matches from left to right, as flat pairs [start, end, start, end, …] in UTF-16 units. An empty
   * match counts (`(?=…)` cuts where it stands), but not right behind another match; in an empty text there is none.
   * Time is linear in the text wherever `dfa` is there.
   */
  matches(text: string): number[];
  /** The automaton, for matching bytes; only the few expressions that need wide look-around have none. */
  readonly dfa?: Dfa;
  /** Whether a match may be empty. */
  readonly canBeEmpty: boolean;
}

/** Longest expression that is read. */
const maxLength = 20_000;

/**
 * @param source a regular expression in Oniguruma's syntax, as Hugging Face's tokenizers read it, or fancy-regex's
 * @param place JSON path of the expression, for errors
 * @throws AthanorError('unsupported') naming the construct; ('bad-file') when it is not a regular expression, is too
 *   large, or may backtrack without bound
 */
export function compileRegex(source: string, place: string, dialect: RegexDialect = 'oniguruma'): Matcher {
  const known = compiled.get(dialect + source);
  if (known) return known;
  if (source.length > maxLength) throw tooLarge(`${source.length} characters long, more than ${maxLength}`, place);
  const tree = parseRegex(source, place, dialect);
  const program = compileProgram(tree);
  if (program === 'too-large') throw tooLarge(`compiled to more than ${maxInstructions} instructions`, place);
  if (!program && !isTame(tree))
    throw new AthanorError('unsupported', `${place}: the regular expression may backtrack without bound`, {
      place,
      hint: 'Write it without an unlimited repeat inside another, or without look-around over several characters.',
      values: { source: source.slice(0, 1000) },
    });
  const matcher = {
    ...(program ? automatic(new Dfa(program)) : backtracking(toJavaScript(tree))),
    canBeEmpty: canBeEmpty(tree),
  };
  if (compiled.size >= 64) compiled.clear();
  compiled.set(dialect + source, matcher);
  return matcher;
}

/** Compiled expressions: tokenizers share a handful, and their automata get warm. */
const compiled = new Map<string, Matcher>();

function tooLarge(what: string, place: string): AthanorError {
  return new AthanorError('bad-file', `${place}: the regular expression is too large: ${what}`, { place });
}

function automatic(dfa: Dfa): Omit<Matcher, 'canBeEmpty'> {
  return {
    dfa,
    matches(text) {
      const spans: number[] = [];
      if (text === '') return spans;
      dfa.begin();
      let last = -1; // end of the last match
      for (let at = 0; at <= text.length; ) {
        const end = dfa.matchText(text, 0, at, text.length);
        if (end > at || (end === at && at !== last)) spans.push(at, end);
        if (end > at) at = last = end;
        else at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      }
      return spans;
    },
  };
}

function backtracking(regex: RegExp): Omit<Matcher, 'canBeEmpty'> {
  return {
    matches(text) {
      const spans: number[] = [];
      let last = text === '' ? 0 : -1; // end of the last match
      for (const found of text.matchAll(regex)) {
        const end = found.index + found[0].length;
        if (end > found.index || end !== last) spans.push(found.index, end);
        last = end;
      }
      return spans;
    },
  };
}

/** Matches of a plain string; an empty one matches nothing. */
export function literalMatcher(needle: string): Matcher {
  return {
    canBeEmpty: false,
    matches(text) {
      const spans: number[] = [];
      if (needle === '') return spans;
      for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length))
        spans.push(at, at + needle.length);
      return spans;
    },
  };
}
