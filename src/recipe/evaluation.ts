/** Evaluating a model directory, or a server, on tasks: what the stage `eval` and the command `eval` share. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AthanorError, type Reporter } from '../core/index.ts';
import { readJson } from '../core/node.ts';
import { openDataset, type Workspace } from '../data/index.ts';
import { type EvalReport, evaluate, modelUnderTest, resolveTasks, type TaskChoice } from '../eval/index.ts';
import { modelHash } from '../models/node.ts';
import { openBackend } from '../runtime/node.ts';
import type { ModelUnderTest, Prompt } from '../tasks/index.ts';
import { type OpenModel, type OpenScorer, openScorer, openTextModel } from './text-model.ts';

/** Stands beside the weights of a trained model: its recipe, stage, dataset, seed. */
export const lineageFile = 'athanor.json';

const namedVersion = z.looseObject({ name: z.string(), version: z.string() });
const lineageSchema = z.looseObject({ dataset: namedVersion.optional(), datasets: z.array(namedVersion).optional() });

export interface EvaluationRequest {
  readonly workspace: Workspace;
  /** A model directory, or the address of a server that speaks OpenAI's protocol. */
  readonly model: { readonly directory: string } | { readonly endpoint: string };
  /** Default: the dataset that the model was trained on. */
  readonly dataset: string | undefined;
  readonly tasks: readonly TaskChoice[];
  readonly limit?: number | undefined;
  readonly seed: number;
  readonly device?: 'cpu' | 'webgpu' | 'cuda' | 'auto';
  readonly threads?: number | undefined;
  readonly stage: string;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

/** The content of `evals/<id>.json`. */
export interface Evaluation {
  readonly schema: 1;
  readonly name: string;
  readonly model: { readonly name: string; readonly hash?: string };
  readonly dataset: { readonly name: string; readonly version: string };
  readonly seed: number;
  readonly tasks: EvalReport;
}

/** Sequences computed at once. */
const slots = 16;

/** @throws AthanorError('bad-input') for an unknown task or a dataset that nobody named; what loading throws */
export async function evaluateModel(request: EvaluationRequest): Promise<Evaluation> {
  const { workspace, seed, stage, report, signal, limit, tasks } = request;
  resolveTasks(tasks, limit);
  const source = datasetOf(request);
  const dataset = openDataset(workspace, source.name, { version: source.version });
  const common = { tasks, documents: dataset.documents, seed, limit, report, stage, signal };
  const named = (model: Evaluation['model'], results: EvalReport): Evaluation => ({
    schema: 1,
    name: stage,
    model,
    dataset: { name: dataset.name, version: dataset.version },
    seed,
    tasks: results,
  });
  if ('endpoint' in request.model) {
    const { endpoint } = request.model;
    const base = endpoint.replace(/\/+$/, '').replace(/\/v1$/, '');
    const name = await servedModel(base, signal);
    return named(
      { name: `${name} at ${endpoint}` },
      await evaluate({ ...common, model: endpointUnderTest(base, name, signal) }),
    );
  }
  const { directory } = request.model;
  const backend = await openBackend({ device: request.device, threads: request.threads });
  let text: OpenModel | undefined;
  let scored: OpenScorer | undefined;
  try {
    text = await openTextModel(directory, { backend, slots: backend.device === 'cpu' ? slots : 1 });
    scored = await openScorer(directory, { backend });
    const { tokenizer, chatTemplate } = scored.tokenizer;
    const model = modelUnderTest({
      text: text.text,
      scorer: scored.scorer,
      tokenizer,
      chatTemplate,
      onGenerated: (done, total) => report({ type: 'progress', stage, done, total, unit: 'answers' }),
    });
    return named({ name: basename(directory), hash: modelHash(directory) }, await evaluate({ ...common, model }));
  } finally {
    await text?.dispose();
    scored?.dispose();
    backend.dispose();
  }
}

/**
 * The dataset that was named, else the one that the model's lineage names.
 * @throws AthanorError('bad-input') when neither says one
 */
export function datasetOf({ dataset, model, stage }: Pick<EvaluationRequest, 'dataset' | 'model' | 'stage'>): {
  name: string;
  version?: string;
} {
  if (dataset !== undefined) return { name: dataset };
  const path = 'directory' in model ? join(model.directory, lineageFile) : undefined;
  const lineage = path !== undefined && existsSync(path) ? lineageSchema.safeParse(readJson(path)) : undefined;
  if (lineage?.data?.dataset) return lineage.data.dataset;
  const several = lineage?.data?.datasets?.map(({ name }) => name).join(', ');
  const why = several ? `was trained on several: ${several}` : 'does not say what it was trained on';
  throw new AthanorError('bad-input', `no dataset is named, and the model ${why}`, {
    place: `'${stage}'`,
    hint: 'Name a dataset of the workspace (`dataset:` in a recipe, --dataset on the command line).',
  });
}

const answerSchema = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullable() }).optional(), text: z.string().optional() }))
    .min(1),
});

/** A server as a model under test: it can write, but tells no likelihoods of given texts. */
function endpointUnderTest(base: string, model: string, signal: AbortSignal): ModelUnderTest {
  return {
    async generate(prompts, { maxTokens, temperature, topP, seed }) {
      const answers: string[] = [];
      for (const [i, prompt] of prompts.entries()) {
        const sampling = { max_tokens: maxTokens, temperature, top_p: topP, seed: seed + i };
        const body = 'messages' in prompt ? { messages: prompt.messages } : { prompt: prompt.text };
        answers.push(await complete(base, prompt, { model, ...body, ...sampling }, signal));
      }
      return answers;
    },
    logLikelihood() {
      throw new AthanorError('unsupported', 'a server tells no likelihoods of given texts', {
        place: base,
        hint: 'Leave tasks such as perplexity out, or evaluate the model directory.',
      });
    },
  };
}

async function complete(
  base: string,
  prompt: Prompt,
  body: Record<string, unknown>,
  signal: AbortSignal,
): Promise<string> {
  const url = `${base}/v1/${'messages' in prompt ? 'chat/completions' : 'completions'}`;
  const choice = (await ask(url, answerSchema, signal, body)).choices[0]!;
  return choice.message?.content ?? choice.text ?? '';
}

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })).min(1) });

/** The id of the first model that a server has. */
async function servedModel(base: string, signal: AbortSignal): Promise<string> {
  return (await ask(`${base}/v1/models`, modelsSchema, signal)).data[0]!.id;
}

/** One request; with a body a POST. @throws AthanorError('io' | 'bad-input' | 'bad-file' | 'cancelled') naming the address */
async function ask<Output>(
  url: string,
  schema: z.ZodType<Output>,
  signal: AbortSignal,
  body?: Record<string, unknown>,
): Promise<Output> {
  const key = process.env.OPENAI_API_KEY ?? process.env.ATHANOR_API_KEY;
  const headers = { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) };
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { headers, signal, ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}) });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw new AthanorError('cancelled', 'stopped', { cause: error });
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    throw new AthanorError('io', `cannot reach ${url}: ${why}`, { place: url, hint: 'Is the server running?', cause });
  }
  if (!response.ok)
    throw new AthanorError('bad-input', `${url} answered ${response.status}: ${text.slice(0, 300)}`, { place: url });
  const answer = schema.safeParse(safeJson(text));
  if (!answer.success) throw new AthanorError('bad-file', `${url} did not answer in OpenAI's format`, { place: url });
  return answer.data;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
