/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11) inside a graph, bit for bit the
 * function `philox4x32` of core/rng. Shared by the random prims; knows their bits, not their distributions.
 *
 * Block i of a use of randomness is philox4x32(counter = [i, stream, step low, step high], key = [seed low, seed high]),
 * where the graph's `key` tensor is int64 [3] = [seed low, seed high, step]. A value is thus a pure function of (seed, step,
 * stream, position): runs resume exactly and a recomputed dropout draws the same mask.
 *
 * Layout: a use that takes P values from each block makes N = ⌈n/P⌉ blocks, and flat element e is part ⌊e/N⌋ of block
 * e mod N. (Parts one after another are a Concat of whole vectors; interleaving them would be a transpose.)
 *
 * Emission: two uint64 vectors hold the state, U = c0:c1 and V = c2:c3 (first word in the high half). The 64-bit product of
 * a round already has the right halves in the right place, so a round is
 *   U' = M1·(V≫32) ⊕ U≪32 ⊕ k0≪32      V' = M0·(U≫32) ⊕ V≪32 ⊕ k1≪32,
 * ten passes over N numbers. Round 1 needs two passes and round 2 five, because only c0 differs between blocks.
 */
import { AthanorError, invariant, philox4x32 } from '../core/index.ts';
import { canonicalShape, shapeSize } from './dims.ts';
import { shapeError } from './ir.ts';
import { onnxDataType } from './onnx/encode.ts';
import type { EmitContext } from './prim.ts';
import { type NdArray, ndarray, sizeOf } from './reference/ndarray.ts';
import { type DType, isFloat, type Shape, type TensorType } from './types.ts';

const MUL0 = 0xd2511f53;
const MUL1 = 0xcd9e8d57;
const WEYL0 = 0x9e3779b9n;
const WEYL1 = 0xbb67ae85n;
const ROUNDS = 10;

/** What every random prim is told. */
export interface RandomAttributes {
  readonly shape: Shape;
  /** Separates the uses of randomness of one step; an integer in [0, 2^32). */
  readonly stream: number;
}

/** The shape rule of the random prims: one key in, `shape` out. */
export function inferRandom(
  name: string,
  inputs: readonly TensorType[],
  { shape, stream }: RandomAttributes,
  dtype: DType,
): TensorType[] {
  const [key] = inputs;
  if (!key || inputs.length !== 1 || key.dtype !== 'int64' || key.shape.length !== 1 || key.shape[0] !== 3)
    throw shapeError(name, inputs, 'a key: int64 [3] = seed low, seed high, step');
  if (!Number.isInteger(stream) || stream < 0 || stream >= 2 ** 32)
    throw new AthanorError('bad-input', `${name}: stream ${stream} is not an integer in [0, 2^32)`);
  if (!isFloat(dtype) && dtype !== 'bool') throw shapeError(name, inputs, `a float element type, not ${dtype}`);
  return [{ dtype, shape: canonicalShape(shape) }];
}

/** The state of all blocks after ten rounds: U = c0:c1 and V = c2:c3, uint64 [N]. */
export interface PhiloxState {
  readonly u: string;
  readonly v: string;
}

/** Emits Philox for as many blocks as `shape` needs at `parts` values a block. `key` names the int64 [3] key. */
export function emitPhilox(
  context: EmitContext,
  key: string,
  attributes: RandomAttributes,
  parts: number,
): PhiloxState {
  const half = context.scalar('uint64', 32);
  const right = (x: string) => context.node('BitShift', [x, half], { direction: 'RIGHT' });
  const left = (x: string) => context.node('BitShift', [x, half], { direction: 'LEFT' });
  const xor = (a: string, b: string) => context.node('BitwiseXor', [a, b]);
  const times = (x: string, factor: number) => context.node('Mul', [x, context.scalar('uint64', factor)]);

  const [low, high, ...roundKeys] = keyParts(context, key);
  const [keys0, keys1] = [roundKeys.slice(0, ROUNDS), roundKeys.slice(ROUNDS)];
  // stream ≪ 32, as a constant: exact in float64, being a 32-bit integer times a power of two.
  const stream = context.scalar('uint64', attributes.stream * 2 ** 32);

  let u = xor(xor(times(low!, MUL1), stream), keys0[0]!);
  let v = xor(firstProduct(context, attributes.shape, parts), xor(high!, keys1[0]!));
  for (let round = 1; round < ROUNDS; round++) {
    // After round 1, U is one number for all blocks: everything that it alone gives is combined first.
    const scalarU = round === 1;
    const nextU = scalarU
      ? xor(times(right(v), MUL1), xor(left(u), keys0[round]!))
      : xor(xor(times(right(v), MUL1), left(u)), keys0[round]!);
    const nextV = scalarU
      ? xor(left(v), xor(times(right(u), MUL0), keys1[round]!))
      : xor(xor(times(right(u), MUL0), left(v)), keys1[round]!);
    [u, v] = [nextU, nextV];
  }
  return { u, v };
}

/**
 * What the uses of randomness of one model share. ONNX Runtime would merge equal nodes too, but folds constants first: a
 * vector of eight bytes a block for every use.
 */
const shared = new WeakMap<EmitContext, Map<string, readonly string[]>>();

function once(context: EmitContext, what: string, make: () => readonly string[]): readonly string[] {
  const known = shared.get(context) ?? new Map<string, readonly string[]>();
  shared.set(context, known);
  const names = known.get(what) ?? make();
  known.set(what, names);
  return names;
}

/** Of the key: step low; step high ≪ 32; the ten round keys k0 ≪ 32; the ten round keys k1 ≪ 32. uint64 [1] each. */
function keyParts(context: EmitContext, key: string): readonly string[] {
  return once(context, `key ${key}`, () => {
    // The cast keeps the bits of negative numbers.
    const bits = context.node('Cast', [key], { to: onnxDataType.uint64 });
    const [seedLow, seedHigh, step] = split(context, bits, 3);
    const half = context.scalar('uint64', 32);
    const low = context.node('BitwiseAnd', [step!, context.scalar('uint64', 0xffffffff)]);
    const cut = context.node('BitShift', [step!, half], { direction: 'RIGHT' });
    const high = context.node('BitShift', [cut, half], { direction: 'LEFT' });
    const [keys0, keys1] = [keySchedule(context, seedLow!, WEYL0), keySchedule(context, seedHigh!, WEYL1)];
    return [low, high, ...keys0, ...keys1];
  });
}

function split(context: EmitContext, x: string, count: number): string[] {
  const outputs = Array.from({ length: count }, () => context.fresh());
  context.node('Split', [x], { axis: 0, num_outputs: count }, { outputs });
  return outputs;
}

/** The ten round keys k + r·weyl, in the high half; the shift drops what is above 32 bits. */
function keySchedule(context: EmitContext, key: string, weyl: bigint): string[] {
  const steps = context.constant(
    'uint64',
    BigUint64Array.from({ length: ROUNDS }, (_, r) => BigInt(r) * weyl),
  );
  const sums = context.node('Add', [key, steps]);
  const high = context.node('BitShift', [sums, context.scalar('uint64', 32)], { direction: 'LEFT' });
  return split(context, high, ROUNDS);
}

/** M0 · i for the blocks i = 0 … N-1, uint64 [N]. */
function firstProduct(context: EmitContext, shape: Shape, parts: number): string {
  const size = shapeSize(shape);
  const what = `blocks ${typeof size === 'number' ? Math.ceil(size / parts) : `${size} / ${parts}`}`;
  const [product] = once(context, what, () => {
    const blocks =
      typeof size === 'number'
        ? context.scalar('int64', Math.ceil(size / parts))
        : context.node('Squeeze', [
            context.node('Div', [
              context.node('Add', [context.dim(size), context.scalar('int64', parts - 1)]),
              context.scalar('int64', parts),
            ]),
          ]);
    const range = context.node('Range', [context.scalar('int64', 0), blocks, context.scalar('int64', 1)]);
    const index = context.node('Cast', [range], { to: onnxDataType.uint64 });
    return [context.node('Mul', [index, context.scalar('uint64', MUL0)])];
  });
  return product!;
}

/**
 * Joins the values, cuts to the size of `shape` and names the result `output`.
 * @param parts how many parts of N values `pieces` hold together
 */
export function emitParts(
  context: EmitContext,
  pieces: readonly string[],
  shape: Shape,
  output: string,
  parts = pieces.length,
): void {
  const size = shapeSize(shape);
  let flat = context.node('Concat', pieces, { axis: 0 });
  if (typeof size !== 'number' || size % parts !== 0)
    flat = context.node('Slice', [flat, context.ints([0]), context.dim(size), context.ints([0])]);
  context.node('Reshape', [flat, context.shape(shape)], {}, { outputs: [output] });
}

/** A number known only to 64 bits, as its low 32. */
function low32(value: number): number {
  return Number(BigInt.asUintN(32, BigInt(value)));
}

/**
 * The reference: `shape` filled from the blocks' words in the layout above.
 * @param parts how many values a block gives
 * @param values the parts of one block, from its four words
 */
export function referencePhilox(
  key: NdArray,
  shape: readonly number[],
  stream: number,
  parts: number,
  values: (words: readonly [number, number, number, number]) => readonly number[],
): NdArray {
  const result = ndarray(shape);
  const size = sizeOf(shape);
  const blocks = Math.ceil(size / parts);
  const [seedLow, seedHigh, step] = key.data;
  const stepBits = BigInt(step!);
  for (let block = 0; block < blocks; block++) {
    const words = philox4x32(
      [block, stream, Number(BigInt.asUintN(32, stepBits)), Number(BigInt.asUintN(32, stepBits >> 32n))],
      [low32(seedLow!), low32(seedHigh!)],
    );
    const out = values(words);
    invariant(out.length === parts, 'referencePhilox: number of parts');
    for (let part = 0; part < parts; part++) {
      const at = part * blocks + block;
      if (at < size) result.data[at] = out[part]!;
    }
  }
  return result;
}
