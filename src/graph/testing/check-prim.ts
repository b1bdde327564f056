/**
 * The one harness of operators: value, gradient and second gradient against the float64 reference and finite differences;
 * and, given a runner, the ONNX emission against the reference. A case is one line. For tests only.
 */
import { AthanorError, Rng } from '../../core/index.ts';
import { grad } from '../autodiff.ts';
import { resolveDim } from '../dims.ts';
import { evaluateTensors, type Feeds } from '../evaluate.ts';
import { reachableNodes, type Tensor } from '../ir.ts';
import { encodeValues } from '../onnx/constants.ts';
import { toOnnx } from '../onnx/to-onnx.ts';
import * as ops from '../ops/index.ts';
import type { Target } from '../prim.ts';
import { type NdArray, ndarray, sizeOf } from '../reference/ndarray.ts';
import type { GraphSpec } from '../spec.ts';
import { type DType, isFloat, type Shape, type TypedArray } from '../types.ts';

/** An input of a case; floats take the element type under test. */
export interface CaseInput {
  /** May have dims named in the case's `sizes`. */
  readonly shape: Shape;
  /** Default 'float': the type under test. */
  readonly dtype?: 'float' | DType;
  /** Random values lie here; [-2, 2) by default, integers [0, high). */
  readonly low?: number;
  readonly high?: number;
  /** Fixed values instead of random ones. */
  readonly values?: readonly number[];
}

export interface CaseOptions {
  readonly sizes?: Readonly<Record<string, number>>;
  /** False: no gradient is checked (integers, 'none' prims). Default true. */
  readonly gradient?: boolean;
  /** False: the gradient is not differentiated again. Default true. */
  readonly second?: boolean;
  /** Relative error allowed of float32 emission. Default 2e-5 (of the largest value). */
  readonly tolerance?: number;
  /** Element types whose emission runs. Default float32 and float64. */
  readonly dtypes?: readonly ('float32' | 'float64')[];
  /** Targets whose emission runs (on CPU). Default cpu and webgpu. */
  readonly targets?: readonly Target[];
}

export interface PrimCase {
  readonly name: string;
  readonly build: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly inputs: readonly CaseInput[];
  readonly options: CaseOptions;
}

/** A case as one line: name, function of tensors, inputs (a shape alone is a float input). */
export function primCase(
  name: string,
  build: PrimCase['build'],
  inputs: readonly (CaseInput | Shape)[],
  options: CaseOptions = {},
): PrimCase {
  return { name, build, inputs: inputs.map((x) => (isShape(x) ? { shape: x } : x)), options };
}

const isShape = (x: CaseInput | Shape): x is Shape => Array.isArray(x);

export interface FedTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** Runs an ONNX model; the values come back as numbers. */
export type Runner = (
  model: Uint8Array,
  feeds: Readonly<Record<string, FedTensor>>,
) => Promise<Record<string, NdArray>>;

/** A case built in one element type: inputs, outputs, and gradients of a random weighting of its float outputs. */
interface Built {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly loss: Tensor | undefined;
  readonly gradients: readonly Tensor[];
}

function buildCase(test: PrimCase, dtype: 'float32' | 'float64'): Built {
  const inputs = test.inputs.map((x, i) =>
    ops.input(`x${i}`, x.dtype === undefined || x.dtype === 'float' ? dtype : x.dtype, x.shape),
  );
  const built = test.build(...inputs);
  const outputs: readonly Tensor[] = 'node' in built ? [built] : built;
  if (test.options.gradient === false) return { inputs, outputs, loss: undefined, gradients: [] };
  const loss = weighted(outputs, 11, test.options.sizes);
  return { inputs, outputs, loss, gradients: grad(loss, floats(inputs)) };
}

const floats = (tensors: readonly Tensor[]): Tensor[] => tensors.filter((tensor) => isFloat(tensor.dtype));

/** Σ over tensors and elements of value · a random weight: every output element matters, differently. */
function weighted(tensors: readonly Tensor[], seed: number, sizes: CaseOptions['sizes'] = {}): Tensor {
  const rng = new Rng(seed);
  const bound = new Map(Object.entries(sizes));
  const terms = floats(tensors).map((tensor) => {
    const shape = tensor.shape.map((dim) => resolveDim(dim, bound));
    const weights = Array.from({ length: sizeOf(shape) }, () => rng.uniform() * 2 - 1);
    const factor = ops.constant(weights, [weights.length], tensor.dtype);
    return ops.sum(ops.mul(ops.reshape(tensor, [-1]), nameLike(factor, tensor)));
  });
  return terms.reduce((a, b) => ops.add(a, b));
}

/** A constant vector seen with the named size of `tensor`, which it has in this case. */
function nameLike(vector: Tensor, tensor: Tensor): Tensor {
  const flat = ops.reshape(tensor, [-1]).shape;
  if (flat[0] === vector.shape[0]) return vector;
  return ops.slice(ops.concat([vector, ops.zeros(flat, tensor.dtype)]), { axis: 0, end: flat[0]! });
}

function feedsOf(test: PrimCase, seed: number): Feeds {
  const rng = new Rng(seed);
  const sizes = new Map(Object.entries(test.options.sizes ?? {}));
  return Object.fromEntries(
    test.inputs.map((x, i) => {
      const shape = x.shape.map((dim) => resolveDim(dim, sizes));
      return [`x${i}`, ndarray(shape, x.values ?? Array.from({ length: sizeOf(shape) }, () => draw(x, rng)))];
    }),
  );
}

function draw(x: CaseInput, rng: Rng): number {
  const real = x.dtype === undefined || x.dtype === 'float' || isFloat(x.dtype);
  const low = x.low ?? (real ? -2 : 0);
  const high = x.high ?? 2;
  const value = low + rng.uniform() * (high - low);
  // Rounded to float32, so that every element type sees the same numbers.
  return real ? Math.fround(value) : Math.floor(value);
}

/** Names of the prims that a case is made of (not those of its gradient). */
export function primsOf(test: PrimCase): Set<string> {
  const dtype = test.options.dtypes?.[0] ?? 'float64';
  const { outputs } = buildCase({ ...test, options: { ...test.options, gradient: false } }, dtype);
  return new Set(reachableNodes(outputs).map((node) => node.prim.name));
}

/** Gradients, and gradients of gradients, against finite differences, all in float64. @throws AthanorError('internal') */
export function checkGradients(test: PrimCase, seed = 3): void {
  if (test.options.gradient === false) return;
  const { inputs, loss, gradients } = buildCase(test, 'float64');
  if (!loss) return;
  const feeds = feedsOf(test, seed);
  compareWithDifferences(`${test.name}: gradient`, loss, inputs, gradients, feeds);
  if (test.options.second === false) return;
  const again = weighted(gradients, 12, test.options.sizes);
  compareWithDifferences(`${test.name}: second gradient`, again, inputs, grad(again, floats(inputs)), feeds);
}

/** The five-point stencil: error h⁴, so that 1e-6 is reached with room. */
const stencil = [
  [-2, 1 / 12],
  [-1, -8 / 12],
  [1, 8 / 12],
  [2, -1 / 12],
] as const;

function compareWithDifferences(
  label: string,
  loss: Tensor,
  all: readonly Tensor[],
  gradients: readonly Tensor[],
  feeds: Feeds,
): void {
  const inputs = floats(all);
  // The inputs ride along: a gradient alone may not read the input that tells a named size.
  const values = evaluateTensors([...gradients, ...all], feeds);
  inputs.forEach((input, which) => {
    const { name } = input.node.attributes as { name: string };
    const source = feeds[name]!;
    const count = source.data.length;
    // A few spread elements of large inputs are enough.
    const step = Math.max(1, Math.floor(count / 24));
    for (let at = 0; at < count; at += step) {
      const h = 1e-3;
      let slope = 0;
      for (const [offset, factor] of stencil) {
        const data = source.data.slice();
        data[at]! += offset * h;
        const [moved] = evaluateTensors([loss, ...all], { ...feeds, [name]: { shape: source.shape, data } });
        slope += (factor * moved!.data[0]!) / h;
      }
      const found = values[which]!.data[at]!;
      if (!(Math.abs(found - slope) <= 1e-6 * Math.max(1, Math.abs(slope))))
        throw mismatch(`${label} to ${name}[${at}]`, found, slope);
    }
  });
}

function mismatch(label: string, found: number, expected: number): AthanorError {
  return new AthanorError('internal', `internal: ${label} is ${found}, expected ${expected}`, {
    values: { found, expected },
  });
}

/** Values and gradients of the emitted ONNX model against the reference. @throws AthanorError('internal') */
export async function checkEmission(test: PrimCase, runner: Runner, seed = 5): Promise<void> {
  const feeds = feedsOf(test, seed);
  const { dtypes = ['float32', 'float64'], targets = ['cpu', 'webgpu'] } = test.options;
  for (const dtype of dtypes)
    for (const target of targets) {
      if (dtype === 'float64' && target !== 'cpu') continue;
      const { inputs: built, outputs, gradients } = buildCase(test, dtype);
      const all = [...outputs, ...gradients];
      const spec: GraphSpec = { outputs: Object.fromEntries(all.map((tensor, i) => [`y${i}`, tensor])) };
      const expected = evaluateTensors([...all, ...built], feeds).slice(0, all.length);
      const { model, inputs } = toOnnx(spec, { target });
      const fed = inputs.map(({ name, dtype: type }): [string, FedTensor] => {
        const { shape, data } = feeds[name]!;
        return [name, { dtype: type, shape, data: encodeValues(type, data) }];
      });
      const found = await runner(model, Object.fromEntries(fed));
      const tolerance = dtype === 'float64' ? 1e-10 : (test.options.tolerance ?? 2e-5);
      expected.forEach((value, i) => {
        const what = i < outputs.length ? `output ${i}` : `gradient ${i - outputs.length}`;
        compareArrays(`${test.name} (${dtype}, ${target}): ${what}`, found[`y${i}`]!, value, tolerance);
      });
    }
}

function compareArrays(label: string, found: NdArray, expected: NdArray, tolerance: number): void {
  if (found.shape.join() !== expected.shape.join())
    throw new AthanorError('internal', `internal: ${label} has shape [${found.shape}], expected [${expected.shape}]`);
  const scale = expected.data.reduce(
    (top, value) => (Number.isFinite(value) ? Math.max(top, Math.abs(value)) : top),
    1,
  );
  expected.data.forEach((value, i) => {
    const close = Object.is(found.data[i], value) || Math.abs(found.data[i]! - value) <= tolerance * scale;
    if (!close) throw mismatch(`${label}[${i}]`, found.data[i]!, value);
  });
}

/** Both checks in one call. */
export async function checkPrim(
  name: string,
  build: PrimCase['build'],
  inputs: readonly (CaseInput | Shape)[],
  options: CaseOptions & { runner?: Runner } = {},
): Promise<void> {
  const test = primCase(name, build, inputs, options);
  checkGradients(test);
  if (options.runner) await checkEmission(test, options.runner);
}
