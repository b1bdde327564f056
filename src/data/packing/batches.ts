/**
 * Batches for training and validation. `batch(position)` is a pure function of the tokens, the options and the position:
 * training resumes exactly from a number. Knows no model; the tensors are plain data as `runtime/` takes them.
 */
import { AthanorError, permutation, type Reporter, Rng } from '../../core/index.ts';
import { type Layout, type PackingStats, type Piece, piecesOfWindow, streamLayout, wholeLayout } from './pack.ts';
import { IGNORED, type Tokens } from './tokens.ts';

/** An int64 tensor of shape [batch, sequence length]. */
export interface Int64Matrix {
  readonly dtype: 'int64';
  readonly shape: [number, number];
  readonly data: BigInt64Array<ArrayBuffer>;
}

/** One batch; B rows (sequences) of T places. */
export interface Batch {
  readonly input_ids: Int64Matrix;
  /** The token after each input, or -100: at the end of a document, where the mask says so, and in padding. */
  readonly labels: Int64Matrix;
  /** 1, 2, … for the documents of a row; 0 for padding. Attention stays inside equal numbers. */
  readonly segment_ids: Int64Matrix;
  /** Place inside the document (or the part of it that is in this row), from 0. */
  readonly positions: Int64Matrix;
  /** Inputs that are no padding. */
  readonly tokens: number;
  /** Labels that are not -100. */
  readonly targets: number;
}

export interface PackedBatchesOptions {
  readonly tokens: Tokens;
  /** T. */
  readonly sequenceLength: number;
  /** B. */
  readonly batchSize: number;
  readonly seed: number;
  /**
   * `epochs` (default): every sequence once an epoch, in an order that belongs to (seed, epoch). `windows`: random windows
   * of the stream, with replacement (nanoGPT's get_batch).
   */
  readonly sampling?: 'epochs' | 'windows';
  /**
   * `stream` (default, pretraining): documents one after another, cut every T inputs. `whole` (chat documents): documents
   * stay whole, packed by best fit.
   */
  readonly packing?: 'stream' | 'whole';
  /** What happens to a document longer than T + 1 tokens under `whole` packing; counted in `stats`. Default: truncate. */
  readonly overlong?: 'truncate' | 'drop' | 'error';
  /** The id in places of padding; any valid one, since nothing there counts. Default 0. */
  readonly padId?: number;
  /** Gets a warning when documents are truncated or left out. */
  readonly report?: Reporter;
  readonly stage?: string;
}

/** Separates the windows' random numbers from every other use of the seed. */
const WINDOW_STREAM = 0x77696e64;

export class PackedBatches {
  /** Sequences an epoch. */
  readonly sequences: number;
  readonly stats: PackingStats;
  private readonly options: PackedBatchesOptions;
  private readonly layout: Layout;
  private readonly orders = new Map<number, Uint32Array>();

  /** @throws AthanorError('bad-input') when there is nothing to train on, or the stream is shorter than a window */
  constructor(options: PackedBatchesOptions) {
    const {
      tokens,
      sequenceLength,
      batchSize,
      sampling = 'epochs',
      packing = 'stream',
      overlong = 'truncate',
    } = options;
    if (!(Number.isInteger(sequenceLength) && sequenceLength > 0 && Number.isInteger(batchSize) && batchSize > 0)) {
      throw new AthanorError(
        'bad-input',
        `batches of ${batchSize} × ${sequenceLength} tokens are impossible; both must be whole numbers from 1`,
      );
    }
    if (sampling === 'windows' && tokens.length <= sequenceLength) {
      throw new AthanorError(
        'bad-input',
        `the split has ${tokens.length} tokens; a window needs ${sequenceLength + 1}`,
        {
          place: tokens.directory,
          hint: 'Shorten the sequence length, or use more text.',
        },
      );
    }
    this.options = options;
    this.layout =
      packing === 'stream'
        ? streamLayout(tokens.offsets, sequenceLength)
        : wholeLayout(tokens.offsets, sequenceLength, overlong, targetCounter(tokens));
    this.sequences = this.layout.count;
    this.stats = this.layout.stats;
    this.refuseEmpty();
    this.warn();
  }

  /**
   * Batch number `position`: sequences position·B … position·B + B - 1 of the endless series of epochs, so that a batch
   * may end one epoch and begin the next, and none is left out.
   */
  batch(position: number): Batch {
    const { batchSize, sequenceLength, sampling = 'epochs', tokens, seed } = this.options;
    const rows: Piece[][] = [];
    for (let i = position * batchSize; i < (position + 1) * batchSize; i++) {
      if (sampling === 'windows') {
        // Four numbers a window: `int` draws again, rarely, to stay unbiased.
        const start = new Rng(seed, WINDOW_STREAM, i * 4).int(tokens.length - sequenceLength);
        rows.push(piecesOfWindow(tokens.offsets, start, start + sequenceLength));
      } else {
        const epoch = Math.floor(i / this.sequences);
        rows.push(this.layout.pieces(this.order(epoch)[i % this.sequences]!));
      }
    }
    return this.fill(rows);
  }

  /** The epoch (from 0, with its fraction) that training is in after `position` batches. */
  epochAt(position: number): number {
    return (position * this.options.batchSize) / this.sequences;
  }

  /** Inputs (padding apart) of the first `rows` sequences that training reads. */
  tokensIn(rows: number): number {
    const { sampling = 'epochs', sequenceLength } = this.options;
    if (sampling === 'windows') return rows * sequenceLength;
    const inputs = (i: number) => this.layout.pieces(i).reduce((sum, { from, to }) => sum + to - from, 0);
    const epochs = Math.floor(rows / this.sequences);
    const rest = rows % this.sequences;
    let tokens = epochs * (this.sequences * sequenceLength - this.stats.padding);
    if (rest > 0) for (const i of this.order(epochs).subarray(0, rest)) tokens += inputs(i);
    return tokens;
  }

  /** Batches of `evaluation()`. */
  get evaluationBatches(): number {
    return Math.ceil(this.sequences / this.options.batchSize);
  }

  /** Batch `i` of `evaluationBatches`: sequences in the order of the data; the last one is filled up with empty rows. */
  evaluationBatch(i: number): Batch {
    const { batchSize } = this.options;
    const first = i * batchSize;
    const count = Math.min(batchSize, this.sequences - first);
    return this.fill(
      Array.from({ length: batchSize }, (_, row) => (row < count ? this.layout.pieces(first + row) : [])),
    );
  }

  /** Every sequence once, in the order of the data, for validation. */
  *evaluation(): Generator<Batch> {
    for (let i = 0; i < this.evaluationBatches; i++) yield this.evaluationBatch(i);
  }

  private order(epoch: number): Uint32Array {
    let order = this.orders.get(epoch);
    if (!order) {
      order = permutation(this.sequences, this.options.seed, epoch);
      // A batch touches two epochs at most unless it is larger than an epoch; older orders can be made again.
      if (this.orders.size >= 2) this.orders.delete(this.orders.keys().next().value!);
      this.orders.set(epoch, order);
    }
    return order;
  }

  private fill(rows: readonly Piece[][]): Batch {
    const { sequenceLength: length, padId = 0, tokens } = this.options;
    const shape: [number, number] = [rows.length, length];
    const matrices = Array.from({ length: 4 }, () => new BigInt64Array(rows.length * length));
    // Writing the low and high halves avoids a BigInt for every number.
    const [ids, labels, segments, positions] = matrices.map(({ buffer }) => new Int32Array(buffer)) as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    let inputs = 0;
    let targets = 0;
    labels.fill(-1);
    for (let place = 0; place < rows.length * length; place++) {
      ids[2 * place] = padId;
      labels[2 * place] = IGNORED;
    }
    for (const [row, pieces] of rows.entries()) {
      let place = row * length;
      for (const [segment, { from, to, end }] of pieces.entries()) {
        const last = Math.min(to + 1, end);
        const read = tokens.read(from, last);
        const mask = tokens.readMask(from, last);
        inputs += to - from;
        for (let i = 0; i < to - from; i++, place++) {
          ids[2 * place] = read[i]!;
          segments[2 * place] = segment + 1;
          positions[2 * place] = i;
          if (i + 1 >= read.length || mask?.[i + 1] === 0) continue;
          labels[2 * place] = read[i + 1]!;
          labels[2 * place + 1] = 0;
          targets++;
        }
      }
    }
    const [input_ids, label_ids, segment_ids, position_ids] = matrices.map((data) => ({
      dtype: 'int64' as const,
      shape,
      data,
    })) as [Int64Matrix, Int64Matrix, Int64Matrix, Int64Matrix];
    return { input_ids, labels: label_ids, segment_ids, positions: position_ids, tokens: inputs, targets };
  }

  private refuseEmpty(): void {
    const { tokens, sequenceLength } = this.options;
    if (this.sequences > 0 && tokens.info.targets > 0) return;
    throw new AthanorError(
      'bad-input',
      `nothing in ${tokens.directory} can be predicted: no sequence has a token that counts`,
      {
        place: tokens.directory,
        hint: `Documents need two tokens or more, and some that count; a sequence holds ${sequenceLength}.`,
        values: { ...this.stats },
      },
    );
  }

  private warn(): void {
    const { truncatedDocuments, truncatedTokens, droppedDocuments, withoutTargets, documents } = this.stats;
    const parts = [
      truncatedDocuments > 0 && `${truncatedDocuments} truncated (${truncatedTokens} tokens cut)`,
      droppedDocuments > 0 && `${droppedDocuments} left out as too long`,
      withoutTargets > 0 && `${withoutTargets} left out because nothing in them counts in the loss`,
    ].filter((part) => part !== false);
    if (parts.length === 0) return;
    const text = `of ${documents} documents at sequence length ${this.options.sequenceLength}: ${parts.join(', ')}`;
    this.options.report?.({
      type: 'message',
      level: 'warn',
      text,
      ...(this.options.stage === undefined ? {} : { stage: this.options.stage }),
    });
  }
}

function targetCounter(tokens: Tokens): (from: number, to: number) => number {
  return (from, to) => {
    const mask = to > from ? tokens.readMask(from, to) : undefined;
    if (!mask) return to - from;
    let count = 0;
    for (const one of mask) count += one;
    return count;
  };
}
