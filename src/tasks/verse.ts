/** Poems that a model writes for held-out titles: shared by the tasks that judge them. */
import { z } from 'zod';
import { AthanorError } from '../core/index.ts';
import { lastTurn, type TaskContext, type TaskSample, take } from './task.ts';

export const verseConfig = z.strictObject({
  split: z.enum(['train', 'validation', 'test']).default('test').describe('Whose titles to ask for.'),
  limit: z.int().positive().default(100).describe('How many poems to ask for.'),
  temperature: z.number().min(0).max(2).default(0.7).describe('Sampling temperature.'),
  top_p: z.number().gt(0).max(1).default(0.95).describe('Nucleus sampling.'),
  max_tokens: z.int().positive().default(64).describe('At most this many new tokens a poem.'),
});
export type VerseConfig = z.output<typeof verseConfig>;

/** Asks for `limit` poems; equal configs give equal poems (seeded), so tasks judge the same ones. */
export async function writePoems(context: TaskContext, config: VerseConfig): Promise<TaskSample[]> {
  const documents = await take(context.documents(config.split), config.limit);
  const asked = documents.flatMap((document) => {
    const turn = lastTurn(document);
    return turn ? [{ id: document.id, prompt: turn.prompt }] : [];
  });
  if (asked.length === 0)
    throw new AthanorError('bad-input', `no chat documents in the ${config.split} split`, {
      place: 'quatrain tasks',
      hint: 'Evaluate a model whose dataset has instructions (step to-messages).',
    });
  const outputs = await context.model.generate(
    asked.map((item) => item.prompt),
    { maxTokens: config.max_tokens, temperature: config.temperature, topP: config.top_p, seed: context.seed },
  );
  return asked.map((item, i) => ({ ...item, output: outputs[i]!, scores: {} }));
}

/** The verse lines of a poem: split at Chinese and Western sentence marks and line ends. */
export function verseLines(text: string): string[] {
  return text
    .split(/[，。！？；、,.!?;\n]+/u)
    .map((line) => line.trim())
    .filter((line) => line.length > 0);
}
