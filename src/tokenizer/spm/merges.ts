/**
 * Merges for a vocabulary that has none: SentencePiece's BPE joins any two neighbours whose concatenation is a piece,
 * tokenizer.json lists pairs. All pairs, in the order of transformers' `generate_merges` (convert_slow_tokenizer.py).
 */

/**
 * @param pieces token, id and score of those that take part
 * @returns pairs of token texts, best first
 */
export function mergesFromScores(
  pieces: readonly (readonly [token: string, id: number, score: number])[],
): [string, string][] {
  const ids = new Map(pieces.map(([token, id]) => [token, id]));
  const found: { left: string; right: string; score: number; order: number }[] = [];
  for (const [token, , score] of pieces) {
    const own: { left: string; right: string; key: number }[] = [];
    for (let cut = 1; cut < token.length; cut++) {
      const unit = token.charCodeAt(cut);
      if (unit >= 0xdc00 && unit < 0xe000) continue; // inside a pair
      const left = ids.get(token.slice(0, cut));
      const right = left === undefined ? undefined : ids.get(token.slice(cut));
      if (left !== undefined && right !== undefined)
        own.push({ left: token.slice(0, cut), right: token.slice(cut), key: left * 0x1000000 + right });
    }
    own.sort((a, b) => a.key - b.key);
    for (const { left, right } of own) found.push({ left, right, score, order: found.length });
  }
  // Lengths in code points, as Python counts them.
  const length = (text: string) => (/[\ud800-\udfff]/.test(text) ? [...text].length : text.length);
  found.sort(
    (a, b) =>
      b.score - a.score || length(b.left) - length(a.left) || length(b.right) - length(a.right) || a.order - b.order,
  );
  return found.map(({ left, right }) => [left, right]);
}
