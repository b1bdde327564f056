/**
 * A model without weights for tests of the engine and the server: bytes as tokens, a KV cache that is a list of tokens
 * per row (so that a wrong row, a lost copy or a wrong position gives a wrong answer or throws), an answer by script.
 */
import { AthanorError } from '../../src/core/index.ts';
import {
  type ChatMessage,
  Engine,
  type EngineOptions,
  type ModelRunner,
  type TextCodec,
  type TextModel,
} from '../../src/infer/index.ts';

export const EOS = 256;
/** Ends the user's turn in the fake chat format. */
export const TURN = 257;
export const VOCAB = 258;
export const ANSWER = '床前明月光，疑是地上霜。';

export interface FakeRunnerOptions {
  readonly slots?: number;
  readonly maxLength?: number;
  /** Time of a step, in milliseconds; 0 resolves at once. */
  readonly stepMs?: number;
  /** The token that follows a row's tokens. */
  readonly next?: (row: readonly number[]) => number;
  /** Called before each step; throw to fail it. */
  readonly beforeStep?: (kind: 'prefill' | 'decode') => void;
}

export interface FakeRunner extends ModelRunner {
  /** Tokens in each row. */
  readonly rows: number[][];
  readonly batches: number[];
  disposed: boolean;
}

/** After TURN the scripted answer, then EOS; without TURN the next letter of the alphabet, for ever. */
export function scripted(answer: string = ANSWER): (row: readonly number[]) => number {
  const bytes = new TextEncoder().encode(answer);
  return (row) => {
    const turn = row.lastIndexOf(TURN);
    if (turn >= 0) return bytes[row.length - 1 - turn] ?? EOS;
    const last = row.at(-1)!;
    return last >= 97 && last < 122 ? last + 1 : 97;
  };
}

export function createFakeRunner(options: FakeRunnerOptions = {}): FakeRunner {
  const { slots = 4, maxLength = 256, stepMs = 0, next = scripted(), beforeStep } = options;
  const rows: number[][] = Array.from({ length: slots }, () => []);
  const extend = (slot: number, tokens: Iterable<number>, past: number) => {
    const row = rows[slot];
    if (!row || past > row.length)
      throw new AthanorError('internal', `internal: row ${slot} has ${row?.length} tokens, not ${past}`);
    row.length = past;
    row.push(...tokens);
    if (row.length > maxLength) throw new AthanorError('internal', 'internal: the cache is full');
    const logits = new Float32Array(VOCAB).map((_, id) => Math.sin(id * 12.9898 + row.length * 78.233));
    logits[next(row)] = 12;
    return logits;
  };
  const wait = () => (stepMs > 0 ? new Promise<void>((resolve) => setTimeout(resolve, stepMs)) : Promise.resolve());
  const runner: FakeRunner = {
    slots,
    maxLength,
    vocabSize: VOCAB,
    rows,
    batches: [],
    disposed: false,
    async prefill(slot, tokens, past) {
      await wait();
      beforeStep?.('prefill');
      return extend(slot, tokens, past);
    },
    async decode(count, tokens, pasts) {
      await wait();
      beforeStep?.('decode');
      runner.batches.push(count);
      const logits = new Float32Array(count * VOCAB);
      for (let row = 0; row < count; row++) logits.set(extend(row, [tokens[row]!], pasts[row]!), row * VOCAB);
      return logits;
    },
    move(from, to) {
      rows[to] = [...rows[from]!];
    },
    dispose() {
      runner.disposed = true;
    },
  };
  return runner;
}

/** UTF-8 bytes as tokens. */
export const byteCodec: TextCodec = {
  encode: (text) => [...new TextEncoder().encode(text)],
  tokenText: (id) => (id < 256 ? new TextDecoder().decode(Uint8Array.of(id)) : `<${id}>`),
  createDecoder() {
    const decoder = new TextDecoder();
    return {
      push: (id) => (id < 256 ? decoder.decode(Uint8Array.of(id), { stream: true }) : ''),
      flush: () => decoder.decode(),
    };
  },
};

export function encodeFakeChat(messages: readonly ChatMessage[]): number[] {
  return [...byteCodec.encode(messages.map((message) => `${message.role}: ${message.content}`).join('\n')), TURN];
}

/** The fake as a model of text and conversations. */
export function createFakeTextModel(
  runner: FakeRunnerOptions = {},
  options: EngineOptions = {},
): TextModel & { readonly runner: FakeRunner } {
  const fake = createFakeRunner(runner);
  return {
    runner: fake,
    engine: new Engine(fake, options),
    codec: byteCodec,
    stopIds: [EOS],
    encodeChat: encodeFakeChat,
    sampling: { temperature: 0 },
  };
}
