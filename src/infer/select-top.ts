/** Selection and normalisation over one row of scores; shared by the rules, the draw and the log-probabilities. */

/**
 * The ids of the k largest scores, largest first; equal scores in order of id; -Infinity and NaN never selected.
 * O(V log k) by a heap of size k, which costs little more than one pass while k is small.
 */
export function selectTop(scores: Float32Array, k: number): number[] {
  const heap: number[] = []; // smallest of the kept on top
  const below = (a: number, b: number) => scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b);
  const sink = (start: number) => {
    for (let parent = start; ; ) {
      let child = 2 * parent + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && below(heap[child + 1]!, heap[child]!)) child++;
      if (!below(heap[child]!, heap[parent]!)) return;
      [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
      parent = child;
    }
  };
  if (k < 1) return heap;
  for (let id = 0; id < scores.length; id++) {
    if (!(scores[id]! > Number.NEGATIVE_INFINITY)) continue;
    if (heap.length < k) {
      heap.push(id);
      if (heap.length === k) for (let parent = k >> 1; parent >= 0; parent--) sink(parent);
    } else if (scores[id]! > scores[heap[0]!]!) {
      heap[0] = id;
      sink(0);
    }
  }
  return heap.sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/** e^-45 is 3e-20: what is further below the best score changes no sum, and most of a trained model's scores are. */
const NEGLIGIBLE = -45;

/** log Σ exp(scores) in double precision; NaN where a score is NaN or +Infinity. */
export function logSumExp(scores: Float32Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < scores.length; id++) if (scores[id]! > max) max = scores[id]!;
  let sum = 0;
  for (let id = 0; id < scores.length; id++) {
    const below = scores[id]! - max;
    if (below < NEGLIGIBLE) continue;
    sum += Math.exp(below);
  }
  return max + Math.log(sum);
}

/** The id of the largest score, the smallest of equals; -1 where no score is a finite number. */
export function argMax(scores: Float32Array): number {
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < scores.length; id++) {
    if (!(scores[id]! > bestScore) || scores[id] === Number.POSITIVE_INFINITY) continue;
    best = id;
    bestScore = scores[id]!;
  }
  return best;
}
