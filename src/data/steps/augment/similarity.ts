/** How alike two lists of units (words, sentences) are: Dice's coefficient over pairs of neighbours, ends included. */
export function similarity(first: readonly string[], second: readonly string[]): number {
  const left = new Map<string, number>();
  for (const pair of neighbours(first)) left.set(pair, (left.get(pair) ?? 0) + 1);
  let common = 0;
  for (const pair of neighbours(second)) {
    const count = left.get(pair) ?? 0;
    if (count === 0) continue;
    common++;
    left.set(pair, count - 1);
  }
  return (2 * common) / (first.length + second.length + 2);
}

function* neighbours(units: readonly string[]): Generator<string> {
  let before = '';
  for (const unit of units) {
    yield `${before}\0${unit}`;
    before = unit;
  }
  yield `${before}\0`;
}
