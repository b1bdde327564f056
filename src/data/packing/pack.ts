/**
 * Packs documents into sequences of fixed length: pure functions from token offsets to pieces of documents. A piece is a
 * run of tokens of one document that are inputs; their labels are the tokens after each, which always belong to the same
 * document, so no document is ever predicted from another one. Reads no tokens.
 */
import { AthanorError } from '../../core/index.ts';

/** Inputs `from … to - 1` of the document that ends before `end` (in tokens of the whole stream). */
export interface Piece {
  readonly from: number;
  readonly to: number;
  /** A token at or after this one is no target of the piece. */
  readonly end: number;
}

/** A plan of all sequences. */
export interface Layout {
  /** Sequences. */
  readonly count: number;
  /** The pieces of sequence i, at most `sequenceLength` inputs. */
  pieces(i: number): Piece[];
  readonly stats: PackingStats;
}

/** What packing did to the documents; nothing is cut or left out without standing here. */
export interface PackingStats {
  readonly documents: number;
  readonly sequences: number;
  /** Places of the sequences that hold no token. */
  readonly padding: number;
  /** Documents that lie in more than one sequence (`stream`): later parts do not see the earlier ones. */
  readonly splitDocuments: number;
  /** Documents of which only the beginning is used (`whole`, `overlong: truncate`), and the tokens that were cut. */
  readonly truncatedDocuments: number;
  readonly truncatedTokens: number;
  /** Documents left out because they are longer than a sequence (`whole`, `overlong: drop`). */
  readonly droppedDocuments: number;
  /** Documents left out because nothing in them (or in what is left of them) counts in the loss (`whole`). */
  readonly withoutTargets: number;
}

const NOTHING_LOST = {
  splitDocuments: 0,
  truncatedDocuments: 0,
  truncatedTokens: 0,
  droppedDocuments: 0,
  withoutTargets: 0,
};

/** The document that token `position` lies in. */
function documentAt(offsets: Float64Array, position: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (offsets[middle]! <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** The pieces of the inputs `start … end - 1` of the stream. */
export function piecesOfWindow(offsets: Float64Array, start: number, end: number): Piece[] {
  const pieces: Piece[] = [];
  for (let document = documentAt(offsets, start), from = start; from < end; document++) {
    const documentEnd = offsets[document + 1]!;
    pieces.push({ from, to: Math.min(documentEnd, end), end: documentEnd });
    from = documentEnd;
  }
  return pieces;
}

/**
 * The whole stream cut every `length` inputs (nanoGPT's and GPT-2's way). The label of a sequence's last input is the
 * first token of the next sequence, so every token that is not the first of its document is a target exactly once.
 */
export function streamLayout(offsets: Float64Array, length: number): Layout {
  const documents = offsets.length - 1;
  // The last token of all predicts nothing, so it is no input.
  const inputs = Math.max(1, offsets[documents]! - 1);
  const count = Math.ceil(inputs / length);
  let splitDocuments = 0;
  for (let i = 0; i < documents; i++) {
    const last = Math.min(offsets[i + 1]!, inputs) - 1;
    if (Math.floor(offsets[i]! / length) < Math.floor(last / length)) splitDocuments++;
  }
  return {
    count,
    pieces: (i) => piecesOfWindow(offsets, i * length, Math.min((i + 1) * length, inputs)),
    stats: { ...NOTHING_LOST, documents, sequences: count, padding: count * length - inputs, splitDocuments },
  };
}

/**
 * Documents kept whole: each into the fullest sequence that has room (best fit, longest first; Ding et al. 2024, "Fewer
 * Truncations Improve Language Modeling"). A document of n tokens takes n - 1 inputs: its last token is only a target.
 * @param targets how many tokens in [from, to) count in the loss
 */
export function wholeLayout(
  offsets: Float64Array,
  length: number,
  overlong: 'truncate' | 'drop' | 'error',
  targets: (from: number, to: number) => number,
): Layout {
  const documents = offsets.length - 1;
  const lost = { ...NOTHING_LOST };
  const sizes = new Uint32Array(documents);
  for (let i = 0; i < documents; i++) {
    const inputs = offsets[i + 1]! - offsets[i]! - 1;
    if (inputs > length && overlong === 'error') throw tooLong(i, inputs, length);
    if (inputs > length && overlong === 'drop') {
      lost.droppedDocuments++;
      continue;
    }
    const used = Math.min(inputs, length);
    if (targets(offsets[i]! + 1, offsets[i]! + 1 + used) === 0) {
      lost.withoutTargets++;
      continue;
    }
    if (inputs > length) {
      lost.truncatedDocuments++;
      lost.truncatedTokens += inputs - length;
    }
    sizes[i] = used;
  }
  const sequences = bestFit(sizes, length);
  const used = sizes.reduce((sum, size) => sum + size, 0);
  return {
    count: sequences.length,
    pieces: (i) =>
      sequences[i]!.map((document) => {
        const from = offsets[document]!;
        const to = from + sizes[document]!;
        return { from, to, end: to + 1 };
      }),
    stats: { ...lost, documents, sequences: sequences.length, padding: sequences.length * length - used },
  };
}

function tooLong(document: number, inputs: number, length: number): AthanorError {
  return new AthanorError(
    'bad-input',
    `document ${document} has ${inputs + 1} tokens, a sequence holds ${length + 1}`,
    {
      hint: 'Raise the sequence length, or choose `overlong: truncate` or `overlong: drop`.',
      values: { document, tokens: inputs + 1, length },
    },
  );
}

/** Bins of indices whose sizes (0 = leave out) are at most `capacity` in sum. Deterministic: ties by lower index. */
export function bestFit(sizes: Uint32Array, capacity: number): number[][] {
  const bins: number[][] = [];
  /** Room left → bins with just that room, the newest last. */
  const byRoom: number[][] = Array.from({ length: capacity + 1 }, () => []);
  const bySize: number[][] = Array.from({ length: capacity + 1 }, () => []);
  for (let i = 0; i < sizes.length; i++) if (sizes[i]! > 0) bySize[sizes[i]!]!.push(i);
  for (let size = capacity; size > 0; size--) {
    // No bin has a room in [size, room): the search for the tightest fit goes on from there.
    let room = size;
    for (const index of bySize[size]!) {
      while (room <= capacity && byRoom[room]!.length === 0) room++;
      const bin = room <= capacity ? byRoom[room]!.pop()! : bins.push([]) - 1;
      const left = Math.min(room, capacity) - size;
      bins[bin]!.push(index);
      byRoom[left]!.push(bin);
      if (left >= size) room = Math.min(room, left);
    }
  }
  return bins;
}
