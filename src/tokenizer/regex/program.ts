/**
 * A regular expression as a small program (Thompson 1968; Pike's order of alternatives, as in RE2): threads in order of
 * priority, each at an instruction. Look-around is over one neighbouring character. Possessive repeats of one character
 * become greedy ones with a look-ahead. What does not fit is undefined, and somebody else must match it.
 */
import { type CharSet, keyOf } from './char-set.ts';
import type { RegexNode } from './syntax.ts';

export type Instruction =
  /** Consumes a character of sets[set]. */
  | { readonly op: 'char'; readonly set: number; next: number }
  /** Goes on at both, `first` with priority. */
  | { readonly op: 'split'; first: number; second: number }
  /** Goes on if the neighbour is (or, negative, is not) a character of sets[set]; outside the text there is none. */
  | { readonly op: 'look'; readonly behind: boolean; readonly negative: boolean; readonly set: number; next: number }
  | { readonly op: 'jump'; next: number }
  | { readonly op: 'match' };

export interface Program {
  readonly code: readonly Instruction[];
  readonly start: number;
  readonly sets: readonly CharSet[];
  readonly looksBehind: boolean;
}

/** Above this a pattern is no pattern but an attack; o200k has about 150. */
export const maxInstructions = 20_000;

class TooLarge extends Error {}
class Inexpressible extends Error {}

/** @returns undefined where the expression needs more than one character of look-around, or is too large */
export function compileProgram(root: RegexNode): Program | 'too-large' | undefined {
  const code: Instruction[] = [];
  const sets: CharSet[] = [];
  const setIds = new Map<string, number>();
  let looksBehind = false;

  const add = (instruction: Instruction): number => {
    if (code.length >= maxInstructions) throw new TooLarge();
    return code.push(instruction) - 1;
  };
  const setId = (set: CharSet): number => {
    const key = keyOf(set);
    let id = setIds.get(key);
    if (id === undefined) {
      id = sets.push(set) - 1;
      setIds.set(key, id);
    }
    return id;
  };
  const lookAt = (set: CharSet, behind: boolean, negative: boolean, next: number) => {
    looksBehind ||= behind;
    return add({ op: 'look', behind, negative, set: setId(set), next });
  };

  /** Instructions that match `node` and go on at `next`; built from the end, so `next` is known. */
  const emit = (node: RegexNode, next: number): number => {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'set':
        return add({ op: 'char', set: setId(node.set), next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => emit(part, after), next);
      case 'choice':
        return node.options
          .map((option) => emit(option, next))
          .reduceRight((second, first) => add({ op: 'split', first, second }));
      case 'look':
        if (node.body.kind !== 'set') throw new Inexpressible();
        return lookAt(node.body.set, node.behind, node.negative, next);
      case 'repeat':
        return emitRepeat(node, next);
    }
  };

  const emitRepeat = (node: Extract<RegexNode, { kind: 'repeat' }>, next: number): number => {
    const { body, min, max, mode } = node;
    if (mode === 'possessive' && body.kind !== 'set') throw new Inexpressible();
    // What a possessive repeat has taken is not given back: it may stop early only where no further character fits.
    const stop = mode === 'possessive' && body.kind === 'set' ? () => lookAt(body.set, false, true, next) : () => next;
    const branch = (more: number, done: number): Instruction =>
      mode === 'lazy' ? { op: 'split', first: done, second: more } : { op: 'split', first: more, second: done };
    let entry: number;
    if (max === Number.POSITIVE_INFINITY) {
      entry = add({ op: 'jump', next: -1 });
      code[entry] = branch(emit(body, entry), stop());
    } else {
      entry = next;
      for (let optional = max - min; optional > 0; optional--) entry = add(branch(emit(body, entry), stop()));
    }
    for (let copy = 0; copy < min; copy++) entry = emit(body, entry);
    return entry;
  };

  try {
    const match = add({ op: 'match' });
    const start = emit(root, match);
    return { code, start, sets, looksBehind };
  } catch (error) {
    if (error instanceof TooLarge) return 'too-large';
    if (error instanceof Inexpressible) return undefined;
    throw error;
  }
}

/** Whether the expression can match without consuming a character. */
export function canBeEmpty(node: RegexNode): boolean {
  switch (node.kind) {
    case 'empty':
    case 'look':
      return true;
    case 'set':
      return false;
    case 'sequence':
      return node.parts.every(canBeEmpty);
    case 'choice':
      return node.options.some(canBeEmpty);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.body);
  }
}

/**
 * Whether backtracking can be bounded: no unlimited repeat stands inside another. For the expressions that only a
 * backtracking matcher can run.
 */
export function isTame(node: RegexNode, inRepeat = false): boolean {
  switch (node.kind) {
    case 'empty':
    case 'set':
      return true;
    case 'sequence':
      return node.parts.every((part) => isTame(part, inRepeat));
    case 'choice':
      return node.options.every((option) => isTame(option, inRepeat));
    case 'look':
      return isTame(node.body, inRepeat);
    case 'repeat': {
      const unlimited = node.max > 64;
      if (unlimited && inRepeat) return false;
      return isTame(node.body, inRepeat || unlimited);
    }
  }
}
