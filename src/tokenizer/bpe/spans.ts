/** Widths of tokens in UTF-8 bytes → their spans in UTF-16 units. A token of part of a character stands for all of it. */

/** UTF-8 bytes of a code point. */
export function utf8Width(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/** Appends [start, end] of each token, given the bytes that each takes of the piece's UTF-8, one after another. */
export function pushSpans(piece: string, widths: ArrayLike<number>, spans: number[]): void {
  let unit = 0; // the character at `unit` takes the bytes [byte, byte + width)
  let byte = 0;
  let from = 0;
  const widthAt = () => (unit < piece.length ? utf8Width(piece.codePointAt(unit)!) : 1);
  const stepTo = (target: number) => {
    for (let width = widthAt(); unit < piece.length && byte + width <= target; width = widthAt()) {
      byte += width;
      unit += width === 4 ? 2 : 1;
    }
  };
  for (let i = 0; i < widths.length; i++) {
    const to = from + widths[i]!;
    stepTo(from);
    const start = unit;
    stepTo(to - 1);
    const end = unit < piece.length ? unit + (widthAt() === 4 ? 2 : 1) : unit;
    spans.push(start, end);
    from = to;
  }
}
