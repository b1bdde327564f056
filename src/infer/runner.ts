/** What the engine asks of a model: token ids in, logits out. It knows rows of a KV cache, not requests. */

export interface ModelRunner {
  /** Rows of the cache. */
  readonly slots: number;
  /** Tokens that one row holds: the context length. */
  readonly maxLength: number;
  readonly vocabSize: number;
  /**
   * Runs `tokens` in row `slot`, whose cache holds `past` tokens already (more than that is overwritten).
   * @returns [V] logits after the last token; may be reused by the next call
   */
  prefill(slot: number, tokens: Int32Array, past: number): Promise<Float32Array>;
  /**
   * Runs one token in each of the rows 0…count-1.
   * @param tokens [count]; @param pasts [count] tokens in each row's cache before this one
   * @returns [count * V] logits; may be reused by the next call
   */
  decode(count: number, tokens: readonly number[], pasts: readonly number[]): Promise<Float32Array>;
  /** Copies a row's cache over another's. */
  move(from: number, to: number): void;
  dispose(): void;
}
