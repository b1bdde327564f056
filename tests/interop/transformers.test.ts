/**
 * Hugging Face's own Python packages open what we write, and we open what they write: models (`transformers`), files of
 * tensors (`safetensors`), graphs (`onnx`). The referee is transformers_peer.py.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { toOnnx } from '../../src/graph/index.ts';
import { createModel, parameterSpecs } from '../../src/models/index.ts';
import { saveModel } from '../../src/models/node.ts';
import { openScorer, openTextModel } from '../../src/recipe/index.ts';
import { bytesOf, type HostTensor, newArray, Program, type StoredDType } from '../../src/runtime/index.ts';
import { openBackend, openSafetensors, writeSafetensors } from '../../src/runtime/node.ts';
import { chatmlTemplate, renderChat, trainBpe } from '../../src/tokenizer/index.ts';
import { loadTokenizer, saveTokenizer } from '../../src/tokenizer/node.ts';
import { runPython } from '../helpers/python.ts';
import { transformersPython } from '../helpers/torch.ts';
import { gpt2Training, llamaTraining } from '../helpers/training-case.ts';

const NEW_TOKENS = 20;
const place = mkdtempSync(join(tmpdir(), 'athanor-transformers-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const path = (name: string) => join(place, name);

const texts = [
  'To be, or not to be: that is the question.',
  '床前明月光，疑是地上霜。',
  ' naïve café 🙂\n\n  return x;',
];
const chats = [
  [{ role: 'user', content: '以《静夜思》为题写一首五言绝句' }],
  [
    { role: 'system', content: 'You are a poet.' },
    { role: 'user', content: 'Hello <b>&</b> "you"\n' },
    { role: 'assistant', content: '床前明月光' },
    { role: 'user', content: '' },
  ],
];

const python = transformersPython();
python.catch(() => {});
async function ask<Result>(jobs: readonly Record<string, unknown>[]): Promise<Result[]> {
  const script = fileURLToPath(new URL('transformers_peer.py', import.meta.url));
  return JSON.parse(await runPython(await python, script, { stdin: JSON.stringify(jobs) })) as Result[];
}

interface Opened {
  readonly class: string;
  readonly parameters: number;
  readonly logits: number[][];
  readonly greedy: number[];
  readonly encoded: number[][];
  readonly chats: string[];
}

/** Our own answers about a model directory, in the referee's form. */
async function ours(directory: string, ids: readonly number[][], prompt: readonly number[]) {
  const { tokenizer, chatTemplate } = loadTokenizer(directory);
  const open = await openScorer(directory, { threads: 1 });
  const items = ids.map((row) => ({ ids: row, labels: row }));
  const scores = await open.scorer.score(items, { logits: true });
  open.dispose();
  const model = await openTextModel(directory, { threads: 1, slots: 1 });
  const sampling = { temperature: 0, repetition_penalty: 1 };
  const greedy: number[] = [];
  for await (const token of model.engine.submit({ promptIds: prompt, maxTokens: NEW_TOKENS, sampling }))
    greedy.push(token.id);
  await model.dispose();
  return {
    logits: scores.map(({ logits }) => logits!),
    greedy,
    encoded: texts.map((text) => tokenizer.encode(text)),
    chats: chats.flatMap((messages) =>
      [false, true].map((addGenerationPrompt) => renderChat(chatTemplate!, messages, { addGenerationPrompt })),
    ),
  };
}

/** max |a - b| / max |b|. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    size = Math.max(size, Math.abs(b[i]!));
  }
  return difference / size;
}

const tokenizer = trainBpe({ texts: [...texts, ...chats.flat().map(({ content }) => content)], vocabSize: 300 });
const rng = new Rng(3);
const ids = [5, 24, 31].map((length) => Array.from({ length }, () => rng.int(tokenizer.vocabSize)));
const question = { ids, prompt: ids[0]!.concat(17, 4), new_tokens: NEW_TOKENS, texts, chats };

function expectAgreement(mine: Awaited<ReturnType<typeof ours>>, theirs: Opened): void {
  theirs.logits.forEach((logits, i) => {
    expect(relativeError(mine.logits[i]!, logits), `logits of text ${i}`).toBeLessThan(1e-4);
  });
  expect(mine.greedy).toHaveLength(NEW_TOKENS);
  expect(mine.greedy).toEqual(theirs.greedy);
  expect(mine.encoded).toEqual(theirs.encoded);
  expect(mine.chats).toEqual(theirs.chats);
}

const llama = { hidden_size: 64, intermediate_size: 80, num_hidden_layers: 2, max_position_embeddings: 64 };
const llama3Rope = {
  ...{ rope_type: 'llama3', factor: 4, low_freq_factor: 1, high_freq_factor: 4 },
  original_max_position_embeddings: 16,
};
const cases: Record<string, { type: string; config: Record<string, unknown> }> = {
  'llama-gqa-tied': {
    type: 'llama',
    config: { ...llama, num_attention_heads: 4, num_key_value_heads: 2, tie_word_embeddings: true },
  },
  'llama-untied-biases-rope3': {
    type: 'llama',
    config: {
      ...{ ...llama, num_attention_heads: 2, num_key_value_heads: 1, head_dim: 48, tie_word_embeddings: false },
      ...{ attention_bias: true, mlp_bias: true, rope_theta: 500_000, rope_scaling: llama3Rope, rms_norm_eps: 1e-6 },
    },
  },
  'llama-heads-of-20': {
    type: 'llama',
    config: { ...llama, hidden_size: 80, num_attention_heads: 4, num_key_value_heads: 2, tie_word_embeddings: false },
  },
  'gpt2-tied': { type: 'gpt2', config: { n_embd: 64, n_layer: 2, n_head: 4, n_positions: 64 } },
  'gpt2-untied-erf': {
    type: 'gpt2',
    config: {
      ...{ n_embd: 32, n_layer: 2, n_head: 2, n_positions: 64, n_inner: 96 },
      ...{ activation_function: 'gelu', tie_word_embeddings: false },
    },
  },
};

/** A model directory as training saves it, with random weights that leave nothing at its initial value. */
async function writeModel(name: string): Promise<void> {
  const { type, config } = cases[name]!;
  const model = createModel({ type, ...config, vocab_size: tokenizer.vocabSize });
  const source = path('tokenizer');
  const tensors = parameterSpecs(model).map(({ name: tensor, shape, role }, index) => {
    const random = new Rng(11, index);
    const length = shape.reduce((product, size) => product * size, 1);
    const center = role === 'norm' && tensor.endsWith('weight') ? 1 : 0;
    const data = Float32Array.from({ length }, () => center + 0.15 * random.normal());
    return { name: tensor, dtype: 'float32' as const, shape, data };
  });
  const { bos, eos, pad } = tokenizer.specialTokens;
  await saveModel(path(`ours-${name}`), {
    ...{ model, tensors, tokenizerDirectory: source, card: { name, summary: 'A random model.' } },
    extra: { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad },
  });
}

describe.each(Object.keys(cases))('%s', (name) => {
  const theirs = new Map<string, Opened>();
  beforeAll(async () => {
    saveTokenizer(path('tokenizer'), tokenizer, { chatTemplate: chatmlTemplate, modelMaxLength: 64 });
    await writeModel(name);
    const config = { ...cases[name]!.config, initializer_range: 0.15, vocab_size: tokenizer.vocabSize };
    const made = { type: cases[name]!.type, config, seed: 4, directory: path(`theirs-${name}`) };
    const [opened, own] = await ask<Opened>([
      { job: 'open', directory: path(`ours-${name}`), ...question },
      { job: 'make', ...made, tokenizer: path('tokenizer'), ...question, max_shard_size: '40KB' },
    ]);
    theirs.set('opened', opened!).set('made', own!);
  });

  it('made by us opens in transformers: logits, greedy ids, tokenizer, chat template', async () => {
    const opened = theirs.get('opened')!;
    expect(opened.class).toBe(name.startsWith('llama') ? 'LlamaForCausalLM' : 'GPT2LMHeadModel');
    expectAgreement(await ours(path(`ours-${name}`), ids, question.prompt), opened);
  });

  it('made by transformers, in shards, opens here: logits, greedy ids, tokenizer, chat template', async () => {
    expect(readdirSync(path(`theirs-${name}`))).toContain('model.safetensors.index.json');
    expectAgreement(await ours(path(`theirs-${name}`), ids, question.prompt), theirs.get('made')!);
  });
});

describe('safetensors', () => {
  /** Our name, the format's, the Python package's when writing. */
  const dtypes: readonly (readonly [StoredDType, string, string])[] = [
    ['float64', 'F64', 'float64'],
    ['float32', 'F32', 'float32'],
    ['float16', 'F16', 'float16'],
    ['bfloat16', 'BF16', 'bfloat16'],
    ['int64', 'I64', 'int64'],
    ['int32', 'I32', 'int32'],
    ['int16', 'I16', 'int16'],
    ['int8', 'I8', 'int8'],
    ['uint64', 'U64', 'uint64'],
    ['uint32', 'U32', 'uint32'],
    ['uint16', 'U16', 'uint16'],
    ['uint8', 'U8', 'uint8'],
    ['bool', 'BOOL', 'bool'],
  ];
  const shapes = [[2, 3], [], [0, 4], [5]];
  const base64 = (data: ArrayBufferView) => Buffer.from(bytesOf(data)).toString('base64');
  const tensors = dtypes.flatMap(([dtype], d) =>
    shapes.map((shape, s) => {
      const length = shape.reduce((product, size) => product * size, 1);
      const random = new Rng(d, s);
      const array =
        dtype === 'int16'
          ? new Int16Array(length)
          : dtype === 'uint16'
            ? new Uint16Array(length)
            : newArray(dtype, length);
      bytesOf(array).forEach((_, i, bytes) => {
        bytes[i] = random.int(dtype === 'bool' ? 2 : 256);
      });
      return { name: `${dtype}.${s} “名”`, dtype, shape, data: array };
    }),
  );
  const metadata = { format: 'pt', note: '床前明月光 "quoted"\n' };
  const names = new Map(dtypes.map(([dtype, ...others]) => [dtype, others] as const));

  it('reads every type that we write', async () => {
    writeSafetensors(path('ours.safetensors'), tensors, metadata);
    const [found] = await ask<{ metadata: object; tensors: object }>([
      { job: 'read-safetensors', path: path('ours.safetensors') },
    ]);
    expect(found!.metadata).toEqual(metadata);
    const expected = tensors.map(({ name, dtype, shape, data }) => [
      name,
      { dtype: names.get(dtype)![0], shape, data: base64(data) },
    ]);
    expect(found!.tensors).toEqual(Object.fromEntries(expected));
  });

  it('writes every type so that we read it', async () => {
    const given = tensors.map(({ name, dtype, shape, data }) => [
      name,
      { dtype: names.get(dtype)![1], shape, data: base64(data) },
    ]);
    await ask([
      { job: 'write-safetensors', path: path('theirs.safetensors'), metadata, tensors: Object.fromEntries(given) },
    ]);
    const reader = openSafetensors(path('theirs.safetensors'));
    expect(reader.metadata).toEqual(metadata);
    expect([...reader.names].sort()).toEqual(tensors.map(({ name }) => name).sort());
    for (const { name, dtype, shape, data } of tensors) expect(reader.read(name)).toEqual({ dtype, shape, data });
    reader.close();
  });
});

describe('onnx', () => {
  const steps = { llama: llamaTraining, gpt2: gpt2Training };
  const targets = ['cpu', 'webgpu'] as const;
  const file = (name: string, target: string) => path(`${name}-${target}.onnx`);

  it.each(Object.keys(steps) as (keyof typeof steps)[])('accepts the training step of %s', async (name) => {
    const programs = targets.map((target) => toOnnx(steps[name].build(), { target }));
    programs.forEach(({ model }, i) => {
      writeFileSync(file(name, targets[i]!), model);
    });
    const found = await ask<{ standard: boolean; nodes: number; outputs: Record<string, unknown> }>(
      targets.map((target) => ({ job: 'check-onnx', path: file(name, target) })),
    );
    programs.forEach(({ outputs, states, updates, nodeCount }, i) => {
      const shapes = new Map([...outputs, ...states].map(({ name: value, shape }) => [value, shape]));
      const expected = [
        ...outputs.map((output) => [output.name, output.shape]),
        ...updates.map((state) => [`${state}.next`, shapes.get(state)]),
      ];
      // For WebGPU only standard operators are used, so every shape is checked.
      expect(found[i]).toEqual({
        standard: targets[i] === 'webgpu',
        nodes: nodeCount,
        outputs: Object.fromEntries(expected),
      });
    });
  });

  it.each(Object.keys(steps) as (keyof typeof steps)[])("runs %s's step to the same loss and weights", async (name) => {
    const { build, feeds, seed } = steps[name];
    const backend = await openBackend({ threads: 1, spinning: false });
    const program = await Program.compile(build, { backend });
    program.initialize({ seed });
    const encode = ({ dtype, shape, data }: HostTensor) => ({ dtype, shape, data: base64Of(data) });
    const values: Record<string, unknown> = {};
    for (const state of program.states) values[state.name] = encode(await program.store.read(state.name));
    for (const { name: input, shape, dtype } of program.inputs) {
      const feed = feeds(0)[input];
      const data = typeof feed === 'number' ? Float32Array.of(feed) : (feed as BigInt64Array);
      values[input] = encode({ dtype, shape: shape as number[], data });
    }
    const outputs = await program.run(feeds(0));
    writeFileSync(file(name, 'webgpu'), toOnnx(build(), { target: 'webgpu' }).model);
    const [found] = await ask<Record<string, number[]>>([
      { job: 'run-onnx', path: file(name, 'webgpu'), feeds: values },
    ]);
    expect(relativeError(outputs.loss_sum!.data as Float32Array, found!.loss_sum!)).toBeLessThan(1e-5);
    const wrong: Record<string, number> = {};
    for (const { name: state } of program.states) {
      const next = (await program.store.read(state)).data as Float32Array;
      // Against the size of a step, where a weight is near 0: the gradient of a key's bias is rounding noise.
      const error = relativeError([...next, 0.05], [...found![`${state}.next`]!, 0.05]);
      if (!(error < 1e-4)) wrong[state] = error;
    }
    expect(wrong).toEqual({});
    program.dispose();
    backend.dispose();
  });
});

function base64Of(data: ArrayBufferView): string {
  return Buffer.from(bytesOf(data)).toString('base64');
}
