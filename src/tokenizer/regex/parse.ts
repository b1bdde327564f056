/**
 * Reads a regular expression as Hugging Face's tokenizers (Oniguruma, Ruby syntax) or tiktoken (Rust fancy-regex) do,
 * into a tree. What the tree cannot say (back-references, atomic groups, conditions) is an error naming the construct.
 */
import { AthanorError } from '../../core/index.ts';
import { isProperty } from '../unicode/properties.ts';
import { allOf, anyChar, anyOf, type CharSet, not, property, ranges } from './char-set.ts';
import type { RegexNode } from './syntax.ts';

/** Where the two differ: `$` and `^` are a line's ends in Oniguruma, the text's ends in fancy-regex. */
export type RegexDialect = 'oniguruma' | 'fancy-regex';

const newline = ranges([10, 10]);

/** `\w` of each, measured over all code points. */
const wordChars: Readonly<Record<RegexDialect, CharSet>> = {
  oniguruma: anyOf([
    ...['Alphabetic', 'M', 'Nd', 'Pc'].map(property),
    ranges([0xb2, 0xb3], [0xb9, 0xb9], [0xbc, 0xbe]), // superscripts and fractions of Latin-1, and no others
  ]),
  'fancy-regex': anyOf(['Alphabetic', 'M', 'Nd', 'Pc', 'Join_Control'].map(property)),
};

/** Escapes that stand for a set; besides `\w`. */
const escapes: Readonly<Record<string, CharSet>> = {
  s: property('White_Space'),
  S: not(property('White_Space')),
  d: property('Nd'),
  D: not(property('Nd')),
  h: ranges([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]),
  H: not(ranges([0x30, 0x39], [0x41, 0x46], [0x61, 0x66])),
};

const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, e: 27 };

/** POSIX names that both engines take for a property; others are general categories or scripts. */
const posix: Readonly<Record<string, string>> = {
  alpha: 'Alphabetic',
  space: 'White_Space',
  digit: 'Nd',
  upper: 'Uppercase',
  lower: 'Lowercase',
  punct: 'P',
  cntrl: 'Cc',
};

/** Letters whose case variants go beyond upper and lower (Unicode simple case folding). */
const foldings: Readonly<Record<string, readonly string[]>> = { s: ['ſ'], k: ['\u212A'], å: ['\u212B'] };

const maxNesting = 250;

class Parser {
  at = 0;
  caseless = false;
  depth = 0;
  readonly source: string;
  readonly place: string;
  readonly dialect: RegexDialect;

  constructor(source: string, place: string, dialect: RegexDialect) {
    this.source = source;
    this.place = place;
    this.dialect = dialect;
  }

  malformed(what: string): AthanorError {
    const shown = this.source.length > 80 ? `${this.source.slice(0, 80)}…` : this.source;
    return new AthanorError('bad-file', `${this.place}: ${what} at character ${this.at} of the expression ${shown}`, {
      place: this.place,
    });
  }

  unsupported(construct: string): AthanorError {
    return new AthanorError('unsupported', `${this.place}: the regular expression uses ${construct}`, {
      place: this.place,
      hint: 'Supported: alternatives, groups, look-around, classes, \\p{…}, (?i:…), greedy, lazy and possessive repeats.',
      values: { source: this.source.slice(0, 1000), construct },
    });
  }

  /** Everything up to the end, or to the `)` of the enclosing group. */
  choice(inGroup: boolean): RegexNode {
    if (++this.depth > maxNesting) throw this.unsupported(`groups nested more than ${maxNesting} deep`);
    const { caseless } = this;
    const options: RegexNode[] = [];
    let parts: RegexNode[] = [];
    while (this.at < this.source.length) {
      const char = this.source[this.at];
      if (char === ')') {
        if (inGroup) break;
        throw this.malformed("unmatched ')'");
      }
      if (char === '|') {
        this.at++;
        options.push(sequence(parts));
        parts = [];
      } else {
        const atom = this.atom();
        if (atom) parts.push(this.repeats(atom));
      }
    }
    options.push(sequence(parts));
    this.caseless = caseless;
    this.depth--;
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  /** One atom, or undefined for a bare flag such as `(?i)`. */
  private atom(): RegexNode | undefined {
    const char = String.fromCodePoint(this.source.codePointAt(this.at)!);
    if (char === '(') return this.group();
    if (char === '[') return { kind: 'set', set: this.bracketClass() };
    if (char === '\\') return this.escape();
    if ('*+?'.includes(char)) throw this.malformed(`nothing to repeat before '${char}'`);
    this.at += char.length;
    if (char === '.') return { kind: 'set', set: not(newline) };
    if (char === '^') return this.dialect === 'oniguruma' ? look(true, true, not(newline)) : look(true, true, anyChar);
    if (char === '$')
      return this.dialect === 'oniguruma' ? look(false, true, not(newline)) : look(false, true, anyChar);
    return { kind: 'set', set: this.literal(char.codePointAt(0)!) };
  }

  private group(): RegexNode | undefined {
    const head = /^\((?:\?(?:[:=!]|<[=!]|<[A-Za-z_]\w*>|P<[A-Za-z_]\w*>|([imxsu]*)(-[imxsu]+)?([:)])|.?.?))?/su.exec(
      this.source.slice(this.at, this.at + 80),
    )!;
    const [open, on, off, end] = head;
    if (end !== undefined && (on || off || end === ':')) {
      if (/[mxsu]/.test(on ?? '')) throw this.unsupported(`the group ${open}`);
      this.at += open.length;
      const outer = this.caseless;
      this.caseless = off?.includes('i') ? false : on?.includes('i') || outer;
      if (end === ')') return undefined; // holds up to the end of the enclosing group
      const body = this.closed();
      this.caseless = outer;
      return body;
    }
    if (!/^\((?:\?(?::|=|!|<[=!]|P?<[A-Za-z_]\w*>))?$/.test(open)) {
      throw this.unsupported(open.startsWith('(?>') ? 'an atomic group (?>…)' : `the group ${open}`);
    }
    this.at += open.length;
    const outer = this.caseless;
    const body = this.closed();
    this.caseless = outer;
    const around = /^\(\?(<?)([=!])$/.exec(open);
    return around ? { kind: 'look', behind: around[1] === '<', negative: around[2] === '!', body } : body;
  }

  private closed(): RegexNode {
    const body = this.choice(true);
    if (this.source[this.at] !== ')') throw this.malformed("missing ')'");
    this.at++;
    return body;
  }

  private repeats(atom: RegexNode): RegexNode {
    const found = /^(?:[*+?]|\{(\d{1,9})(,?)(\d{0,9})\}|\{,(\d{1,9})\})/.exec(this.source.slice(this.at, this.at + 24));
    if (!found) return atom;
    const [text, low, comma, high, upTo] = found;
    this.at += text.length;
    const braces = text.startsWith('{');
    let min = text === '+' ? 1 : 0;
    let max = text === '?' ? 1 : Number.POSITIVE_INFINITY;
    if (braces) {
      min = Number(low ?? 0);
      max = upTo !== undefined ? Number(upTo) : comma ? (high ? Number(high) : Number.POSITIVE_INFINITY) : min;
      if (max < min) throw this.malformed(`the repeat ${text} ends before it begins`);
    }
    const next = this.source[this.at];
    // In Oniguruma `{n,m}+` repeats the repeat; in fancy-regex it is possessive.
    const possessive = next === '+' && (!braces || this.dialect === 'fancy-regex');
    const mode = possessive ? 'possessive' : next === '?' ? 'lazy' : 'greedy';
    if (mode !== 'greedy') this.at++;
    return this.repeats({ kind: 'repeat', body: atom, min, max, mode });
  }

  /** `\…` outside a class. */
  private escape(): RegexNode {
    const char = this.source[this.at + 1];
    const place = char === undefined ? undefined : this.assertion(char);
    if (place) {
      this.at += 2;
      return place;
    }
    return { kind: 'set', set: this.escapedSet() };
  }

  private assertion(char: string): RegexNode | undefined {
    const word = { kind: 'set', set: wordChars[this.dialect] } as const;
    const at = (behind: boolean, negative: boolean): RegexNode => ({ kind: 'look', behind, negative, body: word });
    switch (char) {
      case 'A':
        return look(true, true, anyChar);
      case 'z':
        return look(false, true, anyChar);
      case 'b':
        return either([at(true, false), at(false, true)], [at(true, true), at(false, false)]);
      case 'B':
        return either([at(true, false), at(false, false)], [at(true, true), at(false, true)]);
      default:
        return undefined;
    }
  }

  /** `\…` that is one character or a set of them. */
  private escapedSet(): CharSet {
    const rest = this.source.slice(this.at, this.at + 64);
    const named = /^\\([pP])(?:\{(\^?)([^}]*)\}|([A-Z]))/.exec(rest);
    if (named) {
      this.at += named[0].length;
      const set = this.named(named[3] ?? named[4]!);
      return (named[1] === 'P') !== (named[2] === '^') ? not(set) : set;
    }
    const code = /^\\(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\})/.exec(
      rest,
    );
    if (code) {
      const value = Number.parseInt(code.slice(1).find(Boolean)!, 16);
      if (value > 0x10ffff) throw this.malformed('a code point above U+10FFFF');
      this.at += code[0].length;
      return this.literal(value);
    }
    const char = String.fromCodePoint(rest.codePointAt(1) ?? 0);
    if (rest.length < 2) throw this.malformed("a '\\' at the end");
    const word = wordChars[this.dialect];
    const set = char === 'w' ? word : char === 'W' ? not(word) : escapes[char];
    if (set) {
      this.at += 2;
      return set;
    }
    if (controls[char] !== undefined) {
      this.at += 2;
      return ranges([controls[char], controls[char]]);
    }
    if (char === '0' && !/^\d/.test(rest.slice(2))) {
      this.at += 2;
      return ranges([0, 0]);
    }
    if (/[\p{L}\p{N}]/u.test(char)) throw this.unsupported(`\\${char}`);
    this.at += 1 + char.length;
    return this.literal(char.codePointAt(0)!);
  }

  private named(name: string): CharSet {
    const known = [posix[name.toLowerCase()], name, `Script=${name}`].find(
      (candidate) => candidate !== undefined && isProperty(candidate),
    );
    if (known === undefined) throw this.unsupported(`\\p{${name}}`);
    return property(known);
  }

  private bracketClass(): CharSet {
    if (++this.depth > maxNesting) throw this.unsupported(`classes nested more than ${maxNesting} deep`);
    this.at++;
    const negated = this.source[this.at] === '^';
    if (negated) this.at++;
    const intersection: CharSet[] = [];
    let items: CharSet[] = [];
    for (let first = true; ; first = false) {
      const char = this.source[this.at];
      if (char === undefined) throw this.malformed("missing ']'");
      if (char === ']' && !first) break;
      if (this.source.startsWith('&&', this.at)) {
        this.at += 2;
        intersection.push(anyOf(items));
        items = [];
      } else if (this.source.startsWith('[:', this.at)) {
        items.push(this.posixClass());
      } else if (char === '[') {
        items.push(this.bracketClass());
      } else {
        items.push(this.classItem());
      }
    }
    this.at++;
    this.depth--;
    const set = allOf([...intersection, anyOf(items)]);
    return negated ? not(set) : set;
  }

  private posixClass(): CharSet {
    const found = /^\[:(\^?)(\w+):\]/.exec(this.source.slice(this.at, this.at + 24));
    if (!found) throw this.unsupported('a class that begins with [[:');
    this.at += found[0].length;
    const set = this.named(found[2]!);
    return found[1] ? not(set) : set;
  }

  /** A character, a set such as `\s`, or a range. */
  private classItem(): CharSet {
    const from = this.classAtom();
    const isRange = this.source[this.at] === '-' && ![']', undefined].includes(this.source[this.at + 1]);
    if (!isRange || from.code === undefined) return from.set;
    const before = this.at++;
    const to = this.classAtom();
    if (to.code === undefined) {
      this.at = before;
      return from.set;
    }
    if (to.code < from.code) throw this.malformed('a range that ends before it begins');
    const range: CharSet = ranges([from.code, to.code]);
    if (!this.caseless) return range;
    if (to.code - from.code > 1000) throw this.unsupported('a range of over 1,000 characters under (?i)');
    const codes = Array.from({ length: to.code - from.code + 1 }, (_, i) => from.code! + i);
    return anyOf(codes.map((code) => this.literal(code)));
  }

  private classAtom(): { readonly set: CharSet; readonly code?: number } {
    const start = this.at;
    const code = this.source.codePointAt(start)!;
    if (code !== 0x5c) {
      this.at += code > 0xffff ? 2 : 1;
      return { set: this.literal(code), code };
    }
    const caseless = this.caseless;
    this.caseless = false;
    const plain = this.escapedSet();
    this.caseless = caseless;
    const only = plain.kind === 'ranges' && plain.ranges.length === 1 ? plain.ranges[0]! : undefined;
    if (!only || only[0] !== only[1]) return { set: plain };
    return { set: this.literal(only[0]), code: only[0] };
  }

  /** A character as itself; under (?i) all its case variants. */
  private literal(code: number): CharSet {
    if (!this.caseless) return ranges([code, code]);
    const char = String.fromCodePoint(code);
    const lower = char.toLowerCase();
    const variants = [char, lower, char.toUpperCase(), ...(foldings[lower] ?? [])];
    const single = new Set(variants.filter((one) => [...one].length === 1).map((one) => one.codePointAt(0)!));
    return ranges(...[...single].map((one) => [one, one] as const));
  }
}

function sequence(parts: readonly RegexNode[]): RegexNode {
  if (parts.length === 1) return parts[0]!;
  return parts.length === 0 ? { kind: 'empty' } : { kind: 'sequence', parts };
}

function look(behind: boolean, negative: boolean, set: CharSet): RegexNode {
  return { kind: 'look', behind, negative, body: { kind: 'set', set } };
}

function either(...options: readonly (readonly RegexNode[])[]): RegexNode {
  return { kind: 'choice', options: options.map(sequence) };
}

/**
 * @param place where the expression stands, for errors
 * @throws AthanorError('unsupported') naming the construct; ('bad-file') when it is not a regular expression
 */
export function parseRegex(source: string, place: string, dialect: RegexDialect = 'oniguruma'): RegexNode {
  return new Parser(source, place, dialect).choice(false);
}
