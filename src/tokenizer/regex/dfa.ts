/**
 * Matches an automaton against text, as UTF-8 bytes or as a string. Both loops are the hottest of the encoder: one class
 * look-up and one transition a character.
 *
 * Searching is linear: where a run went far beyond the last match in vain, the states it passed are remembered as
 * hopeless at their positions (Reps, "Maximal Munch Tokenization in Linear Time", 1998).
 */
import { Automaton, dead, endClass } from './automaton.ts';
import type { Program } from './program.ts';

/** A run of this many units takes notes of the places it passes, one in every block of 2^noteBits units. */
const noteAfter = 96;
const noteBits = 4;

export class Dfa {
  readonly #automaton: Automaton;
  readonly #looksBehind: boolean;
  #hopeless = new Set<number>();
  #epoch = 0;
  /** Hash of the code points of the last match of `matchBytes`: see `hashStep`. */
  hash = 0;

  constructor(program: Program) {
    this.#automaton = new Automaton(program);
    this.#looksBehind = program.looksBehind;
  }

  /** Must be called before the first match in a new text, or in a part of it with another end. */
  begin(): void {
    if (this.#hopeless.size > 0) this.#hopeless.clear();
  }

  /**
   * The match that begins at byte `from` of well-formed UTF-8; nothing before `first` or from `to` on is seen.
   * @returns where it ends, `from` for an empty match, -1 for none. `hash` is then that of the matched characters.
   */
  matchBytes(bytes: Uint8Array, first: number, from: number, to: number): number {
    const automaton = this.#automaton;
    let { basic, transitions, shift } = automaton;
    const limit = from + noteAfter < to ? from + noteAfter : to;
    let state = automaton.initial(this.#looksBehind && from > first ? codeBefore(bytes, from) : -1);
    let end = -1;
    let hash = 0;
    let hashAtEnd = 0;
    for (let at = from; at < limit; ) {
      const before = at;
      let code = bytes[at]!;
      if (code < 0x80) {
        at += 1;
      } else if (code >= 0xe0 && code < 0xf0) {
        code = ((code & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
        at += 3;
      } else if (code < 0xe0) {
        code = ((code & 0x1f) << 6) | (bytes[at + 1]! & 0x3f);
        at += 2;
      } else {
        code = astralCode(bytes, at);
        at += 4;
      }
      let kind = code < 0x10000 ? basic[code]! : automaton.classOf(code);
      if (kind === 0) kind = automaton.classOf(code);
      let entry = transitions[(state << shift) | kind]!;
      if (entry === 0) {
        ({ basic, transitions, shift } = automaton);
        entry = transitions[(state << shift) | kind]! || automaton.step(state, kind);
        ({ basic, transitions, shift } = automaton);
      }
      if ((entry & 1) === 1) {
        end = before;
        hashAtEnd = hash;
      }
      state = entry >> 1;
      if (state === dead) {
        this.hash = hashAtEnd;
        return end;
      }
      hash = (Math.imul(hash, 0x01000193) ^ code) | 0;
    }
    if (limit < to) return this.#matchLongBytes(bytes, from, limit, to, state, end);
    const entry = transitions[(state << shift) | endClass]! || automaton.step(state, endClass);
    this.hash = (entry & 1) === 1 ? hash : hashAtEnd;
    return (entry & 1) === 1 ? to : end;
  }

  /** Goes on with a match that is long already; `limit` may lie inside a character that was just read. */
  #matchLongBytes(bytes: Uint8Array, from: number, limit: number, to: number, start: number, found: number): number {
    let at = limit;
    while (at < to && (bytes[at]! & 0xc0) === 0x80) at++;
    const notes = new Notes(this.#hopelessNow());
    let state = start;
    let end = found;
    while (at < to) {
      const before = at;
      let code = bytes[at]!;
      if (code < 0x80) at += 1;
      else if (code < 0xe0) {
        code = ((code & 0x1f) << 6) | (bytes[at + 1]! & 0x3f);
        at += 2;
      } else if (code < 0xf0) {
        code = ((code & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
        at += 3;
      } else {
        code = astralCode(bytes, at);
        at += 4;
      }
      const entry = this.#next(state, code);
      if ((entry & 1) === 1) {
        end = before;
        notes.forget();
      }
      state = entry >> 1;
      if (state === dead) break;
      if (before >> noteBits !== at >> noteBits && !notes.take(state, at)) return this.#settle(bytes, from, end);
    }
    if (state !== dead && (this.#step(state, endClass) & 1) === 1) return this.#settle(bytes, from, to);
    notes.keep();
    return this.#settle(bytes, from, end);
  }

  /** The first place from `from` on where a match may begin: where the automaton does not die at once. */
  skipBytes(bytes: Uint8Array, from: number, to: number): number {
    if (this.#looksBehind) return from;
    const automaton = this.#automaton;
    const row = automaton.initial(-1);
    for (let at = from; at < to; ) {
      const lead = bytes[at]!;
      const kind = automaton.classOf(lead < 0x80 ? lead : codeAt(bytes, at));
      const entry = automaton.transitions[(row << automaton.shift) | kind]! || automaton.step(row, kind);
      if (entry !== dead << 1) return at;
      at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    }
    return to;
  }

  /** The match that begins at `from` of a string; the parameters are UTF-16 units, else as `matchBytes`. */
  matchText(text: string, first: number, from: number, to: number): number {
    const previous = this.#looksBehind && from > first ? codePointBefore(text, from) : -1;
    let state = this.#automaton.initial(previous);
    let end = -1;
    let notes: Notes | undefined;
    for (let at = from; at < to; ) {
      const before = at;
      const code = text.codePointAt(at)!;
      at += code > 0xffff ? 2 : 1;
      const entry = this.#next(state, code);
      if ((entry & 1) === 1) {
        end = before;
        notes?.forget();
      }
      state = entry >> 1;
      if (state === dead) {
        notes?.keep();
        return end;
      }
      if (at - from > noteAfter && before >> noteBits !== at >> noteBits) {
        notes ??= new Notes(this.#hopelessNow());
        if (!notes.take(state, at)) return end;
      }
    }
    if ((this.#step(state, endClass) & 1) === 1) return to;
    notes?.keep();
    return end;
  }

  #next(state: number, code: number): number {
    const automaton = this.#automaton;
    const kind = automaton.classOf(code);
    return automaton.transitions[(state << automaton.shift) | kind]! || automaton.step(state, kind);
  }

  #step(state: number, kind: number): number {
    const automaton = this.#automaton;
    return automaton.transitions[(state << automaton.shift) | kind]! || automaton.step(state, kind);
  }

  /** The notes in force; none once the automaton has renumbered its states. */
  #hopelessNow(): Set<number> {
    if (this.#epoch !== this.#automaton.epoch) this.#hopeless.clear();
    this.#epoch = this.#automaton.epoch;
    return this.#hopeless;
  }

  #settle(bytes: Uint8Array, from: number, end: number): number {
    this.hash = hashBytes(bytes, from, Math.max(from, end));
    return end;
  }
}

/** Where a run was since its last match; if no further match comes, later runs need not go on from there. */
class Notes {
  readonly #hopeless: Set<number>;
  readonly #taken: number[] = [];

  constructor(hopeless: Set<number>) {
    this.#hopeless = hopeless;
  }

  /** @returns false where an earlier run knows already that nothing follows */
  take(state: number, at: number): boolean {
    const key = at * 0x2000 + state;
    if (this.#hopeless.has(key)) {
      this.keep();
      return false;
    }
    this.#taken.push(key);
    return true;
  }

  forget(): void {
    this.#taken.length = 0;
  }

  keep(): void {
    for (const key of this.#taken) this.#hopeless.add(key);
  }
}

function astralCode(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! & 0x07) << 18) |
    ((bytes[at + 1]! & 0x3f) << 12) |
    ((bytes[at + 2]! & 0x3f) << 6) |
    (bytes[at + 3]! & 0x3f)
  );
}

function codeBefore(bytes: Uint8Array, at: number): number {
  let start = at - 1;
  while ((bytes[start]! & 0xc0) === 0x80) start--;
  return codeAt(bytes, start);
}

function codePointBefore(text: string, at: number): number {
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit < 0xe000 && at > 1 ? text.codePointAt(at - 2)! : unit;
}

/** The code point that begins at a byte. */
export function codeAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return lead;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | (bytes[at + 1]! & 0x3f);
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
  return astralCode(bytes, at);
}

/** The hash that `matchBytes` leaves, of well-formed UTF-8. */
export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0;
  for (let at = from; at < to; ) {
    const code = codeAt(bytes, at);
    hash = (Math.imul(hash, 0x01000193) ^ code) | 0;
    at += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return hash;
}
