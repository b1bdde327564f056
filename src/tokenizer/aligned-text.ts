/**
 * A text and where every piece of it came from: the reference path of the pipeline, which gives offsets. A port of the
 * behaviour of Hugging Face's NormalizedString (tokenizers/src/tokenizer/normalizer.rs), in UTF-16 code units.
 *
 * Hugging Face keeps its alignments relative to the slice; here they point into the whole original text, so a slice
 * shares them. What becomes (0, 0) there, a character put in before everything, stands at `origin` here.
 */

/** A character of the new text, and what happened: 0 replaces one, 1 is inserted, -n replaces one and swallows n more. */
export type CharacterChange = readonly [character: string, change: number];

export class AlignedText {
  readonly text: string;
  /** Where the part of the original that this text was cut from begins (HF's `original_shift`). */
  readonly origin: number;
  #starts: Int32Array;
  #ends: Int32Array;
  /** Where this text's entries begin in the two lists: slices share them. */
  #from: number;

  /**
   * @param starts @param ends for every code unit of the text, from `from` on, the stretch of the original that it
   *   stands for; both units of a pair agree
   */
  constructor(text: string, starts: Int32Array, ends: Int32Array, origin: number, from = 0) {
    this.text = text;
    this.#starts = starts;
    this.#ends = ends;
    this.origin = origin;
    this.#from = from;
  }

  /** A text that nothing was done to yet. */
  static of(text: string): AlignedText {
    const starts = new Int32Array(text.length);
    const ends = new Int32Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const size = characterSize(text, i);
      starts[i] = i;
      ends[i] = i + size;
      if (size === 2) {
        starts[i + 1] = i;
        ends[i + 1] = i + 2;
        i++;
      }
    }
    return new AlignedText(text, starts, ends, 0);
  }

  get length(): number {
    return this.text.length;
  }

  /** For every code unit, where what it stands for begins in the original. */
  get starts(): Int32Array {
    this.#unshare();
    return this.#starts;
  }

  /** For every code unit, where what it stands for ends in the original. */
  get ends(): Int32Array {
    this.#unshare();
    return this.#ends;
  }

  /** Views of this text's own entries, made only for those who ask: a document has many slices. */
  #unshare(): void {
    const from = this.#from;
    const end = from + this.text.length;
    if (from === 0 && end === this.#starts.length) return;
    this.#starts = this.#starts.subarray(from, end);
    this.#ends = this.#ends.subarray(from, end);
    this.#from = 0;
  }

  /**
   * The part between two code units, at character boundaries. Its origin is where its first character came from, also
   * for a slice of everything: what a normalizer dropped in front is forgotten.
   */
  slice(start: number, end: number): AlignedText {
    const from = this.#from + start;
    const origin = start < end ? this.#starts[from]! : this.origin;
    return new AlignedText(this.text.slice(start, end), this.#starts, this.#ends, origin, from);
  }

  /** The stretch of the original that `text[start, end)` stands for; undefined for an empty range. */
  originalSpan(start: number, end: number): readonly [number, number] | undefined {
    if (start >= end || end > this.length) return undefined;
    return [this.#starts[this.#from + start]!, this.#ends[this.#from + end - 1]!];
  }

  /**
   * HF's `transform`: the characters of the new text in order, each with its change.
   * @param removedAtStart number of characters dropped before the first of them
   */
  transform(changes: Iterable<CharacterChange>, removedAtStart = 0): AlignedText {
    const edit = new AlignedEdit(this);
    edit.skip(removedAtStart);
    for (const [character, change] of changes) edit.put(character, change);
    return edit.finish();
  }

  /**
   * Replaces characters one by one, each piece of a replacement keeping its character's place: HF's `filter`, `map`,
   * `lowercase`, and all transforms that look at one character at a time.
   * @param map the text instead of a code point: '' drops it, undefined leaves it
   */
  mapCharacters(map: (codePoint: number) => string | undefined): AlignedText {
    const { text } = this;
    let edit: AlignedEdit | undefined;
    let mapped = '';
    let done = 0;
    for (let i = 0; i < text.length; ) {
      const codePoint = text.codePointAt(i)!;
      const size = codePoint > 0xffff ? 2 : 1;
      const content = map(codePoint);
      if (content !== undefined) {
        if (!edit && content.length !== size) edit = new AlignedEdit(this, done, mapped);
        if (edit) {
          edit.keepTo(i);
          edit.write(content, i);
          edit.skipTo(i + size);
        } else {
          mapped += text.slice(done, i) + content;
          done = i + size;
        }
      }
      i += size;
    }
    if (edit) {
      edit.keepTo(text.length);
      return edit.finish();
    }
    return done === 0 ? this : this.#withText(mapped + text.slice(done));
  }

  /** Another text of the same length, unit for unit. */
  #withText(text: string): AlignedText {
    return new AlignedText(text, this.#starts, this.#ends, this.origin, this.#from);
  }

  /**
   * HF's `replace`: the content takes the place of the last character that it replaces, or of the character before
   * it where the match is empty.
   * @param matches flat pairs [start, end, …], ascending, not overlapping
   */
  replace(matches: readonly number[], content: string): AlignedText {
    if (matches.length === 0) return this;
    const edit = new AlignedEdit(this);
    for (let i = 0; i < matches.length; i += 2) {
      edit.keepTo(matches[i]!);
      edit.write(content, matches[i + 1]! - 1);
      edit.skipTo(matches[i + 1]!);
    }
    edit.keepTo(this.length);
    return edit.finish();
  }

  /** Puts `content` in front, in the place of the first character; an empty text stays empty. */
  prepend(content: string): AlignedText {
    if (this.length === 0 || content === '') return this;
    return this.#joined(content + this.text, content.length, 0);
  }

  /** Puts `content` at the end, in the place of the last character. */
  append(content: string): AlignedText {
    return content === '' ? this : this.#joined(this.text + content, 0, content.length);
  }

  #joined(text: string, before: number, after: number): AlignedText {
    const { length, origin } = this;
    const starts = new Int32Array(text.length);
    const ends = new Int32Array(text.length);
    starts.set(this.starts, before);
    ends.set(this.ends, before);
    starts.fill(this.starts[0] ?? origin, 0, before);
    ends.fill(this.ends[0] ?? origin, 0, before);
    starts.fill(this.starts[length - 1] ?? origin, before + length, before + length + after);
    ends.fill(this.ends[length - 1] ?? origin, before + length, before + length + after);
    return new AlignedText(text, starts, ends, origin);
  }

  /** Keeps the part between two code units; unlike a slice it still begins where it began (HF's `lrstrip`). */
  trim(start: number, end: number): AlignedText {
    if (start === 0 && end === this.length) return this;
    return new AlignedText(this.text.slice(start, end), this.#starts, this.#ends, this.origin, this.#from + start);
  }
}

/** Code units of the character that begins at `at`. */
function characterSize(text: string, at: number): 1 | 2 {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Writes a changed copy of a text from left to right. */
export class AlignedEdit {
  readonly #source: AlignedText;
  #text: string;
  #starts: Int32Array;
  #ends: Int32Array;
  #length: number;
  /** Code unit of the source that comes next. */
  #at: number;

  /** @param at where to begin; what is before it was replaced by `text`, unit for unit */
  constructor(source: AlignedText, at = 0, text = '') {
    this.#source = source;
    // Pieces of words may grow to their bytes, three for one; documents seldom grow much.
    const { length } = source;
    const capacity = length < 256 ? 3 * length : length + (length >> 3);
    this.#starts = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
    if (at > 0) {
      this.#starts.set(source.starts.subarray(0, at));
      this.#ends.set(source.ends.subarray(0, at));
    }
    this.#text = text;
    this.#length = at;
    this.#at = at;
  }

  /** Copies the source up to a code unit. */
  keepTo(end: number): void {
    const { text, starts, ends } = this.#source;
    if (end <= this.#at) return;
    this.#reserve(end - this.#at);
    this.#starts.set(starts.subarray(this.#at, end), this.#length);
    this.#ends.set(ends.subarray(this.#at, end), this.#length);
    this.#length += end - this.#at;
    this.#text += text.slice(this.#at, end);
    this.#at = end;
  }

  /** Goes on at a code unit of the source; what lies before it is left out. */
  skipTo(at: number): void {
    this.#at = at;
  }

  /** Leaves out a number of characters. */
  skip(count: number): void {
    const { text } = this.#source;
    for (; count > 0 && this.#at < text.length; count--) this.#at += characterSize(text, this.#at);
  }

  /** Writes text that stands for what the source's code unit `like` stands for; before the first one: for nothing. */
  write(content: string, like: number): void {
    const { starts, ends, origin } = this.#source;
    this.#reserve(content.length);
    const end = this.#length + content.length;
    this.#starts.fill(starts[like] ?? origin, this.#length, end);
    this.#ends.fill(ends[like] ?? origin, this.#length, end);
    this.#length = end;
    this.#text += content;
  }

  /** Writes one character with HF's change number; more changes than there are characters repeat the last one. */
  put(character: string, change: number): void {
    if (change > 0) {
      this.write(character, this.#at - 1);
      return;
    }
    this.write(character, Math.min(this.#at, this.#source.length - 1));
    this.skip(1 - change);
  }

  finish(): AlignedText {
    const { origin } = this.#source;
    const length = this.#length;
    return new AlignedText(this.#text, this.#starts.subarray(0, length), this.#ends.subarray(0, length), origin);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#starts.length) return;
    const capacity = Math.max(needed, 2 * this.#starts.length);
    for (const name of ['starts', 'ends'] as const) {
      const grown = new Int32Array(capacity);
      grown.set((name === 'starts' ? this.#starts : this.#ends).subarray(0, this.#length));
      if (name === 'starts') this.#starts = grown;
      else this.#ends = grown;
    }
  }
}
