/**
 * SentencePiece's Unigram segmentation (unigram_model.cc, EncodeOptimized; Kudo 2018): the path of highest score over
 * the whole text. Hugging Face's Unigram differs: it adds in 64 bits, SentencePiece in 32, and the two part where sums
 * round to a tie.
 */

import { utf8Length } from '../byte-level.ts';
import { pieceTypes } from './proto.ts';
import { UnitTrie } from './trie.ts';
import type { Emit, SpmVocabulary } from './vocabulary.ts';

/** An unknown character costs this much more than the worst piece. */
const unkPenalty = 10;
/** Sums beyond this are moved back to zero, to keep their last bits. */
const resetThreshold = 100_000;

/** Appends the segmentation of a text. */
export type Segment = (text: string, emit: Emit) => void;

export function unigramSegmenter(vocabulary: SpmVocabulary): Segment {
  const { pieces } = vocabulary.model;
  const scores = new Float32Array(pieces.length);
  let least = 3.4028234663852886e38; // FLT_MAX, for a model without normal pieces
  for (const [id, { piece, score, type }] of pieces.entries()) {
    // A user-defined symbol beats what it could be cut into; longer ones more so. SentencePiece counts its bytes.
    scores[id] = type === pieceTypes.userDefined ? 0.1 * (utf8Length(piece) - 1) : score;
    if (type === pieceTypes.normal) least = Math.min(least, score);
  }
  const unkScore = Math.fround(least - unkPenalty);
  const usable = [...vocabulary.ordinary].filter(([, id]) => !vocabulary.isUnused(id));
  const trie = new UnitTrie(usable);
  return (text, emit) => {
    const path = bestPath(text, trie, scores, unkScore, vocabulary.unkId);
    const cuts: number[] = [];
    for (let end = text.length; end > 0; end = path.starts[end]!) cuts.push(end);
    let start = 0;
    for (let i = cuts.length - 1; i >= 0; i--) {
      const end = cuts[i]!;
      emit(text, start, end, path.ids[end]!);
      start = end;
    }
  };
}

/** By end: the last piece of the best path to there. */
interface BestPaths {
  readonly sums: Float32Array;
  readonly starts: Int32Array;
  readonly ids: Int32Array;
}

const bestPaths = (length: number): BestPaths => ({
  sums: new Float32Array(length + 1),
  starts: new Int32Array(length + 1),
  ids: new Int32Array(length + 1),
});

let kept = bestPaths(4096);

/** One set of arrays for all models: encoding is synchronous. A giant text does not keep giant arrays alive. */
function scratch(length: number): BestPaths {
  if (length > 1 << 20) return bestPaths(length);
  if (kept.sums.length <= length) kept = bestPaths(length * 2);
  return kept;
}

function bestPath(text: string, trie: UnitTrie, scores: Float32Array, unkScore: number, unkId: number): BestPaths {
  const length = text.length;
  const best = scratch(length);
  const { sums, starts, ids } = best;
  const { values } = trie;
  starts.fill(-1, 0, length + 1);
  sums[0] = 0;
  let frontier = 0;
  let width = 1;
  for (let at = 0; at < length; at += width) {
    let sum = sums[at]!;
    if (sum < -resetThreshold || sum > resetThreshold) {
      sums[at] = 0;
      for (let i = at + 1; i <= frontier; i++) if (starts[i] !== -1) sums[i] = sums[i]! - sum;
      sum = 0;
    }
    const unit = text.charCodeAt(at);
    width = unit >= 0xd800 && unit < 0xdc00 && at + 1 < length ? 2 : 1;
    let single = false;
    let node = 0;
    for (let end = at; end < length; ) {
      node = trie.child(node, text.charCodeAt(end++));
      if (node < 0) break;
      const id = values[node]!;
      if (id < 0) continue;
      if (end > frontier) frontier = end;
      const candidate = Math.fround(scores[id]! + sum);
      if (starts[end] === -1 || candidate > sums[end]!) {
        sums[end] = candidate;
        starts[end] = at;
        ids[end] = id;
      }
      if (end - at === width) single = true;
    }
    if (single) continue;
    const end = at + width;
    if (end > frontier) frontier = end;
    const candidate = Math.fround(unkScore + sum);
    if (starts[end] === -1 || candidate > sums[end]!) {
      sums[end] = candidate;
      starts[end] = at;
      ids[end] = unkId;
    }
  }
  return best;
}
