/**
 * Checks what is fed to a program and resolves its named dims: pure functions of specs and values.
 */
import { AthanorError, unknownName } from '../core/index.ts';
import { checkData } from './dtypes.ts';
import type { DType, HostTensor, TensorSpec, TypedArray } from './types.ts';

/** A value to feed: a tensor; or a bare array or number where the program already says the shape. */
export type Feed = HostTensor | TypedArray | number | bigint;
/** Named dim → size. */
export type Sizes = Map<string, number>;

/** Polynomials as `graph/` writes them: '4*B*S', 'B*T+1'. Returns undefined when a name has no size yet. */
export function resolveDim(dim: number | string, sizes: ReadonlyMap<string, number>): number | undefined {
  if (typeof dim === 'number') return dim;
  let total = 0;
  for (const term of dim.match(/[+-]?[^+-]+/g) ?? []) {
    let product = term.startsWith('-') ? -1 : 1;
    for (const factor of term.replace(/^[+-]/, '').split('*')) {
      const size = /^\d+$/.test(factor) ? Number(factor) : sizes.get(factor);
      if (size === undefined) return undefined;
      product *= size;
    }
    total += product;
  }
  return total;
}

/** The shape under `sizes`, or undefined when some dim has no size. */
export function resolveShape(
  shape: readonly (number | string)[],
  sizes: ReadonlyMap<string, number>,
): number[] | undefined {
  const resolved: number[] = [];
  for (const dim of shape) {
    const size = resolveDim(dim, sizes);
    if (size === undefined) return undefined;
    resolved.push(size);
  }
  return resolved;
}

const isName = (dim: number | string): dim is string => typeof dim === 'string' && /^[A-Za-z_]\w*$/.test(dim);

function isTensor(feed: Feed): feed is HostTensor {
  return typeof feed === 'object' && 'shape' in feed;
}

function show(dtype: string, shape: readonly (number | string)[]): string {
  return `${dtype} [${shape.join(', ')}]`;
}

function mismatch(spec: TensorSpec, got: string, program: string, why = ''): AthanorError {
  const expected = show(spec.dtype, spec.shape);
  return new AthanorError('shape', `${program}: input '${spec.name}' expects ${expected}, got ${got}${why}`, {
    place: spec.name,
    values: { input: spec.name, expected, got },
  });
}

/**
 * Checks every feed against the program's inputs and gives the sizes of the named dims.
 * @param sizes sizes known already (rows of states); completed here
 * @returns the feeds in the order of `inputs`
 * @throws AthanorError('shape') naming the input, what was got and what was expected; 'bad-input' for missing or unknown names
 */
export function checkFeeds(
  inputs: readonly TensorSpec[],
  feeds: Readonly<Record<string, Feed>>,
  sizes: Sizes,
  program: string,
): { name: string; value: HostTensor }[] {
  const names = inputs.map((spec) => spec.name);
  for (const name of Object.keys(feeds))
    if (!names.includes(name)) throw unknownName(`input of ${program}`, name, names, { place: program });
  for (const spec of inputs) {
    const feed = feeds[spec.name];
    if (feed === undefined)
      throw new AthanorError(
        'shape',
        `${program}: input '${spec.name}' is missing: expected ${show(spec.dtype, spec.shape)}`,
        {
          place: spec.name,
          hint: `Feed ${names.join(', ')}.`,
          values: { input: spec.name, inputs: names },
        },
      );
    if (isTensor(feed)) bindDims(spec, feed, sizes, program);
  }
  return inputs.map((spec) => ({ name: spec.name, value: complete(spec, feeds[spec.name]!, sizes, program) }));
}

/** Compares a tensor with its spec; gives sizes to plain named dims. */
function bindDims(spec: TensorSpec, { dtype, shape }: HostTensor, sizes: Sizes, program: string): void {
  const got = show(dtype, shape);
  if (dtype !== spec.dtype || shape.length !== spec.shape.length) throw mismatch(spec, got, program);
  spec.shape.forEach((dim, axis) => {
    const size = shape[axis]!;
    if (isName(dim)) {
      const known = sizes.get(dim);
      if (known === undefined) sizes.set(dim, size);
      else if (known !== size) throw mismatch(spec, got, program, ` (${dim} is ${known} elsewhere)`);
    } else if (typeof dim === 'number' && dim !== size) throw mismatch(spec, got, program);
  });
}

/** A full tensor from a feed, its dims checked against the sizes. */
function complete(spec: TensorSpec, feed: Feed, sizes: Sizes, program: string): HostTensor {
  if (isTensor(feed)) {
    const resolved = resolveShape(spec.shape, sizes);
    if (resolved?.some((size, axis) => size !== feed.shape[axis]))
      throw mismatch(spec, show(feed.dtype, feed.shape), program, ` (that is [${resolved.join(', ')}] here)`);
    checkData(spec.name, feed.dtype, feed.shape, feed.data);
    return feed;
  }
  const shape = resolveShape(spec.shape, sizes);
  if (!shape) throw mismatch(spec, 'an array without shape', program, '; give { dtype, shape, data }');
  if (typeof feed !== 'object') {
    if (shape.length !== 0) throw mismatch(spec, `the number ${feed}`, program);
    return { dtype: spec.dtype, shape, data: scalar(spec.dtype, feed) };
  }
  checkData(spec.name, spec.dtype, shape, feed);
  return { dtype: spec.dtype, shape, data: feed };
}

/** A number as an array of one element. */
export function scalar(dtype: DType, value: number | bigint): TypedArray {
  switch (dtype) {
    case 'int64':
      return BigInt64Array.of(BigInt(value));
    case 'uint64':
      return BigUint64Array.of(BigInt(value));
    case 'float64':
      return Float64Array.of(Number(value));
    case 'float32':
      return Float32Array.of(Number(value));
    case 'int32':
      return Int32Array.of(Number(value));
    case 'uint32':
      return Uint32Array.of(Number(value));
    case 'int8':
      return Int8Array.of(Number(value));
    case 'uint8':
    case 'bool':
      return Uint8Array.of(Number(value));
    default:
      throw new AthanorError('unsupported', `a bare number cannot be fed as ${dtype}; give { dtype, shape, data }`);
  }
}
