/** What `bench train` trains: the size at which DESIGN measured the floor, unless flags say otherwise. */
export interface TrainBenchSizes {
  readonly arch: 'gpt2' | 'llama';
  readonly layers: number;
  readonly hidden_size: number;
  readonly heads: number;
  readonly intermediate_size: number;
  readonly sequence_length: number;
  readonly batch_size: number;
  readonly vocab_size: number;
  readonly threads: number;
}

export const defaultSizes: Omit<TrainBenchSizes, 'threads'> = {
  arch: 'gpt2',
  layers: 6,
  hidden_size: 384,
  heads: 6,
  intermediate_size: 1536,
  sequence_length: 256,
  batch_size: 8,
  vocab_size: 4096,
};
