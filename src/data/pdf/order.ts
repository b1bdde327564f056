/**
 * The order in which the lines of a page are read. Nearly every program draws a page in that order, columns one after the
 * other, and it knows more of its text than distances tell (cells of tables, boxes beside the text). So that order stands,
 * unless it hops from column to column, or runs up the page; then the page is cut at the gap between the columns, between
 * what goes across them, as in the recursive X-Y cut (Nagy and Seth 1984).
 */
export interface Placed {
  readonly left: number;
  readonly right: number;
  readonly y: number;
  readonly size: number;
}

export function readingOrder<Run extends Placed>(runs: readonly Run[]): readonly Run[] {
  if (runs.length < 4) return runs;
  const start = columnStart(runs);
  if (start === undefined) return runsUp(runs) ? byHeight(runs) : runs;
  const ordered: Run[] = [];
  let columns: [Run[], Run[]] = [[], []];
  const finish = () => {
    for (const column of columns) ordered.push(...readingOrder(column));
    columns = [[], []];
  };
  const rank = new Map(runs.map((run, i) => [run, i]));
  const inDrawingOrder = (list: Run[]) => list.sort((a, b) => rank.get(a)! - rank.get(b)!);
  for (const run of byHeight(runs)) {
    const side = sideOf(run, start);
    if (side !== undefined) columns[side].push(run);
    else {
      columns.forEach(inDrawingOrder);
      finish();
      ordered.push(run);
    }
  }
  columns.forEach(inDrawingOrder);
  finish();
  return ordered;
}

/** 0 left of the column that begins there, 1 in it, undefined across. */
const sideOf = ({ left, right, size }: Placed, start: number): 0 | 1 | undefined =>
  left >= start - 2 ? 1 : right <= start - size * 0.5 ? 0 : undefined;

/** Where a second column begins that the drawing order hops to and from. */
function columnStart(runs: readonly Placed[]): number | undefined {
  const starts = new Map<number, number>();
  for (const { left } of runs) {
    const start = Math.round(left / 2) * 2;
    starts.set(start, (starts.get(start) ?? 0) + 1);
  }
  let best: number | undefined;
  let most = 3;
  // A page has few columns; a hostile one may have its words begin anywhere.
  const common = [...starts].sort((a, b) => b[1] - a[1]).slice(0, 12);
  for (const [start] of common) {
    const sides = runs.map((run) => sideOf(run, start));
    const columns = [0, 1].map((side) => runs.filter((_, i) => sides[i] === side));
    const fewer = Math.min(columns[0]!.length, columns[1]!.length);
    const across = runs.length - columns[0]!.length - columns[1]!.length;
    if (fewer <= most || across > runs.length * 0.4) continue;
    // Cells of a table are short; so short are no lines of a column.
    if (!columns.every((column) => medianWidth(column) > 9)) continue;
    const hops = sides.filter((side) => side !== undefined).filter((side, i, all) => i > 0 && side !== all[i - 1]);
    if (hops.length > fewer * 0.5) [best, most] = [start, fewer];
  }
  return best;
}

/** In letter sizes. */
function medianWidth(runs: readonly Placed[]): number {
  const widths = runs.map(({ left, right, size }) => (right - left) / size).sort((a, b) => a - b);
  return widths[Math.floor(widths.length / 2)] ?? 0;
}

/** Whether lines that stand above each other are mostly drawn from below. */
function runsUp(runs: readonly Placed[]): boolean {
  let [up, down] = [0, 0];
  for (const [i, run] of runs.entries()) {
    const last = runs[i - 1];
    if (last === undefined || run.left > last.right || last.left > run.right) continue;
    if (run.y > last.y + run.size * 0.5) up++;
    if (run.y < last.y - run.size * 0.5) down++;
  }
  return up > down;
}

/** From the top; what stands on one base line from the left. */
function byHeight<Run extends Placed>(runs: readonly Run[]): Run[] {
  const sorted = [...runs].sort((a, b) => b.y - a.y);
  const lines: Run[][] = [];
  for (const run of sorted) {
    const line = lines.at(-1);
    if (line !== undefined && Math.abs(line[0]!.y - run.y) < run.size * 0.4) line.push(run);
    else lines.push([run]);
  }
  return lines.flatMap((line) => line.sort((a, b) => a.left - b.left));
}
