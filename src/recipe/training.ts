/** What the stages `pretrain` and `sft` share: tokens, device, loop, samples, and the finished model's directory. */
import { join } from 'node:path';
import { AthanorError, type Reporter } from '../core/index.ts';
import { codeVersion } from '../core/node.ts';
import type { DatasetOrMixture, MixtureShare } from '../data/index.ts';
import { createRunner, createTextModel, Engine, generateText, type TextModel } from '../infer/index.ts';
import { type Model, parameterCount } from '../models/index.ts';
import { saveModel } from '../models/node.ts';
import type { Backend, HostTensor, Store } from '../runtime/index.ts';
import { openBackend, openSafetensors } from '../runtime/node.ts';
import { turnEnd } from '../tokenizer/index.ts';
import type { LoadedTokenizer } from '../tokenizer/node.ts';
import { type ObjectiveDefinition, type TrainingConfig, trainingConfigOf } from '../train/index.ts';
import { type TrainResult, trainLoop } from '../train/node.ts';
import type { StageContext, Summary } from './define.ts';
import { lineageFile } from './evaluation.ts';
import { openTextModel } from './text-model.ts';
import type { Encoding } from './tokens.ts';
import { describeShares, openTrainingData, type TrainingData, trainedOn } from './training-data.ts';

export interface TrainingRequest {
  readonly stage: string;
  readonly objective: ObjectiveDefinition;
  /** The stage's config; its training fields are taken out of it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly dataset: DatasetOrMixture;
  readonly encoding: Encoding;
  readonly sampling: 'epochs' | 'windows';
  readonly model: Model;
  readonly tokenizer: LoadedTokenizer;
  readonly tokenizerDirectory: string;
  readonly initialWeights?: (name: string) => HostTensor;
  /** One sentence for the model card. */
  readonly about: string;
}

/** Trains, saves `models/<stage>`, writes samples. @throws AthanorError('cancelled') after the checkpoint is saved */
export async function runTraining(request: TrainingRequest, context: StageContext): Promise<Summary> {
  const { stage, model, objective } = request;
  const config = trainingConfigOf(request.config);
  const sequenceLength = lengthOf(config, model);
  const seed = config.seed ?? context.seed;
  const defaultEpochs = objective.defaults.epochs;
  const data = await openTrainingData({ ...request, config, sequenceLength, seed, defaultEpochs }, context);
  const backend = await openBackend({ device: context.device, threads: context.threads });
  try {
    const parameters = parameterCount(model);
    context.report({
      type: 'message',
      level: 'info',
      stage,
      text: `${stage}: ${(parameters / 1e6).toFixed(2)} M parameters, ${data.tokens.toLocaleString('en-US')} tokens, ${backend.engine} on ${backend.device} with ${backend.threads} threads`,
    });
    const result = await loop(request, config, { data, backend }, context);
    if (result.status === 'stopped') throw new AthanorError('cancelled', `stopped after step ${result.step}`);
    const directory = context.workspace.model(stage);
    const mixture = data.shares(result.step * config.accumulation);
    if (mixture) {
      const text = `${stage}: read of the mixture: ${describeShares(mixture)}`;
      context.report({ type: 'message', level: 'info', stage, text });
    }
    await saveResult(request, config, { ...result, parameters, mixture }, context);
    const samples = await finalSamples(directory, config, result, request, context);
    return {
      parameters,
      steps: result.step,
      tokens: result.tokens,
      loss: result.loss,
      ...(result.best ? { val_loss: result.best.val_loss, val_bpb: result.best.val_bpb } : {}),
      tokens_per_s: Math.round(
        (result.step * config.batch_size * config.accumulation * sequenceLength) / result.seconds,
      ),
      ...(mixture ? { mixture } : {}),
      samples,
    };
  } finally {
    data.dispose();
    backend.dispose();
  }
}

const lengthOf = (config: TrainingConfig, model: Model): number => config.sequence_length ?? model.dims.maxLength;

interface Resources {
  readonly data: TrainingData;
  readonly backend: Backend;
}

function loop(
  request: TrainingRequest,
  config: TrainingConfig,
  resources: Resources,
  context: StageContext,
): Promise<TrainResult> {
  const { model, objective, tokenizer, stage, initialWeights } = request;
  const { backend, data } = resources;
  return trainLoop({
    model,
    objective,
    config,
    seed: config.seed ?? context.seed,
    train: data.train,
    validation: data.validation,
    backend,
    directory: context.run.dir,
    resume: context.run.resuming,
    initialWeights,
    tokenBytes: Uint32Array.from({ length: tokenizer.tokenizer.vocabSize }, (_, id) =>
      tokenizer.tokenizer.byteLength(id),
    ),
    files: { 'config.json': `${JSON.stringify(model.config, null, 2)}\n` },
    stage,
    report: context.report,
    signal: context.signal,
    sample: config.sample && (({ store }) => sampleDuring(store, backend, request, config, context)),
  });
}

/** Samples from the weights in training, over their own store. */
async function sampleDuring(
  store: Store,
  backend: Backend,
  { model, tokenizer, encoding, stage }: TrainingRequest,
  config: TrainingConfig,
  context: StageContext,
): Promise<void> {
  const longest = Math.min(model.dims.maxLength, 512);
  const slots = backend.device === 'cpu' ? Math.min(4, config.sample!.prompts.length) : 1;
  const runner = await createRunner({ model, backend, store, slots, maxLength: longest, frozen: false });
  const engine = new Engine(runner);
  try {
    const text = createTextModel({ engine, tokenizer: tokenizer.tokenizer, chatTemplate: tokenizer.chatTemplate });
    await writeSamples(text, config, encoding, context.seed, (sample) =>
      context.report({ type: 'sample', stage, ...sample }),
    );
  } finally {
    await engine.dispose();
  }
}

interface Sample {
  readonly prompt: string;
  readonly text: string;
}

async function writeSamples(
  model: TextModel,
  { sample }: TrainingConfig,
  encoding: Encoding,
  seed: number,
  take: (sample: Sample) => void,
): Promise<void> {
  if (sample === undefined) return;
  const { prompts, max_tokens: maxTokens, temperature } = sample;
  const results = await Promise.all(
    prompts.map((prompt, i) =>
      generateText(model, {
        prompt: encoding === 'chat' ? [{ role: 'user', content: prompt }] : prompt,
        maxTokens,
        // With one seed for all, they would tend to begin alike.
        sampling: { temperature, seed: seed + i },
      }),
    ),
  );
  for (const [i, { text }] of results.entries()) take({ prompt: prompts[i]!, text });
}

/** Samples from the model as it was saved: what a user of it gets. */
async function finalSamples(
  directory: string,
  config: TrainingConfig,
  result: TrainResult,
  { encoding, stage }: TrainingRequest,
  context: StageContext,
): Promise<readonly Sample[]> {
  if (config.sample === undefined) return [];
  // The loop has just shown what these very weights write.
  const shown = result.selected === result.last && result.step % config.sample.interval === 0;
  const { device, threads } = context;
  const slots = device === 'cpu' ? Math.min(4, config.sample.prompts.length) : 1;
  const open = await openTextModel(directory, { device, threads, slots });
  const report: Reporter = context.report;
  try {
    const samples: Sample[] = [];
    await writeSamples(open.text, config, encoding, context.seed, (sample) => {
      samples.push(sample);
      if (!shown) report({ type: 'sample', stage, ...sample });
    });
    return samples;
  } finally {
    await open.dispose();
  }
}

/** The chosen checkpoint's weights as a model directory in Hugging Face's layout. */
async function saveResult(
  request: TrainingRequest,
  config: TrainingConfig,
  result: TrainResult & { readonly parameters: number; readonly mixture: readonly MixtureShare[] | undefined },
  context: StageContext,
): Promise<void> {
  const { model, tokenizer, tokenizerDirectory, stage, encoding } = request;
  const { bos, eos, pad } = tokenizer.tokenizer.specialTokens;
  const end = encoding === 'chat' ? tokenizer.tokenizer.tokenToId(turnEnd) : undefined;
  const datasets = trainedOn(request.dataset, context);
  const reader = openSafetensors(join(result.selected, 'model.safetensors'));
  try {
    const tensors = reader.names.map((name) => ({ ...reader.info(name), data: () => reader.read(name).data }));
    await saveModel(context.workspace.model(stage), {
      model,
      tensors,
      extra: { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad },
      generation: end === undefined ? {} : { eos_token_id: [...new Set([end, eos].filter((id) => id !== undefined))] },
      tokenizerDirectory,
      files: { [lineageFile]: lineage(request, config, context) },
      card: {
        name: stage,
        licenses: [...new Set(datasets.flatMap(({ licence }) => licence ?? []))],
        datasets: datasets.map(({ name }) => name),
        summary: request.about,
        facts: {
          Parameters: result.parameters,
          'Training tokens': result.tokens,
          Steps: result.step,
          'Training loss (nats per token)': Number(result.loss.toFixed(4)),
          ...(result.best ? { 'Validation loss (nats per token)': Number(result.best.val_loss.toFixed(4)) } : {}),
          ...(result.best?.val_bpb ? { 'Validation bits per byte': Number(result.best.val_bpb.toFixed(4)) } : {}),
          Seed: config.seed ?? context.seed,
          Recipe: context.recipe,
          [datasets.length === 1 ? 'Dataset' : 'Datasets']: datasets.map((of) => `${of.name} ${of.version}`).join(', '),
          ...(result.mixture ? { Mixture: describeShares(result.mixture) } : {}),
        },
      },
    });
  } finally {
    reader.close();
  }
}

/** What the model was made of, beside its weights: an evaluation finds the held-out documents by it. */
function lineage({ stage, dataset }: TrainingRequest, config: TrainingConfig, context: StageContext): string {
  const datasets = trainedOn(dataset, context).map(({ name, version, hash }) => ({ name, version, hash }));
  const seed = config.seed ?? context.seed;
  const value = {
    schema: 1,
    recipe: context.recipe,
    stage,
    ...(datasets.length === 1 ? { dataset: datasets[0] } : { datasets, mixture: dataset }),
    seed,
    code: codeVersion,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
