/** A loaded model as tasks see it: batched generation through the engine, log-likelihoods through the scorer. */
import { AthanorError } from '../core/index.ts';
import { generateText, type TextModel } from '../infer/index.ts';
import type { Likelihood, ModelUnderTest, Prompt, TaskMessage } from '../tasks/index.ts';
import { encodeChat, type Tokenizer } from '../tokenizer/index.ts';
import { type ItemScore, ignoredLabel, type ScoreItem, type Scorer } from './scorer.ts';

export interface ModelUnderTestOptions {
  readonly text: TextModel;
  readonly scorer: Scorer;
  readonly tokenizer: Tokenizer;
  readonly chatTemplate?: string;
  /** Called after each generated answer. */
  readonly onGenerated?: (done: number, total: number) => void;
}

/** Equal requests are answered once: tasks that judge the same poems do not write them twice. */
export function modelUnderTest(options: ModelUnderTestOptions): ModelUnderTest {
  const { text, scorer, tokenizer, chatTemplate, onGenerated } = options;
  const answers = new Map<string, Promise<string>>();
  return {
    async generate(prompts, { maxTokens, temperature, topP, seed }) {
      let done = 0;
      const answer = async (prompt: Prompt, index: number): Promise<string> => {
        const sampling = { temperature, top_p: topP, seed: seed + index };
        const key = JSON.stringify([prompt, maxTokens, sampling]);
        const known =
          answers.get(key) ??
          generateText(text, { prompt: promptOf(prompt), maxTokens, sampling }).then((result) => result.text);
        answers.set(key, known);
        const written = await known;
        onGenerated?.(++done, prompts.length);
        return written;
      };
      return inOrder(prompts, answer, text.engine.runner.slots * 2);
    },
    async logLikelihood(items) {
      const pieces = items.map(({ prompt, continuation }) =>
        'messages' in prompt
          ? [chatItem(tokenizer, chatTemplate, prompt.messages, continuation, scorer.maxLength)]
          : textItems(tokenizer, prompt.text, continuation, scorer.maxLength),
      );
      const scores = await scorer.score(pieces.flat());
      let next = 0;
      return pieces.map((parts) => {
        const own = scores.slice(next, next + parts.length);
        next += parts.length;
        return total(parts, own, tokenizer);
      });
    },
  };
}

const promptOf = (prompt: Prompt) => ('messages' in prompt ? prompt.messages : prompt.text);

/** Runs `work` over items with at most `width` under way, so that a bounded queue is never overrun. */
async function inOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
  width: number,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!, i);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}

function chatItem(
  tokenizer: Tokenizer,
  chatTemplate: string | undefined,
  messages: readonly TaskMessage[],
  answer: string,
  maxLength: number,
): ScoreItem {
  if (chatTemplate === undefined)
    throw new AthanorError('unsupported', 'this model has no chat template, so it cannot be asked in conversations', {
      hint: 'Evaluate it on plain text, or fine-tune it on conversations first.',
    });
  const conversation = [...messages, { role: 'assistant' as const, content: answer }];
  const { ids } = encodeChat(tokenizer, chatTemplate, conversation);
  // Only the answer asked for counts: earlier assistant turns are part of the prompt.
  const promptLength = encodeChat(tokenizer, chatTemplate, messages, { addGenerationPrompt: true }).ids.length;
  const labels = encodeChat(tokenizer, chatTemplate, conversation).labels.map((label, i) =>
    i < promptLength ? ignoredLabel : label,
  );
  return { ids: ids.slice(0, maxLength), labels: labels.slice(0, maxLength) };
}

/**
 * A continuation after a prompt; with an empty prompt a whole document, in windows where it is longer than the context.
 * Every token counts once; a window starts with the last token of the one before (lm-eval's rolling log-likelihood).
 */
function textItems(tokenizer: Tokenizer, prompt: string, continuation: string, maxLength: number): ScoreItem[] {
  const start = tokenizer.specialTokens.bos ?? tokenizer.specialTokens.eos;
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false, allowedSpecial: 'none' });
  const context = prompt === '' ? (start === undefined ? [] : [start]) : encode(prompt);
  const counted = encode(continuation);
  if (context.length + counted.length <= maxLength)
    return [{ ids: [...context, ...counted], labels: [...context.map(() => ignoredLabel), ...counted] }];
  const all = [...context, ...counted];
  const items: ScoreItem[] = [];
  const room = maxLength - 1;
  for (let from = Math.max(1, context.length); from < all.length; from += room) {
    const ids = all.slice(from - 1, from + room);
    items.push({ ids, labels: [ignoredLabel, ...ids.slice(1)] });
  }
  return items;
}

function total(items: readonly ScoreItem[], scores: readonly ItemScore[], tokenizer: Tokenizer): Likelihood {
  let nll = 0;
  let tokens = 0;
  let bytes = 0;
  items.forEach(({ ids, labels }, i) => {
    nll += scores[i]!.nll;
    tokens += scores[i]!.tokens;
    for (let t = 1; t < ids.length; t++) if (labels[t] !== ignoredLabel) bytes += tokenizer.byteLength(ids[t]!);
  });
  return { nll, tokens, bytes };
}
