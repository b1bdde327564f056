/**
 * Text in, text out, over an engine of token ids: chat templates, stop strings, streaming pieces of whole characters,
 * usage. The tokenizer is a structural interface, so that anything that encodes and decodes will do.
 */
import { AthanorError } from '../core/index.ts';
import type { Engine } from './engine.ts';
import type { FinishReason, Generation, GenerationTiming } from './generation.ts';
import type { SampledToken, TokenLogprob } from './sampler.ts';
import type { SamplingInput } from './sampling/index.ts';
import { StopStrings } from './stop-strings.ts';

/** The part of a tokenizer that generation needs. */
export interface TextCodec {
  encode(text: string): number[];
  /** The text of a token alone; a part of a character gives the replacement character. */
  tokenText(id: number): string;
  /** Streaming: pieces are whole characters. */
  createDecoder(): { push(id: number): string; flush(): string };
}

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** A model that talks: what the server, the command line and the evaluations hold. */
export interface TextModel {
  readonly engine: Engine;
  readonly codec: TextCodec;
  /** Tokens that end an answer (end of text, end of turn). */
  readonly stopIds: readonly number[];
  /** The prompt's tokens for a conversation, ready for the assistant's turn; absent for a model without chat template. */
  readonly encodeChat?: (messages: readonly ChatMessage[]) => number[];
  /** Sampling parameters of the model's generation_config.json; a request's own go first. */
  readonly sampling?: SamplingInput;
}

export interface TextRequest {
  /** Text, token ids, or a conversation. */
  readonly prompt: string | readonly number[] | readonly ChatMessage[];
  /** Default: what the context has room for. */
  readonly maxTokens?: number;
  readonly sampling?: SamplingInput;
  /** Strings that end the answer; they are not part of it. */
  readonly stop?: readonly string[];
  readonly signal?: AbortSignal;
}

/** A token of the answer, for log-probabilities. */
export interface TextToken extends Omit<SampledToken, 'topLogprobs'> {
  readonly text: string;
  readonly topLogprobs?: readonly (TokenLogprob & { readonly text: string })[];
  /** Where it starts in the answer's text, in UTF-16 units. */
  readonly offset: number;
}

export interface TextPiece {
  /** Whole characters; may be empty when only tokens are reported. */
  readonly text: string;
  /** The tokens that this piece completes; only filled when log-probabilities were asked for. */
  readonly tokens: readonly TextToken[];
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A running answer: iterate it once; the finish reason and the usage are final when the iteration has ended. */
export interface TextGeneration extends AsyncIterable<TextPiece> {
  readonly finishReason: FinishReason | undefined;
  readonly usage: Usage;
  readonly timing: Readonly<GenerationTiming>;
  cancel(): void;
}

export interface TextResult {
  readonly text: string;
  readonly tokens: readonly TextToken[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
}

/**
 * Starts an answer; refusals are thrown here, before anything runs.
 * @throws AthanorError as `Engine.submit`, and 'unsupported' for a conversation without a chat template
 */
export function startText(model: TextModel, request: TextRequest): TextGeneration {
  const promptIds = encodePrompt(model, request.prompt);
  const sampling = { ...model.sampling, ...definedOnly(request.sampling ?? {}) };
  const generation = model.engine.submit({
    promptIds,
    maxTokens: request.maxTokens ?? model.engine.runner.maxLength,
    sampling,
    stopIds: model.stopIds,
    signal: request.signal,
  });
  return new TextStream(generation, model.codec, request.stop ?? [], sampling.logprobs !== undefined);
}

/** Runs an answer to its end. @throws AthanorError as `startText`, or the request's own failure */
export async function generateText(model: TextModel, request: TextRequest): Promise<TextResult> {
  return collectText(startText(model, request));
}

/** Reads a running answer to its end. */
export async function collectText(generation: TextGeneration): Promise<TextResult> {
  let text = '';
  const tokens: TextToken[] = [];
  for await (const piece of generation) {
    text += piece.text;
    tokens.push(...piece.tokens);
  }
  return { text, tokens, finishReason: generation.finishReason!, usage: generation.usage };
}

/** The token ids of a prompt in any of its forms. */
export function encodePrompt(model: TextModel, prompt: TextRequest['prompt']): readonly number[] {
  if (typeof prompt === 'string') return model.codec.encode(prompt);
  if (prompt.every((item) => typeof item === 'number')) return prompt;
  if (!model.encodeChat)
    throw new AthanorError('unsupported', 'this model has no chat template, so it cannot take a conversation', {
      hint: 'Use plain completion (/v1/completions), or fine-tune the model on conversations first.',
    });
  return model.encodeChat(prompt as readonly ChatMessage[]);
}

class TextStream implements TextGeneration {
  private readonly generation: Generation;
  private readonly codec: TextCodec;
  private readonly stops: StopStrings;
  private readonly withTokens: boolean;
  private reason: FinishReason | undefined;
  private waiting: TextToken[] = [];
  /** Characters decoded; those not given out yet may become a stop string. */
  private decoded = 0;
  /** Tokens taken from the generation; it may run ahead of its reader. */
  private read = 0;

  constructor(generation: Generation, codec: TextCodec, stops: readonly string[], withTokens: boolean) {
    this.generation = generation;
    this.codec = codec;
    this.stops = new StopStrings(stops);
    this.withTokens = withTokens;
  }

  get finishReason(): FinishReason | undefined {
    return this.reason;
  }

  get usage(): Usage {
    return { promptTokens: this.generation.promptTokens, completionTokens: this.read };
  }

  get timing(): Readonly<GenerationTiming> {
    return this.generation.timing;
  }

  cancel(): void {
    this.generation.cancel();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TextPiece, void, undefined> {
    const decoder = this.codec.createDecoder();
    let given = 0;
    for await (const token of this.generation) {
      this.read++;
      if (this.withTokens) this.waiting.push(this.describe(token));
      const text = decoder.push(token.id);
      this.decoded += text.length;
      const result = this.stops.push(text);
      given += result.text.length;
      if (result.stopped) {
        this.reason = 'stop';
        if (result.text) yield this.piece(result.text, given);
        return; // leaving the loop cancels the rest of the generation
      }
      if (result.text) yield this.piece(result.text, given);
    }
    const end = this.stops.push(decoder.flush());
    const rest = end.text + (end.stopped ? '' : this.stops.flush());
    this.reason = end.stopped ? 'stop' : this.generation.finishReason;
    if (rest || this.waiting.length > 0)
      yield this.piece(rest, end.stopped ? given + rest.length : Number.POSITIVE_INFINITY);
  }

  private describe(token: SampledToken): TextToken {
    const text = (id: number) => this.codec.tokenText(id);
    const topLogprobs = token.topLogprobs?.map((top) => ({ ...top, text: text(top.id) }));
    return { ...token, text: text(token.id), topLogprobs, offset: this.decoded };
  }

  /** A piece with the tokens that start before `end`; later ones belong to text that is still held back. */
  private piece(text: string, end: number): TextPiece {
    const split = this.waiting.findIndex((token) => token.offset >= end);
    const tokens = split < 0 ? this.waiting : this.waiting.slice(0, split);
    this.waiting = split < 0 ? [] : this.waiting.slice(split);
    return { text, tokens };
  }
}

function definedOnly(input: SamplingInput): SamplingInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
