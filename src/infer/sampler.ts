/**
 * Picks one request's next token from its logits. All randomness is Philox(seed, token position): the same request
 * gives the same tokens alone or in a batch, before or after others, as far as its logits are the same.
 */
import { AthanorError, Rng } from '../core/index.ts';
import { distributionRules, type SamplingParams, type SamplingRule, scoreRules } from './sampling/index.ts';
import { argMax, logSumExp, selectTop } from './select-top.ts';

export interface TokenLogprob {
  readonly id: number;
  readonly logprob: number;
}

export interface SampledToken {
  readonly id: number;
  /** Log-probability under the model itself (before penalties, temperature and truncation), when asked for. */
  readonly logprob?: number;
  /** The most likely alternatives under the model, best first, when asked for. */
  readonly topLogprobs?: readonly TokenLogprob[];
}

/** Separates the sampler's numbers from other uses of the same seed. */
const SAMPLING_STREAM = 0x7a11;

/** The sampling state of one request. */
export class Sampler {
  private readonly params: SamplingParams;
  private readonly scoreRules: readonly SamplingRule[];
  private readonly distributionRules: readonly SamplingRule[];
  private readonly prompt: ReadonlySet<number>;
  private readonly generated = new Map<number, number>();
  private readonly rng: Rng;
  private position = 0;

  /** @param seed used where the parameters have none */
  constructor(params: SamplingParams, promptIds: Iterable<number>, seed: number) {
    this.params = params;
    this.scoreRules = scoreRules.filter((rule) => rule.active(params));
    this.distributionRules = params.temperature === 0 ? [] : distributionRules.filter((rule) => rule.active(params));
    this.prompt = params.repetition_penalty === 1 ? new Set() : new Set(promptIds);
    const chosen = params.seed ?? seed;
    // A negative seed (OpenAI allows any integer) gets a key of its own at the top of the range.
    this.rng = new Rng(chosen >= 0 ? chosen : 2 ** 53 + chosen, SAMPLING_STREAM);
  }

  /**
   * @param logits [V], left untouched
   * @param scratch [V], overwritten; one for all requests of an engine
   * @throws AthanorError('engine') when the model gave no usable number
   */
  pick(logits: Float32Array, scratch: Float32Array): SampledToken {
    let scores = logits;
    if (this.scoreRules.length + this.distributionRules.length > 0) {
      scratch.set(logits);
      scores = scratch;
      const seen = { prompt: this.prompt, generated: this.generated };
      for (const rule of this.scoreRules) rule.apply(scores, this.params, seen);
      for (const rule of this.distributionRules) rule.apply(scores, this.params, seen);
    }
    const id = this.params.temperature === 0 ? argMax(scores) : this.draw(scores);
    if (id < 0) throw notFinite();
    this.position++;
    this.generated.set(id, (this.generated.get(id) ?? 0) + 1);
    return this.params.logprobs === undefined ? { id } : { id, ...logprobsOf(logits, id, this.params.logprobs) };
  }

  /** Draws from softmax(scores) by walking the cumulative sum in order of id; -1 where it is not a distribution. */
  private draw(scores: Float32Array): number {
    const total = logSumExp(scores);
    if (!Number.isFinite(total)) return -1;
    this.rng.position = this.position;
    const target = this.rng.uniform();
    let sum = 0;
    let last = -1; // rounding may leave the sum just under the target
    for (let id = 0; id < scores.length; id++) {
      const logprob = scores[id]! - total;
      if (logprob < -45) continue; // as logSumExp, which left it out of the total
      sum += Math.exp(logprob);
      last = id;
      if (sum > target) break;
    }
    return last;
  }
}

/** The log-probability of `id` under softmax(logits) and the `count` best alternatives. */
export function logprobsOf(
  logits: Float32Array,
  id: number,
  count: number,
): { logprob: number; topLogprobs: TokenLogprob[] } {
  const total = logSumExp(logits);
  return {
    logprob: logits[id]! - total,
    topLogprobs: selectTop(logits, count).map((top) => ({ id: top, logprob: logits[top]! - total })),
  };
}

function notFinite(): AthanorError {
  return new AthanorError('engine', 'the model gave no finite score for the next token', {
    hint: 'The weights may hold NaN or infinite values: check the training run.',
  });
}
