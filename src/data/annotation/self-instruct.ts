/**
 * Self-instruct (Wang et al. 2022, "Self-Instruct: Aligning Language Models with Self-Generated Instructions", §2.2): from
 * seed tasks a model makes new instructions, says which are classifications, makes instances (input first, or label first
 * for classifications), and what resembles something known (ROUGE-L ≥ 0.7) or cannot be done with text is filtered out.
 * All choices come from the seed and all answers from the client, so with a cache of answers a stopped run goes on where
 * it was and a rerun gives the same tasks.
 */
import { z } from 'zod';
import { Rng } from '../../core/index.ts';
import type { ChatClient } from '../openai-client/chat-client.ts';
import { splitWords } from '../text/words.ts';
import { jsonIn } from './model-json.ts';
import { RougePool } from './rouge.ts';
import {
  blockedWords,
  classificationPrompt,
  instancesPrompt,
  type PromptLanguage,
  type ShownTask,
  saysYes,
  tasksPrompt,
} from './self-instruct-prompts.ts';

export interface SelfInstructOptions {
  readonly language: PromptLanguage;
  /** New tasks wanted. */
  readonly target: number;
  readonly maxRounds: number;
  /** Requests for new tasks in one round; they see the same pool. */
  readonly promptsPerRound: number;
  /** New tasks asked for in one request. */
  readonly tasksPerPrompt: number;
  /** In-context examples from the seeds and from what was made. */
  readonly seedExamples: number;
  readonly madeExamples: number;
  readonly instancesPerTask: number;
  /** ROUGE-L F1 with a known instruction from which on a new one is dropped. */
  readonly rougeLimit: number;
  readonly minWords: number;
  readonly maxWords: number;
  /** Instead of the language's own list. */
  readonly blocked?: readonly string[] | undefined;
  /** Temperature for making tasks and instances; classification is asked at 0. */
  readonly temperature: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

export interface MadeTask extends ShownTask {
  readonly isClassification: boolean;
  readonly round: number;
}

/** Why something the model made was dropped. */
export type Rejection =
  | 'too-short'
  | 'too-long'
  | 'blocked-word'
  | 'program'
  | 'punctuation-first'
  | 'similar'
  | 'no-instance'
  | 'unreadable';

/** @param rejected hears of every dropped instruction */
export async function* selfInstruct(
  client: ChatClient,
  seeds: readonly ShownTask[],
  options: SelfInstructOptions,
  rejected: (instruction: string, reason: Rejection, detail?: string) => void,
): AsyncGenerator<MadeTask> {
  const pool = new RougePool();
  for (const { instruction } of seeds) pool.add(instruction);
  const known = seeds.map(({ instruction }) => instruction);
  const made: string[] = [];
  let given = 0;
  for (let round = 0; round < options.maxRounds && given < options.target; round++) {
    const candidates = await newInstructions(client, seeds, made, options, round, rejected);
    const accepted: string[] = [];
    for (const instruction of candidates) {
      const problem = problemOf(instruction, options);
      if (problem) {
        rejected(instruction, problem);
        continue;
      }
      const near = pool.closer(instruction, options.rougeLimit);
      if (near) {
        rejected(instruction, 'similar', `ROUGE-L ${near.f1.toFixed(2)} with '${known[near.index]}'`);
        continue;
      }
      pool.add(instruction);
      known.push(instruction);
      accepted.push(instruction);
    }
    const tasks = await Promise.all(
      accepted.map((instruction) => withInstances(client, seeds, instruction, options, round)),
    );
    for (const task of tasks) {
      if (task.instances.length === 0) {
        rejected(task.instruction, 'no-instance');
        continue;
      }
      made.push(task.instruction);
      if (given++ < options.target) yield task;
    }
  }
}

async function newInstructions(
  client: ChatClient,
  seeds: readonly ShownTask[],
  made: readonly string[],
  options: SelfInstructOptions,
  round: number,
  rejected: (instruction: string, reason: Rejection) => void,
): Promise<string[]> {
  const { language, promptsPerRound, tasksPerPrompt, seedExamples, madeExamples, temperature, seed, signal } = options;
  const asked = Array.from({ length: promptsPerRound }, async (_, n) => {
    const rng = new Rng(seed, round * promptsPerRound + n);
    const fromMade = sample(made, madeExamples, rng);
    const fromSeeds = sample(seeds, seedExamples + madeExamples - fromMade.length, rng).map((one) => one.instruction);
    const examples = rng.shuffle([...fromMade, ...fromSeeds]);
    const requestSeed = rng.int(2 ** 31);
    return client.complete(tasksPrompt(language, examples, tasksPerPrompt), { temperature, seed: requestSeed, signal });
  });
  return (await Promise.all(asked)).flatMap(({ content, finishReason }) => {
    const tasks = numberedLines(content);
    if (tasks.length === 0) rejected(content.slice(0, 200), 'unreadable');
    // The last task of an answer that ran out of tokens is cut.
    return finishReason === 'length' ? tasks.slice(0, -1) : tasks;
  });
}

/** `1. …`, `2) …`, `Task 3: …`, `任务4：…`; a line without a number continues the one before. */
export function numberedLines(answer: string): string[] {
  const tasks: string[] = [];
  for (const line of answer.split('\n')) {
    const start = /^\s*(?:(?:task|任务)\s*)?\d+\s*[.)、:：．]\s*(.*)$/i.exec(line);
    if (start) tasks.push(start[1]!.trim());
    else if (tasks.length > 0 && line.trim() !== '') tasks[tasks.length - 1] += ` ${line.trim()}`;
  }
  return tasks.filter((task) => task !== '');
}

function problemOf(
  instruction: string,
  { minWords, maxWords, blocked, language }: SelfInstructOptions,
): Rejection | undefined {
  const words = splitWords(instruction.toLowerCase());
  if (words.length < minWords) return 'too-short';
  if (words.length > maxWords) return 'too-long';
  if (/^\p{P}/u.test(instruction) && !/^["“‘'《「『【(（]/.test(instruction)) return 'punctuation-first';
  // The paper drops these: models overdo them.
  if (/^write a program\b/i.test(instruction)) return 'program';
  const set = new Set(words);
  const has = (word: string) =>
    /[\p{Script=Han}\s]/u.test(word) ? instruction.includes(word) : set.has(word.toLowerCase());
  return (blocked ?? blockedWords(language)).some(has) ? 'blocked-word' : undefined;
}

async function withInstances(
  client: ChatClient,
  seeds: readonly ShownTask[],
  instruction: string,
  options: SelfInstructOptions,
  round: number,
): Promise<MadeTask> {
  const { language, instancesPerTask, signal, temperature } = options;
  const [yes, no] = [true, false].map((kind) => seeds.filter((one) => one.isClassification === kind));
  const shown = [...yes!.slice(0, 4), ...no!.slice(0, 4)];
  const verdict = await client.complete(classificationPrompt(language, instruction, shown), { temperature: 0, signal });
  const isClassification = saysYes(language, verdict.content);
  const examples = (isClassification ? yes! : no!).filter(({ instances }) => instances.length > 0).slice(0, 3);
  const { content } = await client.complete(
    instancesPrompt(language, instruction, isClassification, examples, instancesPerTask),
    {
      temperature,
      signal,
    },
  );
  return { instruction, isClassification, round, instances: readInstances(content).slice(0, instancesPerTask) };
}

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const instanceSchema = z.object({ input: text.nullish().transform((value) => value ?? ''), output: text });

/** Usable instances: with an output that is not the input; inputs that come with two outputs are dropped (§2.2). */
export function readInstances(answer: string): { input: string; output: string }[] {
  const value = jsonIn(answer);
  const byInput = new Map<string, string | undefined>();
  for (const one of Array.isArray(value) ? value : [value]) {
    const parsed = instanceSchema.safeParse(one);
    if (!parsed.success) continue;
    const [input, output] = [parsed.data.input.trim(), parsed.data.output.trim()];
    if (output === '' || input === output) continue;
    byInput.set(input, byInput.has(input) && byInput.get(input) !== output ? undefined : output);
  }
  return [...byInput].flatMap(([input, output]) => (output === undefined ? [] : [{ input, output }]));
}

function sample<Item>(items: readonly Item[], n: number, rng: Rng): Item[] {
  return rng.shuffle(Array.from(items)).slice(0, n);
}
