/**
 * Writes a regular expression's tree in JavaScript's syntax (flag v), for the few expressions that need more
 * look-around than an automaton has. Possessive repeats become look-ahead, whose matches are not given back.
 */
import { postdating } from '../unicode/properties.ts';
import type { CharSet } from './char-set.ts';
import type { RegexNode } from './syntax.ts';

export function toJavaScript(node: RegexNode): RegExp {
  let names = 0;
  const write = (part: RegexNode): string => {
    switch (part.kind) {
      case 'empty':
        return '';
      case 'set':
        return writeSet(part.set);
      case 'sequence':
        return part.parts.map(write).join('');
      case 'choice':
        return `(?:${part.options.map(write).join('|')})`;
      case 'look':
        return `(?${part.behind ? '<' : ''}${part.negative ? '!' : '='}${write(part.body)})`;
      case 'repeat': {
        const max = part.max === Number.POSITIVE_INFINITY ? '' : part.max;
        const repeat = `(?:${write(part.body)}){${part.min},${max}}`;
        if (part.mode !== 'possessive') return part.mode === 'lazy' ? `${repeat}?` : repeat;
        const name = `possessive${++names}`;
        return `(?:(?=(?<${name}>${repeat}))\\k<${name}>)`;
      }
    }
  };
  return new RegExp(write(node), 'gv');
}

function writeSet(set: CharSet): string {
  switch (set.kind) {
    case 'ranges':
      return `[${set.ranges.map(([from, to]) => `${escaped(from)}-${escaped(to)}`).join('')}]`;
    case 'property':
      return `[\\p{${set.name}}--${writeSet({ kind: 'ranges', ranges: postdating })}]`;
    case 'not':
      return `[^${writeSet(set.of)}]`;
    case 'any-of':
      return `[${set.sets.map(writeSet).join('')}]`;
    case 'all-of':
      return `[${set.sets.map(writeSet).join('&&')}]`;
  }
}

function escaped(code: number): string {
  return `\\u{${code.toString(16)}}`;
}
