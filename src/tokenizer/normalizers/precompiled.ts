/**
 * Precompiled: SentencePiece's compiled table of replacements (`precompiled_charsmap`): a Darts double array over UTF-8
 * bytes, and the replacements, each ended by NUL. What is looked up, and when, is as in Hugging Face's
 * normalizers/precompiled.rs and the crate spm_precompiled, oddities included: a cluster of up to five bytes is
 * replaced whole by the replacement of its shortest prefix in the table.
 */

import { AlignedEdit } from '../aligned-text.ts';
import { utf8Length, writeUtf8 } from '../byte-level.ts';
import { graphemeEnd } from '../characters/graphemes.ts';
import { badFile, defineNormalizer, stringAt } from '../hf/component.ts';

/** Longest cluster that is looked up as a whole, UTF-8 bytes. */
const longestCluster = 5;
/** Results that are kept for chunks of several code units. */
const maxKnown = 1 << 14;

export const precompiled = defineNormalizer({
  name: 'precompiled',
  type: 'Precompiled',
  read(json, place) {
    const encoded = stringAt(json, 'precompiled_charsmap', place);
    const lookUp = readCharsmap(encoded, `${place}.precompiled_charsmap`);
    return {
      normalize(text) {
        let out = '';
        let kept = 0;
        eachReplacement(text, lookUp, (start, end, content) => {
          out += text.slice(kept, start) + content;
          kept = end;
        });
        return kept === 0 ? text : out + text.slice(kept);
      },
      align(text) {
        const changes = new ChangeList(text.text);
        eachReplacement(text.text, lookUp, (start, end, content) => changes.replace(start, end, content));
        if (!changes.modified) return text;
        const edit = new AlignedEdit(text);
        changes.each((character, change) => edit.put(character, change));
        return edit.finish();
      },
      toJSON: () => ({ type: 'Precompiled', precompiled_charsmap: encoded }),
    };
  },
});

type LookUp = (chunk: string) => string | undefined;

/** Clusters first, then, where there is none in the table, their characters. */
function eachReplacement(
  text: string,
  lookUp: LookUp,
  replace: (start: number, end: number, content: string) => void,
): void {
  for (let start = 0; start < text.length; ) {
    const end = clusterEnd(text, start);
    const whole = end - start <= longestCluster ? text.slice(start, end) : '';
    const content = whole !== '' && utf8Length(whole) <= longestCluster ? lookUp(whole) : undefined;
    if (content !== undefined) replace(start, end, content);
    else {
      for (let at = start; at < end; ) {
        const next = at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
        // A cluster of one character of up to five bytes, which every character is, was looked up above.
        const part = end - start === next - at ? undefined : lookUp(text.slice(at, next));
        if (part !== undefined) replace(at, next, part);
        at = next;
      }
    }
    start = end;
  }
}

/** Printable ASCII before printable ASCII is a cluster: most texts need no tables. */
function clusterEnd(text: string, start: number): number {
  const code = text.charCodeAt(start);
  const next = text.charCodeAt(start + 1);
  return code >= 0x20 && code < 0x7f && !(next >= 0x7f) ? start + 1 : graphemeEnd(text, start);
}

/** HF's list of changes, whose numbers are corrected behind its back when a replacement is shorter than what it replaces. */
class ChangeList {
  readonly #text: string;
  readonly #characters: string[] = [];
  readonly #changes: number[] = [];
  #at = 0;
  modified = false;

  constructor(text: string) {
    this.#text = text;
  }

  replace(start: number, end: number, content: string): void {
    this.#keepTo(start);
    const before = characterCount(this.#text.slice(start, end));
    let after = 0;
    for (const character of content) {
      this.#characters.push(character);
      this.#changes.push(after++ < before ? 0 : 1);
    }
    // Nothing there to correct: what follows is then aligned one character too early, as in HF.
    if (after < before && this.#changes.length > 0) this.#changes[this.#changes.length - 1]! += after - before;
    this.#at = end;
    this.modified = true;
  }

  each(put: (character: string, change: number) => void): void {
    this.#keepTo(this.#text.length);
    for (let i = 0; i < this.#changes.length; i++) put(this.#characters[i]!, this.#changes[i]!);
  }

  #keepTo(end: number): void {
    while (this.#at < end) {
      const character = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
      this.#characters.push(character);
      this.#changes.push(0);
      this.#at += character.length;
    }
  }
}

function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** @returns the function that looks up a chunk; results are kept, since a text has few different ones */
function readCharsmap(encoded: string, place: string): LookUp {
  const bytes = fromBase64(encoded);
  const view = bytes && new DataView(bytes.buffer);
  const trieBytes = view && view.byteLength >= 4 ? view.getUint32(0, true) : undefined;
  if (!view || trieBytes === undefined || trieBytes % 4 !== 0 || 4 + trieBytes > view.byteLength || trieBytes === 0)
    throw badFile(place, 'expected a precompiled charsmap in base64', encoded.slice(0, 40));
  const units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const blob = bytes.subarray(4 + trieBytes);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const replacement = (at: number) => {
    const end = blob.indexOf(0, at);
    return decoder.decode(blob.subarray(at, end < 0 ? blob.length : end));
  };
  /** Results for single code units: null where there is none. */
  const single: (string | null | undefined)[] = [];
  const known = new Map<string, string | undefined>();
  const scratch = new Uint8Array(3 * longestCluster);
  const search = (chunk: string) => {
    const value = shortestPrefix(units, scratch.subarray(0, writeUtf8(chunk, scratch)));
    return value === undefined ? undefined : replacement(value);
  };
  return (chunk) => {
    if (chunk.length === 1) {
      const code = chunk.charCodeAt(0);
      const before = single[code];
      if (before !== undefined) return before ?? undefined;
      const found = search(chunk);
      single[code] = found ?? null;
      return found;
    }
    if (known.has(chunk)) return known.get(chunk);
    const found = search(chunk);
    if (known.size < maxKnown) known.set(chunk, found);
    return found;
  };
}

/** darts-clone's unit: label in the low byte, bit 8 "a value follows", offset in bits 10 to 30, shifted by 8 with bit 9. */
const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);

/** Value of the shortest key that `bytes` begins with. A NUL byte ends the search. */
function shortestPrefix(units: Uint32Array, bytes: Uint8Array): number | undefined {
  let node = offsetOf(units[0]!);
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    node ^= byte;
    const unit = units[node] ?? 0;
    // A value's own unit has bit 31 set and is no label.
    if ((unit & 0x800000ff) !== byte) return undefined;
    node ^= offsetOf(unit);
    if (((unit >>> 8) & 1) === 1) return (units[node] ?? 0) & 0x7fffffff;
  }
  return undefined;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
