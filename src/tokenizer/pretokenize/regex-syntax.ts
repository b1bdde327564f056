/**
 * Translates a regular expression as Hugging Face's tokenizers understand it (Oniguruma, Ruby syntax, Unicode)
 * into a JavaScript one with the same matches: `\s` is Unicode white space, `(?i:…)` works on Node 20, `++` is
 * possessive. A construct that cannot be expressed is an error naming it, never a silent difference.
 */
import { AthanorError } from '../../core/index.ts';

/** Escapes that stand for a set, as it is written inside `[…]`. */
const sets: Readonly<Record<string, string>> = {
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: '\\p{L}\\p{M}\\p{N}\\p{Pc}',
  h: '0-9a-fA-F',
};

const word = `[${sets.w}]`;

/** Escapes that stand for a place or an alternative; outside `[…]` only. */
const places: Readonly<Record<string, string>> = {
  W: `[^${sets.w}]`,
  H: `[^${sets.h}]`,
  b: `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  B: `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
  A: '(?<![^])',
  z: '(?![^])',
  Z: '(?=\\n?(?![^]))',
};

/** Letters whose case variants go beyond upper and lower (Unicode simple case folding). */
const foldings: Readonly<Record<string, string>> = { s: 'ſ', k: '\u212A', å: '\u212B' };

interface State {
  readonly source: string;
  readonly place: string;
  at: number;
  caseless: boolean;
  possessives: number;
}

/**
 * @param place the JSON path of the expression, for errors
 * @returns an expression with flags `g` and `u`
 * @throws AthanorError('unsupported') naming the construct; ('bad-file') when it is not a regular expression
 */
export function translateRegex(source: string, place: string): RegExp {
  const state: State = { source, place, at: 0, caseless: false, possessives: 0 };
  const translated = readAlternatives(state, false);
  try {
    return new RegExp(translated, 'gu');
  } catch (cause) {
    throw new AthanorError('bad-file', `${place}: not a valid regular expression: ${source}`, { place, cause });
  }
}

function unsupported(state: State, construct: string): AthanorError {
  return new AthanorError(
    'unsupported',
    `${state.place}: the regular expression uses ${construct}, which is not supported`,
    {
      place: state.place,
      hint: 'Supported: alternatives, groups, look-around, classes, \\p{…}, (?i:…), greedy, lazy and possessive repeats.',
      values: { source: state.source, construct },
    },
  );
}

/** Everything up to the end, or to the `)` of the enclosing group. */
function readAlternatives(state: State, inGroup: boolean): string {
  const { caseless } = state;
  let out = '';
  while (state.at < state.source.length) {
    if (state.source[state.at] === ')') {
      if (inGroup) break;
      throw new AthanorError('bad-file', `${state.place}: unmatched ')' in the regular expression`, {
        place: state.place,
      });
    }
    if (state.source[state.at] === '|') {
      out += '|';
      state.at++;
    } else {
      const atom = readAtom(state);
      out += atom === undefined ? '' : readRepeat(state, atom);
    }
  }
  state.caseless = caseless;
  return out;
}

/** One atom, or undefined for a bare flag such as `(?i)`. */
function readAtom(state: State): string | undefined {
  const char = String.fromCodePoint(state.source.codePointAt(state.at)!);
  if (char === '(') return readGroup(state);
  if (char === '[') return readClass(state);
  if (char === '\\') return readEscape(state, false);
  state.at += char.length;
  if (char === '.') return '[^\\n]';
  if (char === '^') return '(?<![^\\n])';
  if (char === '$') return '(?![^\\n])';
  if ('*+?'.includes(char))
    throw new AthanorError('bad-file', `${state.place}: nothing to repeat before '${char}'`, { place: state.place });
  return literal(state, char, false);
}

function readGroup(state: State): string | undefined {
  const head = /^\((?:\?(?:[:=!]|<[=!]|<[A-Za-z_]\w*>|(?<flags>i?)(?<off>-[imx]+)?(?<end>[:)])|.?.?))?/su.exec(
    state.source.slice(state.at),
  )!;
  const { flags, off, end } = head.groups!;
  let open = head[0];
  state.at += open.length;
  const outer = state.caseless;
  if (end !== undefined && !(flags === '' && off === undefined && end === ')')) {
    state.caseless = off?.includes('i') ? false : flags === 'i' || outer;
    if (end === ')') return undefined; // holds up to the end of the enclosing group
    open = '(?:';
  } else if (!/^\((?:\?(?:[:=!]|<[=!]|<[A-Za-z_]\w*>))?$/.test(open)) {
    throw unsupported(state, open.startsWith('(?>') ? 'an atomic group (?>…)' : `the group ${open}`);
  }
  const body = readAlternatives(state, true);
  if (state.source[state.at] !== ')')
    throw new AthanorError('bad-file', `${state.place}: missing ')' in the regular expression`, { place: state.place });
  state.at++;
  state.caseless = outer;
  return `${open}${body})`;
}

function readRepeat(state: State, atom: string): string {
  const repeat = /^(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})/.exec(state.source.slice(state.at))?.[0];
  if (!repeat) return atom;
  state.at += repeat.length;
  const quantifier = repeat.startsWith('{,') ? `{0${repeat.slice(1)}` : repeat;
  const next = state.source[state.at];
  if (next === '+' && !repeat.startsWith('{')) {
    // Possessive: what a look-ahead has matched is not given back.
    state.at++;
    const name = `possessive${++state.possessives}`;
    return readRepeat(state, `(?:(?=(?<${name}>${atom}${quantifier}))\\k<${name}>)`);
  }
  if (next === '?') {
    state.at++;
    return `${atom}${quantifier}?`;
  }
  return next !== undefined && /[*+?]/.test(next)
    ? readRepeat(state, `(?:${atom}${quantifier})`)
    : `${atom}${quantifier}`;
}

/** `\…` outside (`inClass` false) or inside a class. */
function readEscape(state: State, inClass: boolean): string {
  const rest = state.source.slice(state.at);
  const property = /^\\([pP])\{(\^?)([^}]*)\}/.exec(rest);
  if (property) {
    state.at += property[0].length;
    const negated = (property[1] === 'P') !== (property[2] === '^');
    return `\\${negated ? 'P' : 'p'}{${propertyName(state, property[3]!)}}`;
  }
  const code = /^\\(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(rest);
  if (code) {
    state.at += code[0].length;
    return literal(state, String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? code[3]!, 16)), inClass);
  }
  const char = String.fromCodePoint(rest.codePointAt(1) ?? 0);
  state.at += 1 + char.length;
  if (sets[char] !== undefined) return inClass || /^\\[pP]\{\w+\}$/.test(sets[char]) ? sets[char] : `[${sets[char]}]`;
  if ('nrtfv'.includes(char)) return `\\${char}`;
  if (char === '0' && !/\d/.test(rest[2] ?? '')) return '\\0';
  if (!inClass && places[char] !== undefined) return places[char];
  if (/[\p{L}\p{N}]/u.test(char) || rest.length < 2) throw unsupported(state, `\\${char}`);
  return literal(state, char, inClass);
}

/** JavaScript knows the general categories by the same names; scripts are written `Script=…`. */
function propertyName(state: State, name: string): string {
  const posix: Readonly<Record<string, string>> = {
    Alpha: 'Alphabetic',
    Space: 'White_Space',
    Digit: 'Nd',
    Upper: 'Uppercase',
    Lower: 'Lowercase',
  };
  for (const candidate of [posix[name], name, `Script=${name}`]) {
    if (candidate === undefined) continue;
    try {
      new RegExp(`\\p{${candidate}}`, 'u');
      return candidate;
    } catch {
      // not a name of this kind
    }
  }
  throw unsupported(state, `\\p{${name}}`);
}

function readClass(state: State): string {
  let out = state.source.startsWith('[^', state.at) ? '[^' : '[';
  state.at += out.length;
  let first = true;
  for (;;) {
    const char = state.source[state.at];
    if (char === undefined)
      throw new AthanorError('bad-file', `${state.place}: missing ']' in the regular expression`, {
        place: state.place,
      });
    if (char === ']' && !first) {
      state.at++;
      return `${out}]`;
    }
    if (char === '[') throw unsupported(state, 'a class inside a class');
    if (state.source.startsWith('&&', state.at)) throw unsupported(state, 'an intersection of classes (&&)');
    out += readClassItem(state);
    first = false;
  }
}

/** A character, a set such as `\s`, or a range. */
function readClassItem(state: State): string {
  const from = readClassAtom(state);
  const isRange = state.source[state.at] === '-' && ![']', undefined].includes(state.source[state.at + 1]);
  if (!isRange || from.set) return from.text;
  const before = state.at;
  state.at++;
  const to = readClassAtom(state);
  if (to.set) {
    state.at = before;
    return from.text;
  }
  if (!state.caseless) return `${from.text}-${to.text}`;
  if (!/^[a-zA-Z0-9]{2}$/.test(from.char + to.char))
    throw unsupported(state, 'a range of other than ASCII letters under (?i)');
  return rangeVariants(from.char, to.char);
}

function rangeVariants(from: string, to: string): string {
  let out = '';
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++)
    out += variants(String.fromCharCode(code)).map(escapeInClass).join('');
  return out;
}

function readClassAtom(state: State): { text: string; char: string; set: boolean } {
  const char = String.fromCodePoint(state.source.codePointAt(state.at)!);
  if (char !== '\\') {
    state.at += char.length;
    return { text: literal(state, char, true), char, set: false };
  }
  const text = readEscape(state, true);
  const set = /^\\[pP]|^0-9a-f/.test(text);
  return { text, char: set ? '' : text.replace(/^\\(?=[^nrtfv0])/, ''), set };
}

/** A character as itself; under (?i) all its case variants. */
function literal(state: State, char: string, inClass: boolean): string {
  const all = state.caseless ? variants(char) : [char];
  if (inClass) return all.map(escapeInClass).join('');
  return all.length > 1 ? `[${all.map(escapeInClass).join('')}]` : char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}

function escapeInClass(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
}

function variants(char: string): string[] {
  const lower = char.toLowerCase();
  const upper = char.toUpperCase();
  const found = [char, lower, upper, foldings[lower] ?? char];
  return [...new Set(found.filter((variant) => [...variant].length === 1))];
}
