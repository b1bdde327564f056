/**
 * tiktoken's patterns are written for Rust's fancy-regex, those of tokenizer.json for Oniguruma. Where one expression
 * means different things to the two, it is rewritten: `$` and `^` (the text's ends or a line's), `x{1,3}+` (possessive
 * or a repeat of the repeat), `\w`.
 */
import { AthanorError } from '../../core/index.ts';

/** What `\w` is to fancy-regex (Unicode's definition), as members of a class. */
const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';

/**
 * @param pattern an expression as tiktoken reads it
 * @returns the expression that cuts texts in the same places in Oniguruma's syntax
 * @throws AthanorError('unsupported') for a possessive `{n,m}+` that something follows
 */
export function toOniguruma(pattern: string): string {
  return rewrite(pattern, (token, inClass, rest) => {
    if (token === '\\w') return inClass ? word : `[${word}]`;
    if (token === '\\W' && !inClass) return `[^${word}]`;
    if (inClass) return token;
    if (token === '$') return '\\z';
    if (token === '^') return '\\A';
    // At the end of an alternative nothing would make the repeat give back what it has.
    if (/^\{\d+(,\d*)?\}\+$/.test(token)) {
      if (rest === '' || rest.startsWith('|')) return token.slice(0, -1);
      throw differs('a possessive repeat {n,m}+ that something follows', pattern);
    }
    return token;
  });
}

/**
 * The way back.
 * @throws AthanorError('unsupported') for a repeat of a repeat, `{n,m}+`
 */
export function toFancyRegex(pattern: string): string {
  return rewrite(pattern, (token, inClass) => {
    if (inClass) return token;
    if (token === '$') return '(?m:$)';
    if (token === '^') return '(?m:^)';
    if (/^\{\d+(,\d*)?\}\+$/.test(token)) throw differs('a repeat of a repeat {n,m}+', pattern);
    return token;
  });
}

function differs(what: string, pattern: string): AthanorError {
  return new AthanorError('unsupported', `pattern: ${what} is read differently by Oniguruma and fancy-regex`, {
    place: 'pattern',
    values: { pattern },
    hint: 'Write it without.',
  });
}

/** Takes the expression apart into escapes, braces, brackets and single characters. */
function rewrite(pattern: string, change: (token: string, inClass: boolean, rest: string) => string): string {
  const tokens = /\\[pPx]\{[^}]*\}|\\[\s\S]|\{\d+(?:,\d*)?\}\+?|[\s\S]/gu;
  let depth = 0;
  let out = '';
  for (const found of pattern.matchAll(tokens)) {
    const token = found[0];
    const inClass = depth > 0;
    const opensClass = token === '[';
    out += opensClass ? token : change(token, inClass, pattern.slice(found.index + token.length));
    if (opensClass) depth++;
    else if (token === ']' && inClass) depth--;
  }
  return out;
}
