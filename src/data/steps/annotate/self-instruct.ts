/**
 * New instruction pairs from seed tasks, by any OpenAI-compatible model. The documents are the seeds: `meta.instruction`
 * (else the text), `meta.instances` (or `meta.input` and `meta.output`), `meta.is_classification`, as in the files of
 * yizhongw/self-instruct. New ones follow as chat documents `self-instruct#<n>` with the same fields and `meta.messages`,
 * one a task and instance.
 * Origin: Self-Instruct (Wang et al. 2022, §2.2): 6 seeds and 2 made tasks in context, classification first, input-first or
 * label-first instances, ROUGE-L < 0.7 against everything known, words that text cannot do. Cost: about 1 + 2 × accepted
 * tasks requests a prompt; holds the seeds and new instructions in memory. With `endpoint.cache` a stopped run goes on
 * where it was and a rerun gives the same bytes. Mind the model's terms before training on its answers.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { pairMessages } from '../../annotation/instructions.ts';
import { selfInstruct as generate, type MadeTask } from '../../annotation/self-instruct.ts';
import { promptLanguages, type ShownTask } from '../../annotation/self-instruct-prompts.ts';
import type { Document } from '../../document.ts';
import { ChatClient } from '../../openai-client/chat-client.ts';
import { endpointSchema } from '../../openai-client/endpoint.ts';
import { defineStep } from '../../step.ts';

const config = z.strictObject({
  endpoint: endpointSchema.describe('The model to ask'),
  language: z.enum(promptLanguages).default('en').describe('Language of the requests, and so of the new tasks'),
  target: z.int().min(1).default(100).describe('New tasks wanted'),
  max_rounds: z
    .int()
    .min(1)
    .default(1000)
    .describe('Rounds after which it stops, whether or not the target is reached'),
  prompts_per_round: z
    .int()
    .min(1)
    .default(4)
    .describe('Requests for new tasks in one round; they do not see each other’s'),
  tasks_per_prompt: z.int().min(1).max(50).default(8).describe('New tasks asked for in one request'),
  seed_examples: z.int().min(1).default(6).describe('Seed tasks shown in one request'),
  made_examples: z.int().min(0).default(2).describe('New tasks shown in one request, once there are some'),
  instances: z.int().min(1).max(20).default(1).describe('Instances (input and output) of a task'),
  rouge_limit: z
    .number()
    .gt(0)
    .max(1)
    .default(0.7)
    .describe('ROUGE-L F1 with a known instruction from which on a new one is dropped'),
  min_words: z.int().min(1).default(4).describe('Shortest instruction, in words (Chinese: characters)'),
  max_words: z.int().min(1).default(150).describe('Longest instruction, in words (Chinese: characters)'),
  blocked_words: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Instructions with these words are dropped; default: words of tasks that text cannot do, such as `image`',
    ),
  temperature: z.number().min(0).max(2).default(0.7).describe('Sampling temperature for new tasks and instances'),
  keep_seeds: z.boolean().default(true).describe('The seeds go on too, unchanged, before the new tasks'),
});

export const selfInstruct = defineStep({
  name: 'self-instruct',
  kind: 'annotate',
  version: 2,
  config,
  describe: ({ target, rouge_limit, endpoint }) =>
    `${target} new tasks by self-instruct with ${endpoint.model}, ROUGE-L below ${rouge_limit}`,
  async *run(documents, options, context) {
    const seeds: ShownTask[] = [];
    for await (const document of documents) {
      seeds.push(seedOf(document));
      if (options.keep_seeds) yield document;
    }
    if (seeds.length === 0) {
      throw new AthanorError('bad-input', 'self-instruct: there is no seed task', {
        hint: 'The documents that reach this step are the seeds: give it a source of tasks.',
      });
    }
    const client = new ChatClient(options.endpoint, context);
    let rejected = 0;
    const made = generate(
      client,
      seeds,
      {
        language: options.language,
        target: options.target,
        maxRounds: options.max_rounds,
        promptsPerRound: options.prompts_per_round,
        tasksPerPrompt: options.tasks_per_prompt,
        seedExamples: options.seed_examples,
        madeExamples: options.made_examples,
        instancesPerTask: options.instances,
        rougeLimit: options.rouge_limit,
        minWords: options.min_words,
        maxWords: options.max_words,
        blocked: options.blocked_words,
        temperature: options.temperature,
        seed: context.seed,
        signal: context.signal,
      },
      (instruction, reason, detail) => {
        const number = ++rejected;
        context.drop({ id: `self-instruct#rejected-${number}`, text: instruction, meta: {} }, reason, detail);
      },
    );
    let number = 0;
    for await (const task of made) {
      context.count('tasks');
      for (const document of documentsOf(task, () => ++number, options.endpoint.model)) yield document;
    }
  },
});

function seedOf({ text, meta }: Document): ShownTask {
  const instruction = typeof meta.instruction === 'string' && meta.instruction !== '' ? meta.instruction : text;
  const listed = Array.isArray(meta.instances) ? meta.instances : [{ input: meta.input, output: meta.output }];
  const instances = listed.flatMap((one: unknown) => {
    const { input, output } = (one ?? {}) as { input?: unknown; output?: unknown };
    return typeof output === 'string' && output !== ''
      ? [{ input: typeof input === 'string' ? input : '', output }]
      : [];
  });
  const isClassification = typeof meta.is_classification === 'boolean' ? meta.is_classification : undefined;
  return { instruction, instances, isClassification };
}

function documentsOf(task: MadeTask, next: () => number, model: string): Document[] {
  return task.instances.map(({ input, output }) => {
    const pair = { instruction: task.instruction, input, output };
    return {
      id: `self-instruct#${next()}`,
      text: [task.instruction, input, output].filter((part) => part !== '').join('\n\n'),
      meta: {
        ...pair,
        messages: pairMessages(pair),
        is_classification: task.isClassification,
        generated_by: model,
        self_instruct_round: task.round,
      },
    };
  });
}
