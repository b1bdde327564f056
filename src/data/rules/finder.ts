/**
 * Where a rule's pattern matches. Time is linear in the text whatever the pattern: regular expressions with a repeat
 * that has no upper limit run on RE2's automaton (npm package re2js), others on the engine's own, which is faster.
 */
import { AthanorError } from '../../core/index.ts';
import type { Rule } from './schema.ts';

/** Calls `each` with the first unit of a match and the unit behind it, in order, without overlaps. */
export type Finder = (text: string, each: (start: number, end: number) => void) => void;

/** Longest expression that is read. */
const maxLength = 5000;
/** What `between` may hold: further away, a mark is taken for a stray one. */
const maxBetween = 5000;

/** @param place the rule's place in the recipe or file, for errors */
export async function finderOf(rule: Rule, place: string): Promise<Finder> {
  if (rule.text !== undefined) return rule.ignore_case ? native(quoted(rule.text), 'giu') : literal(rule.text);
  if (rule.url) return native("(?:https?:\\/\\/|ftp:\\/\\/|www\\.)[\\w\\-.~:\\/?#@!$&'*+,;=%]{1,2000}", 'gi');
  if (rule.between !== undefined) return between(rule.between, rule.keep_marks);
  return expression(rule, place);
}

function literal(text: string): Finder {
  return (given, each) => {
    for (let at = given.indexOf(text); at >= 0; at = given.indexOf(text, at + text.length)) each(at, at + text.length);
  };
}

function between([open, close]: readonly [string, string], keepMarks: boolean): Finder {
  return (text, each) => {
    // Both only move forward: each stretch is searched once.
    let closing = -1;
    let paragraph = -1;
    for (let start = text.indexOf(open); start >= 0; ) {
      const inside = start + open.length;
      if (closing < inside) closing = indexOrEnd(text, close, inside);
      if (paragraph < inside) paragraph = indexOrEnd(text, '\n\n', inside);
      if (closing === text.length) return;
      if (closing < paragraph && closing - inside <= maxBetween) {
        const end = closing + close.length;
        if (keepMarks) each(inside, closing);
        else each(start, end);
        start = text.indexOf(open, end);
      } else start = text.indexOf(open, inside);
    }
  };
}

function indexOrEnd(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from);
  return at < 0 ? text.length : at;
}

function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function native(source: string, flags: string): Finder {
  const pattern = new RegExp(source, flags);
  return (text, each) => {
    for (const match of text.matchAll(pattern)) if (match[0] !== '') each(match.index, match.index + match[0].length);
  };
}

async function expression(rule: Rule, place: string): Promise<Finder> {
  const source = rule.regex!;
  if (source.length > maxLength)
    throw new AthanorError('bad-input', `${place}.regex: ${source.length} characters, more than ${maxLength}`, {
      place,
    });
  const { RE2JS } = await import('re2js');
  let compiled: ReturnType<typeof RE2JS.compile>;
  try {
    compiled = RE2JS.compile(source, RE2JS.MULTILINE | (rule.ignore_case ? RE2JS.CASE_INSENSITIVE : 0));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new AthanorError('bad-input', `${place}.regex: ${message}`, {
      place: `${place}.regex`,
      hint: 'Expressions are in RE2 syntax: look-around and back-references are left out, so that no text can make them slow.',
      values: { regex: source },
      cause: error,
    });
  }
  if (isBounded(source)) {
    try {
      return native(source, `gmu${rule.ignore_case ? 'i' : ''}`);
    } catch {
      // RE2's syntax that JavaScript lacks: `(?i)`, `\pL`, `\Q…\E`.
    }
  }
  return (text, each) => {
    const matcher = compiled.matcher(text);
    while (matcher.find()) if (matcher.end() > matcher.start()) each(matcher.start(), matcher.end());
  };
}

/** Few and small repeats, none of a group: the engine's backtracking stays short. */
function isBounded(source: string): boolean {
  const bare = source.replace(/\\./gs, '').replace(/\[[^\]]*\]/g, '.');
  if (/[*+]|,\}|\)[{?]/.test(bare) || bare.split('?').length > 9) return false;
  const sizes = [...bare.matchAll(/\{(?:\d+,)?(\d+)\}/g)].map((match) => Math.max(1, Number(match[1])));
  return sizes.reduce((product, size) => product * size, 1) <= 1000;
}
