/** A text model from an engine and one of our tokenizers. */
import { encodeChat, type Tokenizer, turnEnd } from '../tokenizer/index.ts';
import type { Engine } from './engine.ts';
import type { SamplingInput } from './sampling/index.ts';
import type { TextCodec, TextModel } from './text.ts';

export interface TextModelOptions {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  /** Jinja; without one the model takes no conversations. */
  readonly chatTemplate?: string;
  /** Tokens that end an answer; default: end of text and end of turn, where the vocabulary has them. */
  readonly stopIds?: readonly number[];
  /** Defaults for requests, as in generation_config.json. */
  readonly sampling?: SamplingInput;
}

export function createTextModel({ engine, tokenizer, chatTemplate, stopIds, sampling }: TextModelOptions): TextModel {
  return {
    engine,
    codec: codecOf(tokenizer),
    stopIds: stopIds ?? defaultStopIds(tokenizer),
    sampling,
    encodeChat:
      chatTemplate === undefined
        ? undefined
        : (messages) =>
            encodeChat(
              tokenizer,
              chatTemplate,
              messages.map(({ role, content }) => ({ role, content })),
              { addGenerationPrompt: true },
            ).ids,
  };
}

function defaultStopIds(tokenizer: Tokenizer): number[] {
  const ids = [tokenizer.specialTokens.eos, tokenizer.tokenToId(turnEnd)];
  return [...new Set(ids.filter((id) => id !== undefined))];
}

function codecOf(tokenizer: Tokenizer): TextCodec {
  const { bos } = tokenizer.specialTokens;
  // A model's vocabulary may be padded beyond the tokenizer's: such ids stand for nothing.
  const known = (id: number) => id < tokenizer.vocabSize;
  return {
    encode(text) {
      const ids = tokenizer.encode(text);
      // An empty prompt is a text from its beginning.
      return ids.length === 0 && bos !== undefined ? [bos] : ids;
    },
    tokenText: (id) => (known(id) ? tokenizer.decode([id]) : ''),
    createDecoder() {
      const decoder = tokenizer.createDecoder({ skipSpecialTokens: true });
      return { push: (id) => (known(id) ? decoder.push(id) : ''), flush: () => decoder.flush() };
    },
  };
}
