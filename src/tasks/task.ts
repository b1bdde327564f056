/**
 * A task is examples with prompts and a score; the same object serves evaluation and, later, reinforcement learning.
 * Knows nothing of how a model runs: it sees `ModelUnderTest`, which `eval/` implements.
 */
import type { z } from 'zod';

export type TaskMessage = {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
};

/** What a model is asked: a conversation (rendered by its chat template) or raw text to continue. */
export type Prompt = { readonly messages: readonly TaskMessage[] } | { readonly text: string };

export interface TaskDocument {
  readonly id: string;
  readonly text: string;
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface GenerationOptions {
  /** At most this many new tokens. */
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP?: number;
  readonly seed: number;
}

/** The negative log-likelihood of one continuation. */
export interface Likelihood {
  /** Sum over counted tokens, in nats. */
  readonly nll: number;
  readonly tokens: number;
  /** UTF-8 bytes of the counted text: bits per byte compare across tokenizers. */
  readonly bytes: number;
}

/** The part of a model that tasks may use. */
export interface ModelUnderTest {
  generate(prompts: readonly Prompt[], options: GenerationOptions): Promise<string[]>;
  /** Scores each continuation after its prompt; with an empty text prompt, the document from its start. */
  logLikelihood(items: readonly { readonly prompt: Prompt; readonly continuation: string }[]): Promise<Likelihood[]>;
}

export interface TaskContext {
  readonly model: ModelUnderTest;
  /** The documents of the dataset under evaluation. */
  documents(split: 'train' | 'validation' | 'test'): AsyncIterable<TaskDocument>;
  readonly seed: number;
}

/** One asked example with the model's answer, kept in the evaluation's file. */
export interface TaskSample {
  readonly id: string;
  readonly prompt: Prompt;
  readonly output?: string;
  readonly scores: Readonly<Record<string, number | boolean>>;
}

export interface TaskResult {
  /** The headline numbers by metric name. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly samples: readonly TaskSample[];
}

export interface Task<Config = unknown> {
  /** As `use:` and `--tasks` write it. */
  readonly name: string;
  /** Raised whenever scores stop being comparable with earlier ones. */
  readonly version: number;
  readonly describe: string;
  readonly config: z.ZodType<Config>;
  run(context: TaskContext, config: Config): Promise<TaskResult>;
}

/** Defines a task; adding the file registers it. */
export function defineTask<Config>(task: Task<Config>): Task<Config> {
  return task;
}

/** The first `limit` items of a stream. */
export async function take<Item>(items: AsyncIterable<Item>, limit: number): Promise<Item[]> {
  const taken: Item[] = [];
  if (limit <= 0) return taken;
  for await (const item of items) {
    taken.push(item);
    if (taken.length >= limit) break;
  }
  return taken;
}

/** The conversation of a chat document up to (not including) its last assistant turn, and that turn's text. */
export function lastTurn(document: TaskDocument): { prompt: Prompt; answer: string } | undefined {
  const messages = document.meta.messages as readonly TaskMessage[] | undefined;
  if (!messages || messages.length < 2) return undefined;
  const last = messages[messages.length - 1]!;
  return last.role === 'assistant' ? { prompt: { messages: messages.slice(0, -1) }, answer: last.content } : undefined;
}
