/**
 * Texts in the form in which they are compared, as code points in pieces, so that a text of any length costs little
 * memory. `loose` is NFKC, lower case (σ for ς), letters, marks and digits only; what stands between them is one space,
 * and nothing beside scripts written without spaces, where a space or a mark says nothing about the words.
 *
 * Nearly all characters fold by a table. What depends on its neighbours (marks, conjoining jamo, ligatures) goes through
 * the engine's own normalisation, a few characters at a time, remembered.
 */
import { codePointAt } from './characters.ts';

export type FoldMode = 'none' | 'whitespace' | 'loose';

/** Gets `count` code points in `points`, valid during the call. */
export type FoldSink = (points: Int32Array, count: number) => void;

/** Folds a text; the sink is called once for each piece, and not at all for an empty result. */
export type Fold = (text: string, sink: FoldSink) => void;

const pieceLength = 1 << 13;

/** The folding function of a mode. It reuses its buffer: not for nested use. */
export function folder(mode: FoldMode): Fold {
  if (mode === 'none') return plainFolder();
  return mode === 'whitespace' ? whitespaceFolder() : looseFolder();
}

/** The folded text as a string. */
export function foldText(text: string, mode: FoldMode): string {
  if (mode === 'none') return text;
  let folded = '';
  folder(mode)(text, (points, count) => {
    for (let i = 0; i < count; i += 1024)
      folded += String.fromCodePoint(...points.subarray(i, Math.min(count, i + 1024)));
  });
  return folded;
}

function plainFolder(): Fold {
  const points = new Int32Array(pieceLength);
  return (text, sink) => {
    let count = 0;
    for (let at = 0; at < text.length; at++) {
      const point = codePointAt(text, at);
      if (point > 0xffff) at++;
      points[count++] = point;
      if (count < pieceLength) continue;
      sink(points, count);
      count = 0;
    }
    if (count > 0) sink(points, count);
  };
}

const isBreak = new Uint8Array(0x10000);
for (let unit = 0; unit < 0x10000; unit++) if (/\s/u.test(String.fromCharCode(unit))) isBreak[unit] = 1;

function whitespaceFolder(): Fold {
  const points = new Int32Array(pieceLength + 1);
  return (text, sink) => {
    let count = 0;
    let pending = false;
    let any = false;
    for (let at = 0; at < text.length; at++) {
      const point = codePointAt(text, at);
      if (point > 0xffff) at++;
      else if (isBreak[point] === 1) {
        pending = any;
        continue;
      }
      if (pending) points[count++] = 0x20;
      points[count++] = point;
      pending = false;
      any = true;
      if (count < pieceLength) continue;
      sink(points, count);
      count = 0;
    }
    if (count > 0) sink(points, count);
  };
}

// What the table says of a code point: the folded one in the low bits, and these.
const POINT = 0x1fffff;
const SPACELESS = 1 << 24;
const CONTEXT = 1 << 25;
const SEPARATOR = 1 << 26;
const table = new Int32Array(0x110000);

const KEPT = /[\p{L}\p{N}\p{M}]/u;
const SPACELESS_SCRIPT = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
// Marks, conjoining jamo, and the one letter whose lower case depends on its place.
const DEPENDENT = /[\p{M}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u03a3]/u;

function remember(point: number): number {
  const character = String.fromCodePoint(point);
  const wide = character.normalize('NFKC');
  const folded = wide.toLowerCase();
  let found: number;
  const first = folded.codePointAt(0)!;
  if (DEPENDENT.test(character + wide + folded) || folded.length !== (first > 0xffff ? 2 : 1)) found = CONTEXT;
  else found = classify(first === 0x3c2 ? 0x3c3 : first);
  table[point] = found;
  return found;
}

/** The table's entry of a character that is folded already. */
function classify(point: number): number {
  const character = String.fromCodePoint(point);
  if (!KEPT.test(character)) return SEPARATOR;
  return point | (SPACELESS_SCRIPT.test(character) ? SPACELESS : 0);
}

const longestContext = 64;
const rememberedContexts = 4096;

/** Entries of the characters that a stretch of text becomes. */
function foldStretch(stretch: string): Int32Array {
  const folded = stretch.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ');
  return Int32Array.from(folded, (character) => classify(character.codePointAt(0)!));
}

function looseFolder(): Fold {
  const points = new Int32Array(pieceLength + 4 * longestContext * 18);
  const contexts = new Map<string, Int32Array>();
  const contextOf = (stretch: string): Int32Array => {
    const known = contexts.get(stretch);
    if (known) return known;
    const entries = foldStretch(stretch);
    if (stretch.length <= 8) {
      if (contexts.size >= rememberedContexts) contexts.clear();
      contexts.set(stretch, entries);
    }
    return entries;
  };
  return (text, sink) => {
    const length = text.length;
    let count = 0;
    let pending = false;
    /** The entry last written; 0 before the first. */
    let before = 0;
    let at = 0;
    let point = length > 0 ? codePointAt(text, 0) : 0;
    let entry = length > 0 ? table[point]! || remember(point) : 0;
    while (at < length) {
      let next = point > 0xffff ? at + 2 : at + 1;
      let nextPoint = next < length ? codePointAt(text, next) : 0x20;
      let nextEntry = table[nextPoint]! || remember(nextPoint);
      if (((entry | nextEntry) & CONTEXT) === 0) {
        if (entry === SEPARATOR) pending = true;
        else {
          if (pending && before !== 0 && ((entry | before) & SPACELESS) === 0) points[count++] = 0x20;
          points[count++] = entry & POINT;
          pending = false;
          before = entry;
        }
      } else {
        while (next < length && nextEntry & CONTEXT && next - at < longestContext) {
          next = nextPoint > 0xffff ? next + 2 : next + 1;
          nextPoint = next < length ? codePointAt(text, next) : 0x20;
          nextEntry = table[nextPoint]! || remember(nextPoint);
        }
        for (const one of contextOf(text.slice(at, next))) {
          if (one === SEPARATOR) pending = true;
          else {
            if (pending && before !== 0 && ((one | before) & SPACELESS) === 0) points[count++] = 0x20;
            points[count++] = one & POINT;
            pending = false;
            before = one;
          }
        }
      }
      at = next;
      point = nextPoint;
      entry = nextEntry;
      if (count < pieceLength) continue;
      sink(points, count);
      count = 0;
    }
    if (count > 0) sink(points, count);
  };
}
