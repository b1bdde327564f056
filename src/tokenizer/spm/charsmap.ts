/**
 * SentencePiece's precompiled character map: a double-array trie over UTF-8 (darts-clone) whose values point into a
 * block of NUL-terminated strings (normalizer.cc: DecodePrecompiledCharsMap). Everything that could be wrong in it is
 * checked once, so that matching needs no checks. Knows no pipeline.
 */
import { badModel } from './wire.ts';

export interface CharsMap {
  /** For each code unit: 1 where a rule for that character alone may be, 2 where only rules that go on, 0 none. */
  readonly begins: Uint8Array;
  /** For each code unit: 1 where a rule may have it in second place. */
  readonly follows: Uint8Array;
  /**
   * The longest rule whose left side stands at `at` of well-formed text.
   * @returns index after it, or -1; `replacement()` gives its right side
   */
  match(text: string, at: number): number;
  /** Right side of the rule that `match` found last. */
  replacement(): string;
}

/** Bytes of a rule's sides. The longest of Unicode's own (NFKC) are 12 and 33; a chain of more is an attack. */
const longestKey = 1024;
const longestValue = 1024;
/** SentencePiece looks at this many rules that are prefixes of each other. */
const mostPrefixes = 32;

const hasLeaf = (unit: number) => ((unit >>> 8) & 1) === 1;
/** Above 255 for a unit that holds a value. */
const labelOf = (unit: number) => (unit & 0x800000ff) >>> 0;
const offsetOf = (unit: number) => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;
const stringOf = (unit: number) => unit & 0x7fffffff;

/**
 * @param blob `precompiled_charsmap`, not empty
 * @param place name of the field, for errors; offsets in them count from the blob's first byte
 * @throws AthanorError('bad-file') for a trie that leaves its array or runs in circles, or strings without end
 */
export function readCharsMap(blob: Uint8Array, place: string): CharsMap {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.length <= 4) throw badModel(place, 0, 'expected the size of a trie');
  const size = view.getUint32(0, true);
  if (size >= blob.length - 4) throw badModel(place, 0, `a trie of ${size} bytes in a map of ${blob.length}`);
  if (size < 1024 || size % 1024 !== 0)
    throw badModel(place, 0, `expected a trie of n · 1,024 bytes, found ${size} bytes`);
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const strings = blob.subarray(4 + size);
  if (strings.at(-1) !== 0) throw badModel(place, blob.length - 1, 'the last string has no end');
  checkUnits(units, strings, place);
  checkPaths(units, place);
  return matcher(units, strings);
}

/** As darts-clone's `validate`: no unit points outside, leaves are leaves, values lie inside the strings. */
function checkUnits(units: Uint32Array, strings: Uint8Array, place: string): void {
  const fail = (unit: number, what: string) => badModel(place, 4 + 4 * unit, `trie unit ${unit}: ${what}`);
  const root = units[0]!;
  if (labelOf(root) !== 0 || hasLeaf(root) || offsetOf(root) === 0) throw fail(0, 'not a root');
  const ends = stringEnds(strings);
  for (let i = 0; i < units.length; i++) {
    const unit = units[i]!;
    if (labelOf(unit) > 0xff) {
      const value = stringOf(unit);
      if (value >= strings.length) throw fail(i, `string ${value} of ${strings.length} bytes`);
      if (ends[value]! - value > longestValue) throw fail(i, `its string is longer than ${longestValue} bytes`);
      continue;
    }
    const base = (i ^ offsetOf(unit)) >>> 0;
    if ((base | 0xff) >>> 0 >= units.length) throw fail(i, 'points outside the trie');
    if (hasLeaf(unit) && labelOf(units[base]!) <= 0xff) throw fail(i, 'its value is none');
  }
}

/** Where the string that begins at each byte ends. */
function stringEnds(strings: Uint8Array): Uint32Array {
  const ends = new Uint32Array(strings.length);
  for (let i = strings.length - 1, end = i; i >= 0; i--) {
    if (strings[i] === 0) end = i;
    ends[i] = end;
  }
  return ends;
}

/** Every path from the root must end: a trie in circles would match without end. Depth first, without recursion. */
function checkPaths(units: Uint32Array, place: string): void {
  const open = 1;
  const done = 2;
  const state = new Uint8Array(units.length);
  const path: number[] = [0];
  const label: number[] = [0];
  state[0] = open;
  while (path.length > 0) {
    const node = path.at(-1)!;
    const base = (node ^ offsetOf(units[node]!)) >>> 0;
    let next = label[label.length - 1]! + 1;
    while (next < 256 && labelOf(units[base ^ next]!) !== next) next++;
    label[label.length - 1] = next;
    if (next === 256) {
      state[node] = done;
      path.pop();
      label.pop();
      continue;
    }
    const child = base ^ next;
    if (state[child] === open) throw badModel(place, 4 + 4 * child, `trie unit ${child} leads back to itself`);
    // A unit reached again by another way was walked to its end already.
    if (state[child] === done) continue;
    if (path.length > longestKey) throw badModel(place, 4 + 4 * child, `a rule longer than ${longestKey} bytes`);
    state[child] = open;
    path.push(child);
    label.push(0);
  }
}

function matcher(units: Uint32Array, strings: Uint8Array): CharsMap {
  const root = offsetOf(units[0]!);
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  const decoded = new Map<number, string>();
  let found = 0;

  /** Where the node at `base` goes with a byte, or -1. */
  const step = (base: number, byte: number): number => {
    const unit = units[base ^ byte]!;
    return labelOf(unit) === byte ? base ^ byte : -1;
  };
  /** Walks the bytes of one character. @returns the unit that its last byte leads to, or -1 */
  const walk = (from: number, code: number): number => {
    if (code < 0x80) return code === 0 ? -1 : step(from, code);
    let base = from;
    let unit: number;
    for (let shift = code < 0x800 ? 6 : code < 0x10000 ? 12 : 18, lead = true; ; shift -= 6, lead = false) {
      const bits = code >> shift;
      const byte = lead ? bits | (shift === 6 ? 0xc0 : shift === 12 ? 0xe0 : 0xf0) : (bits & 0x3f) | 0x80;
      unit = step(base, byte);
      if (unit < 0 || shift === 0) return unit;
      base = unit ^ offsetOf(units[unit]!);
    }
  };

  const begins = new Uint8Array(0x10000);
  const follows = new Uint8Array(0x10000);
  /** Marks the characters that go on from a node. */
  const markFollowing = (base: number, code: number, missing: number): void => {
    for (let byte = 1; byte < 256; byte++) {
      const node = step(base, byte);
      if (node < 0) continue;
      const width = missing > 0 ? missing : byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      const bits = missing > 0 ? (code << 6) | (byte & 0x3f) : width === 1 ? byte : byte & (0xff >> (width + 1));
      if (missing === 0 && width === 4) follows.fill(1, 0xd800, 0xdc00);
      else if (width > 1) markFollowing((node ^ offsetOf(units[node]!)) >>> 0, bits, width - 1);
      else if (bits < 0x10000) follows[bits] = 1;
    }
  };
  const beyond = [0xf0, 0xf1, 0xf2, 0xf3, 0xf4].some((byte) => step(root, byte) >= 0) ? 1 : 0;
  begins.fill(beyond, 0xd800, 0xdc00);
  for (let unit = 1; unit < 0x10000; unit++) {
    const node = unit >= 0xd800 && unit < 0xe000 ? -1 : walk(root, unit);
    if (node < 0) continue;
    begins[unit] = hasLeaf(units[node]!) ? 1 : 2;
    markFollowing((node ^ offsetOf(units[node]!)) >>> 0, 0, 0);
  }

  return {
    begins,
    follows,
    match(text, at) {
      let base = root;
      let end = -1;
      let prefixes = 0;
      for (let i = at; i < text.length; ) {
        const code = text.codePointAt(i)!;
        const node = walk(base, code);
        if (node < 0) break;
        i += code > 0xffff ? 2 : 1;
        const unit = units[node]!;
        base = (node ^ offsetOf(unit)) >>> 0;
        if (!hasLeaf(unit)) continue;
        if (prefixes++ >= mostPrefixes) break;
        end = i;
        found = stringOf(units[base]!);
      }
      return end;
    },
    replacement() {
      let text = decoded.get(found);
      if (text === undefined) {
        text = utf8.decode(strings.subarray(found, strings.indexOf(0, found)));
        decoded.set(found, text);
      }
      return text;
    },
  };
}
