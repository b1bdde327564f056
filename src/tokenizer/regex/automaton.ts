/**
 * A program as a deterministic automaton whose states are built when they are first met (as RE2 and Rust's regex do).
 * A state is the ordered list of threads before the next character is known, so that look-ahead over one character, and
 * leftmost-first priority between alternatives, are settled by the transition itself: it says whether a match ends
 * before the character, and which state follows. Knows characters by class, and nothing of how text is stored.
 */
import { pageOf } from './char-set.ts';
import type { Program } from './program.ts';

/** The state from which nothing can match. */
export const dead = 1;
/** The class of the end of the text. */
export const endClass = 1;
/** States are forgotten beyond this many; texts need dozens. */
const maxStates = 4096;

interface State {
  readonly threads: readonly number[];
  /** Whether the character before is in the n-th set that is looked behind at. */
  readonly before: readonly boolean[];
}

export class Automaton {
  /** Class of each code point of the basic plane; 0: not known yet, ask `classify`. */
  basic: Uint8Array | Uint16Array = new Uint8Array(0x10000);
  /** transitions[state << shift | class] = next state · 2 + (1 if a match ends before the character); 0: ask `step`. */
  transitions = new Int32Array(0);
  shift = 5;
  /** Counts how often all states were forgotten: what was noted of them is void then. */
  epoch = 0;
  readonly #program: Program;
  readonly #astral: (Uint16Array | undefined)[] = [];
  readonly #classOf = new Map<string, number>();
  /** members[class][set]: whether the class's characters are in the set; the end of the text is in none. */
  readonly #members: (readonly boolean[])[] = [[], []];
  readonly #lookedBehind: readonly number[];
  #states: State[] = [];
  #ids = new Map<string, number>();
  #start = 0;
  /** The state before a match after a character of each class. */
  #starts: number[] = [];

  constructor(program: Program) {
    this.#program = program;
    const behind = program.code.flatMap((one) => (one.op === 'look' && one.behind ? [one.set] : []));
    this.#lookedBehind = [...new Set(behind)];
    this.#forget();
  }

  /** The state before a match. @param previous code point before it, or -1 at the beginning of the text */
  initial(previous: number): number {
    if (this.#lookedBehind.length === 0 || previous < 0) return this.#start;
    const kind = this.classOf(previous);
    const known = this.#starts[kind];
    if (known !== undefined) return known;
    const id = this.#intern([this.#program.start], this.#before(kind));
    this.#starts[kind] = id;
    return id;
  }

  classOf(code: number): number {
    if (code < 0x10000) return this.basic[code] || this.#classify(code);
    return this.#astral[code >> 8]?.[code & 255] || this.#classify(code);
  }

  /** Fills in a transition that was 0. @returns it */
  step(state: number, kind: number): number {
    const { threads, before } = this.#states[state]!;
    const members = this.#members[kind]!;
    const { code } = this.#program;
    const next: number[] = [];
    const seen = new Set<number>();
    let matched = false;
    const stack = [...threads].reverse();
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (seen.has(at)) continue;
      seen.add(at);
      const one = code[at]!;
      if (one.op === 'match') {
        // Whatever has lower priority than a match is cut off.
        matched = true;
        break;
      }
      if (one.op === 'split') stack.push(one.second, one.first);
      else if (one.op === 'jump') stack.push(one.next);
      else if (one.op === 'char') {
        if (members[one.set] && !next.includes(one.next)) next.push(one.next);
      } else {
        const holds = one.behind ? before[this.#lookedBehind.indexOf(one.set)] : members[one.set];
        if ((holds ?? false) !== one.negative) stack.push(one.next);
      }
    }
    const { epoch } = this;
    const to = next.length === 0 ? dead : this.#intern(next, this.#before(kind));
    const entry = to * 2 + (matched ? 1 : 0);
    if (epoch === this.epoch) this.transitions[(state << this.shift) | kind] = entry;
    return entry;
  }

  #before(kind: number): readonly boolean[] {
    return this.#lookedBehind.map((set) => this.#members[kind]![set] ?? false);
  }

  #intern(threads: readonly number[], before: readonly boolean[]): number {
    const key = before.length === 0 ? threads.join() : `${threads.join()}|${before.map(Number).join('')}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    if (this.#states.length >= maxStates) this.#forget();
    const id = this.#states.push({ threads, before }) - 1;
    this.#ids.set(key, id);
    if (this.#states.length << this.shift > this.transitions.length) this.#resize(this.shift);
    return id;
  }

  #forget(): void {
    this.epoch++;
    const none: State = { threads: [], before: [] };
    this.#states = [none, none]; // 0 is no state, 1 is `dead`
    this.#ids = new Map();
    this.#starts = [];
    this.transitions = new Int32Array(16 << this.shift);
    this.#start = this.#intern(
      [this.#program.start],
      this.#lookedBehind.map(() => false),
    );
  }

  /** Makes room for twice as many states, in rows of 2^shift classes. */
  #resize(shift: number): void {
    const old = this.transitions;
    const width = 1 << this.shift;
    const rows = old.length >> this.shift;
    this.transitions = new Int32Array((rows * 2) << shift);
    for (let row = 0; row < rows; row++)
      this.transitions.set(old.subarray(row * width, row * width + width), row << shift);
    this.shift = shift;
  }

  /** Finds the classes of a code point and its 255 neighbours. */
  #classify(code: number): number {
    const page = code >> 8;
    const sets = this.#program.sets.map((set) => pageOf(set, page));
    const classes = new Uint16Array(256);
    for (let i = 0; i < 256; i++) {
      const members = sets.map((set) => set[i] === 1);
      const key = members.map(Number).join('');
      let kind = this.#classOf.get(key);
      if (kind === undefined) {
        kind = this.#members.push(members) - 1;
        this.#classOf.set(key, kind);
      }
      classes[i] = kind;
    }
    if (this.#members.length > 255 && this.basic instanceof Uint8Array) this.basic = Uint16Array.from(this.basic);
    while (this.#members.length > 1 << this.shift) this.#resize(this.shift + 1);
    if (code < 0x10000) this.basic.set(classes, page << 8);
    else this.#astral[page] = classes;
    return classes[code & 255]!;
  }
}
