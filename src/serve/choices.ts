/**
 * The choices of one HTTP request: starts them together or not at all, merges their pieces, counts them, and cancels
 * them when the client goes away.
 */
import { AthanorError } from '../core/index.ts';
import { startText, type TextGeneration, type TextPiece, type TextRequest, type TextToken } from '../infer/index.ts';
import type { ServeContext } from './context.ts';
import { refusal } from './errors.ts';

export interface ChoicePiece {
  readonly index: number;
  readonly piece: TextPiece;
  /** True for the last item of a choice; its piece is empty, its generation's finish reason is set. */
  readonly ended: boolean;
}

export interface Choices {
  readonly generations: readonly TextGeneration[];
  /** Pieces of all choices as they come. @throws AthanorError when one fails; the others are cancelled then */
  pieces(): AsyncGenerator<ChoicePiece, void, undefined>;
  /** Cancels what still runs and forgets the request; harmless to repeat. */
  release(): void;
}

/** Refuses a wrong model name and a limit beyond the server's. */
export function checkRequest(
  context: ServeContext,
  request: { readonly model: string | undefined },
  maxTokens: number | undefined,
  param: string,
): void {
  if (context.draining)
    throw refusal(503, 'the server is shutting down', { type: 'server_error', code: 'shutting_down', retryAfter: 5 });
  if (request.model !== undefined && request.model !== context.modelName)
    throw refusal(404, `the model '${request.model}' does not exist; this server has '${context.modelName}'`, {
      param: 'model',
      code: 'model_not_found',
    });
  if (maxTokens !== undefined && maxTokens > context.limits.maxTokens)
    throw refusal(400, `${param} is ${maxTokens}, but this server allows at most ${context.limits.maxTokens}`, {
      param,
    });
}

/**
 * Starts every request, or none.
 * @param clientSignal aborted when the client disconnects
 * @throws AthanorError before anything was answered
 */
export function startChoices(
  context: ServeContext,
  requests: readonly Omit<TextRequest, 'signal'>[],
  clientSignal: AbortSignal,
): Choices {
  const controller = new AbortController();
  const generations: TextGeneration[] = [];
  const release = () => {
    clientSignal.removeEventListener('abort', release);
    context.active.delete(controller);
    controller.abort();
  };
  // One listener for all choices: Node warns of a leak at the eleventh.
  controller.signal.addEventListener('abort', () => {
    for (const generation of generations) generation.cancel();
  });
  context.active.add(controller);
  clientSignal.addEventListener('abort', release);
  try {
    for (const request of requests) {
      generations.push(startText(context.model, { maxTokens: context.limits.maxTokens, ...request }));
    }
  } catch (error) {
    release();
    throw error;
  }
  if (clientSignal.aborted) release();
  return { generations, release, pieces: () => merge(context, generations, controller.signal, clientSignal) };
}

/** Reads every choice to its end: its text and, where they were asked for, its tokens. */
export async function collectChoices(
  choices: Choices,
): Promise<
  readonly { readonly generation: TextGeneration; readonly text: string; readonly tokens: readonly TextToken[] }[]
> {
  const collected = choices.generations.map((generation) => ({ generation, text: '', tokens: [] as TextToken[] }));
  for await (const { index, piece } of choices.pieces()) {
    collected[index]!.text += piece.text;
    collected[index]!.tokens.push(...piece.tokens);
  }
  return collected;
}

async function* merge(
  context: ServeContext,
  generations: readonly TextGeneration[],
  signal: AbortSignal,
  clientSignal: AbortSignal,
): AsyncGenerator<ChoicePiece, void, undefined> {
  const iterators = generations.map((generation) => generation[Symbol.asyncIterator]());
  const advance = async (index: number) => ({ index, result: await iterators[index]!.next() });
  const waiting = new Map(iterators.map((_, index) => [index, advance(index)]));
  let failed = false;
  try {
    while (waiting.size > 0) {
      const { index, result } = await Promise.race(waiting.values());
      if (!result.done) {
        waiting.set(index, advance(index));
        yield { index, piece: result.value, ended: false };
        continue;
      }
      waiting.delete(index);
      // Ended by a shutdown, not by the client: half an answer must not look like a whole one.
      if (signal.aborted && !clientSignal.aborted && generations[index]!.finishReason === 'cancelled')
        throw new AthanorError('overloaded', 'the server is shutting down', { values: { closed: true } });
      yield { index, piece: { text: '', tokens: [] }, ended: true };
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    for (const promise of waiting.values()) promise.catch(() => {});
    for (const generation of generations) generation.cancel();
    for (const generation of generations)
      context.metrics.finished(generation, failed && generation.finishReason === undefined);
  }
}
