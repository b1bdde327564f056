/**
 * Unicode normalization forms as Hugging Face has them: the crate unicode-normalization-alignments, at Unicode 9. What
 * newer versions added (`isLateForm`) stays as it is: there it is a plain starter, which nothing moves past.
 */

import { AlignedEdit, type AlignedText, type CharacterChange } from '../aligned-text.ts';
import { isLateForm } from '../characters/classes.ts';
import { classOf, lazy } from '../characters/ranges.ts';
import { lateFormRanges } from '../characters/tables.gen.ts';
import type { Normalizer } from '../types.ts';

export type NormalizationForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

const lateForms = lazy(() => new RegExp(`([${classOf(lateFormRanges)}]+)`, 'u'));

/** ICU sorts marks by insertion: its time grows with the square of a run's length, so long runs are sorted here. */
const longRunLength = 200;
const longRun = lazy(() => new RegExp(`\\p{M}{${longRunLength}}`, 'u'));

/**
 * Has a character that NFC may change, move or join: all but Latin, common punctuation, kana, ideographs, whole Hangul
 * syllables and wide forms. Texts without one are NFC already, and asking is several times cheaper than normalizing.
 */
export const mayCompose =
  /[^\0-\u02ff\u2010-\u2027\u2030-\u205e\u3001-\u3029\u3030-\u3098\u309b-\u9fff\uac00-\ud7a3\uff01-\uffee]/;

/** The text in a normalization form. */
export function toForm(text: string, form: NormalizationForm): string {
  if (form === 'NFC' && !mayCompose.test(text)) return text;
  if (text.length >= longRunLength && longRun().test(text)) return bySegments(text, form);
  return shortToForm(text, form);
}

function bySegments(text: string, form: NormalizationForm): string {
  const out: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = segmentEnd(text, start);
    const segment = text.slice(start, end);
    out.push(
      segment.length < longRunLength
        ? shortToForm(segment, form)
        : formChanges(segment, form)
            .map(([character]) => character)
            .join(''),
    );
    start = end;
  }
  return out.join('');
}

function shortToForm(text: string, form: NormalizationForm): string {
  if (!lateForms().test(text)) return text.normalize(form);
  return text
    .split(lateForms())
    .map((part, i) => (i % 2 === 1 ? part : part.normalize(form)))
    .join('');
}

/** The same with alignments. Stretches that the form leaves alone keep theirs, which is what the crate's changes say. */
export function alignForm(text: AlignedText, form: NormalizationForm): AlignedText {
  const source = text.text;
  if (toForm(source, form) === source) return text;
  const edit = new AlignedEdit(text);
  for (let start = 0; start < source.length; ) {
    const end = segmentEnd(source, start);
    const segment = source.slice(start, end);
    if (toForm(segment, form) !== segment) {
      edit.keepTo(start);
      for (const [character, change] of formChanges(segment, form)) edit.put(character, change);
      edit.skipTo(end);
    }
    start = end;
  }
  edit.keepTo(source.length);
  return edit.finish();
}

/** Where the next character stands that no form joins with, or moves before, what is in front of it. */
function segmentEnd(text: string, start: number): number {
  let at = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
  while (at < text.length) {
    const codePoint = text.codePointAt(at)!;
    if (standsAlone(codePoint)) break;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return at;
}

const alone = new Map<number, boolean>();

function standsAlone(codePoint: number): boolean {
  if (codePoint < 0x300) return true;
  let known = alone.get(codePoint);
  if (known === undefined) {
    // Only marks and the medial and final Hangul letters are joined with what precedes them (DerivedNormalizationProps:
    // NFC_Quick_Check=Maybe); a character is as free as the first of its full decomposition.
    known = isLateForm(codePoint) || !/^[\p{M}\u1160-\u11ff]/u.test(String.fromCodePoint(codePoint).normalize('NFKD'));
    alone.set(codePoint, known);
  }
  return known;
}

interface Part {
  readonly character: string;
  /** Order of its canonical combining class among those met so far, 0 for starters. */
  readonly rank: number;
  change: number;
}

/** A segment's characters in a form, with the change numbers of the crate's iterators. */
function formChanges(segment: string, form: NormalizationForm): CharacterChange[] {
  const parts = decompose(segment, form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD');
  const result = form === 'NFC' || form === 'NFKC' ? recompose(parts) : parts;
  return result.map(({ character, change }) => [character, change]);
}

/** Full decomposition in canonical order. The first part of a character replaces it, the others are put in. */
function decompose(segment: string, form: 'NFD' | 'NFKD'): Part[] {
  const parts: { character: string; change: number; starter: boolean }[] = [];
  for (const character of segment) {
    const late = isLateForm(character.codePointAt(0)!);
    let change = 0;
    for (const part of late ? [character] : character.normalize(form)) {
      parts.push({ character: part, change, starter: late || isStarter(part) });
      change = 1;
    }
  }
  // Ranks are compared only after every class of this segment is known: a new one moves the others.
  for (const part of parts) if (!part.starter) learnClass(part.character);
  const ranked = parts.map(({ character, change, starter }) => ({
    character,
    change,
    rank: starter ? 0 : rankOf(character),
  }));
  const ordered: Part[] = [];
  for (let start = 0; start < ranked.length; ) {
    let end = start + 1;
    while (end < ranked.length && ranked[end]!.rank > 0) end++;
    // ranked[start] may be the starter itself: rank 0 sorts first.
    for (const part of ranked.slice(start, end).sort((a, b) => a.rank - b.rank)) ordered.push(part);
    start = end;
  }
  return ordered;
}

/**
 * The composition algorithm (UAX #15, D117) over decomposed parts. What is composed with a starter is swallowed by it:
 * one character fewer for every part that had replaced one.
 */
function recompose(parts: readonly Part[]): Part[] {
  const out: Part[] = [];
  let starter: Part | undefined;
  let waiting: Part[] = [];
  for (const part of parts) {
    if (!starter) {
      if (part.rank > 0) out.push(part);
      else starter = { ...part };
      continue;
    }
    const last = waiting.at(-1)?.rank;
    const composed: string | undefined =
      last === undefined || last < part.rank ? compose(starter.character, part.character) : undefined;
    if (composed !== undefined) starter = { ...starter, character: composed, change: starter.change + part.change - 1 };
    else if (part.rank > 0) waiting.push(part);
    else {
      out.push(starter);
      for (const mark of waiting) out.push(mark);
      starter = { ...part };
      waiting = [];
    }
  }
  if (starter) out.push(starter);
  for (const part of waiting) out.push(part);
  return out;
}

const compositions = new Map<string, string | undefined>();

function compose(first: string, second: string): string | undefined {
  const pair = first + second;
  if (compositions.has(pair)) return compositions.get(pair);
  const known = !isLateForm(first.codePointAt(0)!) && !isLateForm(second.codePointAt(0)!);
  const composed = known ? pair.normalize('NFC') : pair;
  const result = [...composed].length === 1 ? composed : undefined;
  compositions.set(pair, result);
  return result;
}

/**
 * Canonical combining classes without a table: which of two marks comes first is what NFD tells. U+0345 has the
 * highest class, so every other mark moves before it.
 */
const iota = '\u0345';
const starters = new Map<string, boolean>();

function isStarter(character: string): boolean {
  if (character < '\u0300') return true;
  let known = starters.get(character);
  if (known === undefined) {
    known = character !== iota && (iota + character).normalize('NFD').startsWith(iota);
    starters.set(character, known);
  }
  return known;
}

/** One mark of each class met so far, by class, and the marks that have the class. */
const classes: { readonly sample: string }[] = [];
const classByMark = new Map<string, { readonly sample: string }>();

const movesBefore = (mark: string, other: string) => (other + mark).normalize('NFD') !== other + mark;

function learnClass(mark: string): void {
  if (classByMark.has(mark)) return;
  let low = 0;
  let high = classes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (movesBefore(mark, classes[middle]!.sample)) high = middle;
    else low = middle + 1;
  }
  // Now classes[low - 1] is not higher than the mark's.
  const below = classes[low - 1];
  const same = below && !movesBefore(below.sample, mark);
  const entry = same ? below : { sample: mark };
  if (!same) classes.splice(low, 0, entry);
  classByMark.set(mark, entry);
}

const rankOf = (mark: string) => classes.indexOf(classByMark.get(mark)!) + 1;

/** The normalizer of a form. */
export function formNormalizer(form: NormalizationForm): Normalizer {
  return {
    normalize: (text) => toForm(text, form),
    align: (text) => alignForm(text, form),
    toJSON: () => ({ type: form }),
  };
}
