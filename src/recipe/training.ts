/** What the stages `pretrain` and `sft` share: tokens, device, loop, samples, and the finished model's directory. */
import { join } from 'node:path';
import { AthanorError, type Reporter } from '../core/index.ts';
import { openDataset, type Tokens } from '../data/index.ts';
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
import { batchSource, type Encoding, tokensOf } from './tokens.ts';
import { codeVersion } from './version.ts';

export interface TrainingRequest {
  readonly stage: string;
  readonly objective: ObjectiveDefinition;
  /** The stage's config; its training fields are taken out of it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly dataset: string;
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
  const { stage, model, tokenizer, dataset, encoding } = request;
  const config = trainingConfigOf(request.config);
  const ask = (split: 'train' | 'validation') => tokensOf({ dataset, split, tokenizer, encoding, stage }, context);
  const train = await ask('train');
  if (train === undefined)
    throw new AthanorError('bad-input', `dataset '${dataset}' has no training documents`, {
      place: `stage '${stage}'`,
    });
  const validation = await ask('validation');
  const backend = await openBackend({ device: context.device, threads: context.threads });
  try {
    const parameters = parameterCount(model);
    context.report({
      type: 'message',
      level: 'info',
      stage,
      text: `${stage}: ${(parameters / 1e6).toFixed(2)} M parameters, ${train.length.toLocaleString('en-US')} tokens, ${backend.engine} on ${backend.device} with ${backend.threads} threads`,
    });
    const result = await loop(request, config, { train, validation, backend }, context);
    if (result.status === 'stopped') throw new AthanorError('cancelled', `stopped after step ${result.step}`);
    const directory = context.workspace.model(stage);
    await saveResult(request, config, result, parameters, context);
    const samples = await finalSamples(directory, config, result, request, context);
    return {
      parameters,
      steps: result.step,
      tokens: result.tokens,
      loss: result.loss,
      ...(result.best ? { val_loss: result.best.val_loss, val_bpb: result.best.val_bpb } : {}),
      tokens_per_s: Math.round(
        (result.step * config.batch_size * config.accumulation * lengthOf(config, model)) / result.seconds,
      ),
      samples,
    };
  } finally {
    train.dispose();
    validation?.dispose();
    backend.dispose();
  }
}

const lengthOf = (config: TrainingConfig, model: Model): number => config.sequence_length ?? model.dims.maxLength;

interface Resources {
  readonly train: Tokens;
  readonly validation: Tokens | undefined;
  readonly backend: Backend;
}

function loop(
  request: TrainingRequest,
  config: TrainingConfig,
  resources: Resources,
  context: StageContext,
): Promise<TrainResult> {
  const { model, objective, tokenizer, encoding, sampling, stage, initialWeights } = request;
  const { backend } = resources;
  const seed = config.seed ?? context.seed;
  const common = { sequenceLength: lengthOf(config, model), batchSize: config.batch_size, seed, encoding, stage };
  const padId = tokenizer.tokenizer.specialTokens.pad;
  const { train, validation } = resources;
  return trainLoop({
    model,
    objective,
    config,
    seed,
    train: batchSource(train, { ...common, sampling, padId }, context),
    validation: validation && batchSource(validation, { ...common, sampling: 'epochs', padId }, context),
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
  result: TrainResult,
  parameters: number,
  context: StageContext,
): Promise<void> {
  const { model, tokenizer, tokenizerDirectory, stage, encoding, dataset } = request;
  const { bos, eos, pad } = tokenizer.tokenizer.specialTokens;
  const end = encoding === 'chat' ? tokenizer.tokenizer.tokenToId(turnEnd) : undefined;
  const { manifest } = openDataset(context.workspace, dataset);
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
        license: manifest.licence,
        datasets: [dataset],
        summary: request.about,
        facts: {
          Parameters: parameters,
          'Training tokens': result.tokens,
          Steps: result.step,
          'Training loss (nats per token)': Number(result.loss.toFixed(4)),
          ...(result.best ? { 'Validation loss (nats per token)': Number(result.best.val_loss.toFixed(4)) } : {}),
          ...(result.best?.val_bpb ? { 'Validation bits per byte': Number(result.best.val_bpb.toFixed(4)) } : {}),
          Seed: config.seed ?? context.seed,
          Recipe: context.recipe,
          Dataset: `${dataset} ${manifest.version}`,
        },
      },
    });
  } finally {
    reader.close();
  }
}

/** What the model was made of, beside its weights: an evaluation finds the held-out documents by it. */
function lineage({ stage, dataset }: TrainingRequest, config: TrainingConfig, context: StageContext): string {
  const { version, hash } = openDataset(context.workspace, dataset);
  const seed = config.seed ?? context.seed;
  const value = {
    schema: 1,
    recipe: context.recipe,
    stage,
    dataset: { name: dataset, version, hash },
    seed,
    code: codeVersion,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
