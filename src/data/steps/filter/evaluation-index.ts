/**
 * The n-grams of evaluation sets, to be found in documents: used by decontaminate. Words are compared in their loose form
 * (case, width and punctuation do not count); a Han or kana character is a word, with an n of its own, as it says less. Runs
 * are known by 64 bits.
 */
import { basename } from 'node:path';
import { AthanorError } from '../../../core/index.ts';
import { findFiles, readLines } from '../../lines.ts';
import { classOf, codePointAt, ideograph } from '../../text/characters.ts';
import { eachRun, TextUnits } from '../../text/units.ts';

export interface EvaluationSet {
  readonly path: string | readonly string[];
  readonly name?: string | undefined;
  readonly fields: readonly string[];
  readonly id?: string | undefined;
}

export interface NgramLengths {
  readonly ngram: number;
  readonly ngram_han: number;
  readonly min_ngram: number;
}

/** An n-gram found in a document. */
export interface Match {
  /** Of the evaluation item, in `items`. */
  readonly item: number;
  /** Place in the document, UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** 64-bit keys to numbers, by open addressing. The first value of a key stays. */
class KeyTable {
  #keys = new Int32Array(2 << 10);
  #values = new Int32Array(1 << 10);
  #count = 0;

  /** The value that was there, or -1. */
  add(a: number, b: number, value: number): number {
    if (this.#count * 2 >= this.#values.length) this.#grow();
    const slot = this.#find(a, b);
    if (this.#values[slot] !== 0) return this.#values[slot]! - 1;
    this.#keys[2 * slot] = a;
    this.#keys[2 * slot + 1] = b;
    this.#values[slot] = value + 1;
    this.#count++;
    return -1;
  }

  get(a: number, b: number): number {
    return this.#values[this.#find(a, b)]! - 1;
  }

  #find(a: number, b: number): number {
    const mask = this.#values.length - 1;
    let slot = a & mask;
    while (this.#values[slot] !== 0 && (this.#keys[2 * slot] !== a || this.#keys[2 * slot + 1] !== b))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Int32Array(keys.length * 2);
    this.#values = new Int32Array(values.length * 2);
    for (let i = 0; i < values.length; i++) {
      if (values[i] === 0) continue;
      const slot = this.#find(keys[2 * i]!, keys[2 * i + 1]!);
      this.#keys[2 * slot] = keys[2 * i]!;
      this.#keys[2 * slot + 1] = keys[2 * i + 1]!;
      this.#values[slot] = values[i]!;
    }
  }
}

/** A text shorter than an n-gram: found as a whole, by its beginning first. */
interface ShortText {
  readonly length: number;
  readonly a: number;
  readonly b: number;
  readonly item: number;
  /** The one before with the same beginning. */
  readonly before: number;
}

export class EvaluationIndex {
  /** `set:id` of every item. */
  readonly items: string[] = [];
  readonly sets: string[] = [];
  /** Number of the item's set. */
  readonly setOf: number[] = [];
  readonly #lengths: NgramLengths;
  readonly #shortHan: number;
  readonly #units = new TextUnits('folded-word');
  readonly #ngrams = new KeyTable();
  readonly #shortHeads = new KeyTable();
  readonly #shorts: ShortText[] = [];
  readonly #lastShort: number[] = [];

  constructor(lengths: NgramLengths) {
    this.#lengths = lengths;
    this.#shortHan = Math.min(
      lengths.ngram_han,
      Math.max(1, Math.round((lengths.min_ngram * lengths.ngram_han) / lengths.ngram)),
    );
  }

  /** @throws AthanorError('bad-file' | 'bad-input' | 'not-found') */
  static async load(sets: readonly EvaluationSet[], lengths: NgramLengths, baseDir: string): Promise<EvaluationIndex> {
    const index = new EvaluationIndex(lengths);
    for (const set of sets) {
      let found = 0;
      for (const { path, name } of findFiles(set.path, baseDir)) {
        const setName = set.name ?? basename(name).replace(/(\.jsonl?)?(\.gz)?$/, '');
        for await (const lines of readLines(path)) {
          for (const { number, text } of lines) {
            if (text === undefined || text.trim() === '') continue;
            const row = parsed(text, `${path}:${number}`);
            const ids = set.id === undefined ? [] : textsAt(row, set.id.split('.'));
            found += index.add(
              setName,
              ids[0] ?? String(number),
              set.fields.flatMap((field) => textsAt(row, field.split('.'))),
            );
          }
        }
      }
      if (found > 0) continue;
      throw new AthanorError(
        'bad-input',
        `decontaminate: no text in the fields ${set.fields.join(', ')} of ${String(set.path)}`,
        {
          hint: 'Name the fields that hold the texts of the evaluation set, e.g. `fields: [question, choices]`.',
        },
      );
    }
    return index;
  }

  /** Adds an item's texts; returns how many they are. */
  add(set: string, id: string, texts: readonly string[]): number {
    if (this.sets[this.sets.length - 1] !== set) this.sets.push(set);
    const item = this.items.length;
    this.items.push(`${set}:${id}`);
    this.setOf.push(this.sets.length - 1);
    for (const text of texts) this.#addText(text, item);
    return texts.length;
  }

  #addText(text: string, item: number): void {
    const units = this.#units;
    const { ngram, ngram_han } = this.#lengths;
    let any = false;
    units.read(text);
    const han = hanCounts(text, units);
    for (const length of ngram === ngram_han ? [ngram] : [ngram, ngram_han]) {
      eachRun(units, length, 0, units.count - length + 1, (start, a, b) => {
        if (this.#lengthAt(han, start) !== length) return;
        this.#ngrams.add(a, b, item);
        any = true;
      });
    }
    if (any) return;
    const beginning = this.#shortLengthAt(han, 0);
    if (units.count < beginning) return;
    eachRun(units, units.count, 0, 1, (_, a, b) => {
      const short = { length: units.count, a, b, item };
      eachRun(units, beginning, 0, 1, (__, c, d) => {
        const head = this.#shortHeads.add(c, d, this.#lastShort.length);
        const place = head < 0 ? this.#lastShort.length : head;
        this.#shorts.push({ ...short, before: this.#lastShort[place] ?? -1 });
        this.#lastShort[place] = this.#shorts.length - 1;
      });
    });
  }

  /** The n-grams of evaluation items in a text, by place; `total` counts the text's n-grams. */
  find(text: string): { matches: Match[]; total: number } {
    const units = this.#units;
    const { ngram, ngram_han } = this.#lengths;
    const matches: Match[] = [];
    let total = 0;
    units.read(text);
    const han = hanCounts(text, units);
    const add = (start: number, length: number, item: number): void => {
      matches.push({ item, start: units.starts[start]!, end: units.ends[start + length - 1]! });
    };
    for (const length of ngram === ngram_han || !han ? [ngram] : [ngram, ngram_han]) {
      eachRun(units, length, 0, units.count - length + 1, (start, a, b) => {
        if (this.#lengthAt(han, start) !== length) return;
        total++;
        const item = this.#ngrams.get(a, b);
        if (item >= 0) add(start, length, item);
      });
    }
    if (this.#shorts.length > 0) this.#findShort(han, add);
    matches.sort((a, b) => a.start - b.start || a.end - b.end);
    return { matches, total };
  }

  #findShort(han: Int32Array | undefined, add: (start: number, length: number, item: number) => void): void {
    const units = this.#units;
    const { min_ngram } = this.#lengths;
    for (const beginning of min_ngram === this.#shortHan || !han ? [min_ngram] : [min_ngram, this.#shortHan]) {
      eachRun(units, beginning, 0, units.count - beginning + 1, (start, c, d) => {
        if (this.#shortLengthAt(han, start) !== beginning) return;
        const head = this.#shortHeads.get(c, d);
        for (let i = head < 0 ? -1 : this.#lastShort[head]!; i >= 0; ) {
          const { length, a, b, item, before } = this.#shorts[i]!;
          if (start + length <= units.count)
            eachRun(units, length, start, start + 1, (_, x, y) => {
              if (x === a && y === b) add(start, length, item);
            });
          i = before;
        }
      });
    }
  }

  /** Of the n-gram that begins at a unit: by whether most of the next `ngram` units are Han. */
  #lengthAt(han: Int32Array | undefined, start: number): number {
    const { ngram, ngram_han } = this.#lengths;
    return isHan(han, start, ngram) ? ngram_han : ngram;
  }

  #shortLengthAt(han: Int32Array | undefined, start: number): number {
    const { min_ngram } = this.#lengths;
    return isHan(han, start, min_ngram) ? this.#shortHan : min_ngram;
  }
}

function isHan(han: Int32Array | undefined, start: number, length: number): boolean {
  if (!han) return false;
  const end = Math.min(han.length - 1, start + length);
  return (han[end]! - han[start]!) * 2 > end - start;
}

/** How many of the first i units are ideographs, for every i; undefined where none is. */
function hanCounts(text: string, { count, starts }: TextUnits): Int32Array | undefined {
  let counts: Int32Array | undefined;
  for (let i = 0; i < count; i++) {
    const one = classOf(codePointAt(text, starts[i]!)) === ideograph;
    if (one) counts ??= new Int32Array(count + 1);
    if (counts) counts[i + 1] = counts[i]! + (one ? 1 : 0);
  }
  return counts;
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new AthanorError('bad-file', `${place} is not JSON`, {
      place,
      hint: 'decontaminate reads evaluation sets as JSON Lines: one object a line.',
      cause,
    });
  }
}

/** The strings and numbers at a dotted path, through lists. */
function textsAt(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => textsAt(one, path));
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return [];
  return textsAt((value as Record<string, unknown>)[key], rest);
}
