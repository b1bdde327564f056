/**
 * What a forward pass may ask for: weights, linear layers, attention, dropout. An architecture is written once against
 * this interface; whether attention sees a whole sequence (training, scoring: here) or a cache (cached-context.ts) and
 * whether a weight is float or int8 (transforms/) is decided by who makes the context.
 *
 * Shape letters: B sequences, T tokens each, N = B·T, D width, H query heads, K key/value heads, d head width, V vocabulary.
 */
import { invariant } from '../core/index.ts';
import {
  add,
  checkpoint,
  constant,
  type Dim,
  dropout,
  type Initializer,
  matmul,
  multiplyDims,
  parameter,
  reshape,
  type Tensor,
  withScope,
} from '../graph/index.ts';
import { type AttentionOptions, causalAttention, causalMask } from './layers/attention.ts';

export interface LinearOptions {
  readonly in: number;
  readonly out: number;
  readonly bias?: boolean;
  readonly init: Initializer;
  /** 'out-in' (default): weight [out, in] as in torch's Linear. 'in-out': [in, out] as in GPT-2's Conv1D. */
  readonly layout?: 'out-in' | 'in-out';
}

/** What a weight is: optimizers decay the weights of linear layers only. */
export type ParameterRole = 'linear' | 'embedding' | 'norm' | 'bias';

/** Sees every linear layer first; returns its output, or undefined to leave it as it is. */
export interface LinearTransform {
  readonly name: string;
  linear(context: ModelContext, x_NI: Tensor, name: string, options: LinearOptions): Tensor | undefined;
}

export interface ModelContext {
  /** Token ids, int64 [N]. */
  readonly tokens_N: Tensor;
  readonly batch: Dim;
  readonly time: Dim;
  /** Absolute positions, int64 [N]; made when first asked for. */
  positions_N(): Tensor;
  /** True when every row's positions are 0 … T-1: a position table can be sliced and broadcast instead of looked up. */
  readonly sequential: boolean;
  /** How many positions tables must hold. */
  readonly maxLength: number;
  /** Every weight asked for so far, by name, in order. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly roles: ReadonlyMap<string, ParameterRole>;
  /** The weight of that name; asking twice gives the same tensor (tied weights), with the role it had first. */
  parameter(name: string, shape: readonly number[], init: Initializer, role: ParameterRole): Tensor;
  /** x [N, in] → [N, out] with weight `<name>.weight` and, if asked for, `<name>.bias` [out]. */
  linear(x_NI: Tensor, name: string, options: LinearOptions): Tensor;
  /** Causal attention of q [N, H·d] over k, v [N, K·d] → [N, H·d]. */
  attention(q_NQ: Tensor, k_NK: Tensor, v_NK: Tensor, options: AttentionOptions): Tensor;
  /** Zeroes a share of the values while training, scaling the rest up; otherwise the identity. `rate`: the model's own. */
  dropout(x: Tensor, rate: number): Tensor;
  /** Runs one layer; its activations may be recomputed in the backward pass instead of kept. */
  layer(name: string, x_ND: Tensor, build: (x_ND: Tensor) => Tensor): Tensor;
}

/** Weights by name, each made once; shared by both contexts. */
export class Parameters {
  readonly byName = new Map<string, Tensor>();
  readonly roles = new Map<string, ParameterRole>();

  parameter = (name: string, shape: readonly number[], init: Initializer, role: ParameterRole): Tensor => {
    const known = this.byName.get(name);
    if (known) return known;
    const made = parameter(name, shape, { init });
    this.byName.set(name, made);
    this.roles.set(name, role);
    return made;
  };
}

/** The plain linear layer; `dW = gᵀ·x` is one GEMM because x has two axes. */
function plainLinear(context: ModelContext, x_NI: Tensor, name: string, options: LinearOptions): Tensor {
  const inOut = options.layout === 'in-out';
  const shape = inOut ? [options.in, options.out] : [options.out, options.in];
  const weight = context.parameter(`${name}.weight`, shape, options.init, 'linear');
  const y_NO = matmul(x_NI, weight, { transposeB: !inOut });
  return options.bias ? add(y_NO, context.parameter(`${name}.bias`, [options.out], { kind: 'zeros' }, 'bias')) : y_NO;
}

/** A linear layer through the transforms: the first that takes it wins. */
export function transformedLinear(
  context: ModelContext,
  transforms: readonly LinearTransform[],
  x_NI: Tensor,
  name: string,
  options: LinearOptions,
): Tensor {
  return withScope(name.slice(name.lastIndexOf('.') + 1), () => {
    for (const transform of transforms) {
      const y_NO = transform.linear(context, x_NI, name, options);
      if (y_NO) return y_NO;
    }
    return plainLinear(context, x_NI, name, options);
  });
}

export interface TrainingContextOptions {
  readonly batch: Dim;
  /** A number: masks and positions are constants. */
  readonly time: number;
  /** Token ids, int64 [B, T]. */
  readonly tokens_BT: Tensor;
  /** int64 [B, T]; default 0 … T-1 in every row. */
  readonly positions_BT?: Tensor;
  /** int64 [B, T]: packed documents; a token sees only its own document. */
  readonly segments_BT?: Tensor;
  /** Present while training. `rate` replaces the model's own rates; `key` int64 [3] = seed low, seed high, step. */
  readonly dropout?: { readonly rate?: number; readonly key: Tensor };
  /** Recompute each layer's activations in the backward pass. */
  readonly checkpointing?: boolean;
  readonly transforms?: readonly LinearTransform[];
}

/** A context that sees whole sequences: training, validation, scoring. */
export function trainingContext(options: TrainingContextOptions): ModelContext {
  const { batch, time, tokens_BT, segments_BT, transforms = [] } = options;
  const parameters = new Parameters();
  const rows = multiplyDims(batch, time);
  let stream = 0;
  const drop = (x: Tensor, rate: number): Tensor => {
    const used = options.dropout?.rate ?? rate;
    if (!options.dropout || used === 0) return x;
    return dropout(x, { rate: used, key: options.dropout.key, stream: stream++ });
  };
  const mask = once(() => causalMask(time, segments_BT));
  const positions_BT = once(() => {
    if (options.positions_BT) return options.positions_BT;
    invariant(typeof batch === 'number', 'a batch of unknown size needs positions');
    return constant(
      BigInt64Array.from({ length: batch * time }, (_, i) => BigInt(i % time)),
      [batch, time],
      'int64',
    );
  });
  const context: ModelContext = {
    tokens_N: reshape(tokens_BT, [rows]),
    batch,
    time,
    positions_N: once(() => reshape(positions_BT(), [rows])),
    sequential: options.positions_BT === undefined,
    maxLength: time,
    parameters: parameters.byName,
    roles: parameters.roles,
    parameter: parameters.parameter,
    linear: (x_NI, name, linearOptions) => transformedLinear(context, transforms, x_NI, name, linearOptions),
    attention: (q_NQ, k_NK, v_NK, attention) =>
      causalAttention(q_NQ, k_NK, v_NK, {
        ...attention,
        batch,
        time,
        mask: mask(),
        positions_BT: attention.rope ? positions_BT() : undefined,
        dropWeights: (weights) => drop(weights, attention.dropout ?? 0),
      }),
    dropout: drop,
    layer: (name, x_ND, build) =>
      withScope(name, () => (options.checkpointing ? checkpoint((x) => build(x), [x_ND]) : build(x_ND))),
  };
  return context;
}

/** A value made when first asked for. */
export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
