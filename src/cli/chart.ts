/** A small line chart for the terminal: a line in Braille dots (2 × 4 to a character) and points marked over it. Pure text. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ChartOptions {
  /** Columns and rows of the plot, without the labels. */
  readonly width: number;
  readonly height: number;
  /** Colours the line's and the points' characters. */
  readonly paintLine?: (text: string) => string;
  readonly paintPoint?: (text: string) => string;
}

/** Dot (column 0–1, row 0–3) → bit of U+2800 + bits (Unicode: Braille Patterns). */
const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Draws `line` joined up and `points` as `o`; labels of the y axis on the left, of the x axis below. */
export function chart(line: readonly Point[], points: readonly Point[], options: ChartOptions): string {
  const { width, height, paintLine = (text) => text, paintPoint = (text) => text } = options;
  const finite = ({ x, y }: Point) => Number.isFinite(x) && Number.isFinite(y);
  const all = [...line, ...points].filter(finite);
  if (all.length === 0) return '';
  const xs = all.map(({ x }) => x);
  const ys = all.map(({ y }) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  const scale = (value: number, from: number, to: number, size: number) =>
    to === from ? 0 : Math.round(((value - from) / (to - from)) * (size - 1));
  const column = (x: number) => scale(x, left, right, width * 2);
  const row = (y: number) => height * 4 - 1 - scale(y, bottom, top, height * 4);

  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  let before: [number, number] | undefined;
  for (const { x, y } of line.filter(finite)) {
    const here: [number, number] = [column(x), row(y)];
    for (const [dotX, dotY] of segment(before ?? here, here))
      cells[dotY >> 2]![dotX >> 1]! |= dots[(dotX & 1) as 0 | 1][(dotY & 3) as 0 | 1 | 2 | 3];
    before = here;
  }
  const marks = new Set(points.filter(finite).map(({ x, y }) => (row(y) >> 2) * width + (column(x) >> 1)));

  const labelWidth = 8;
  const rows = cells.map((bits, r) => {
    const label =
      r % 3 === 0 || r === height - 1 ? (top - ((top - bottom) * r) / Math.max(1, height - 1)).toFixed(2) : '';
    const text = Array.from(bits, (bit, c) =>
      marks.has(r * width + c) ? paintPoint('o') : bit === 0 ? ' ' : paintLine(String.fromCodePoint(0x2800 + bit)),
    );
    return `${label.padStart(labelWidth)} ┤${text.join('')}`.trimEnd();
  });
  const [from, to] = [left, right].map((x) => x.toLocaleString('en-US')) as [string, string];
  const axis = `${' '.repeat(labelWidth)} └${'─'.repeat(width)}`;
  const below = `${' '.repeat(labelWidth + 2)}${from}${to.padStart(Math.max(1, width - from.length))}`;
  return [...rows, axis, below].join('\n');
}

/** The dots between two dots, both included (a digital differential analyser). */
function* segment([x0, y0]: [number, number], [x1, y1]: [number, number]): Generator<[number, number]> {
  const steps = Math.max(1, Math.abs(x1 - x0), Math.abs(y1 - y0));
  for (let i = 0; i <= steps; i++)
    yield [Math.round(x0 + ((x1 - x0) * i) / steps), Math.round(y0 + ((y1 - y0) * i) / steps)];
}
