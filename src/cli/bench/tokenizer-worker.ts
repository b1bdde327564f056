/**
 * An encoder of `athanor bench tokenizer` in a process of its own, driven by lines: a pass over texts, its time and
 * tokens as the answer. Peers are packages of somebody's node_modules; nothing here is needed without them.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { EncodePool, loadTokenizer } from '../../tokenizer/node.ts';

export interface WorkerTask {
  readonly encoder: string;
  /** Path of a tokenizer.json. */
  readonly tokenizer: string;
  /** Name under which peers know the vocabulary. */
  readonly vocabulary: string;
  /** Path of a JSON file: kind of text → documents. */
  readonly texts: string;
  /** Folder whose node_modules has the peer. */
  readonly peers: string;
  /** More than one: our pool of encoders. */
  readonly threads: number;
}

type Encode = (text: string) => ArrayLike<number>;

const peers: Readonly<Record<string, (task: WorkerTask) => Promise<Encode>>> = {
  async 'gpt-tokenizer'({ peers, vocabulary }) {
    const { encode } = (await importFrom(peers, `gpt-tokenizer/encoding/${vocabulary}`)) as {
      encode(text: string, options: object): number[];
    };
    const options = { disallowedSpecial: new Set() };
    return (text) => encode(text, options);
  },
  async 'js-tiktoken'({ peers, vocabulary }) {
    const { Tiktoken } = (await importFrom(peers, 'js-tiktoken/lite')) as {
      Tiktoken: new (ranks: unknown) => { encode(text: string, allowed: string[], disallowed: string[]): number[] };
    };
    const ranks = (await importFrom(peers, `js-tiktoken/ranks/${vocabulary}`)) as { default: unknown };
    const encoder = new Tiktoken(ranks.default);
    return (text) => encoder.encode(text, [], []);
  },
  async tiktoken({ peers, vocabulary }) {
    const { get_encoding } = createRequire(join(peers, 'package.json'))('tiktoken') as {
      get_encoding(name: string): { encode_ordinary(text: string): Uint32Array };
    };
    const encoder = get_encoding(vocabulary);
    return (text) => encoder.encode_ordinary(text);
  },
  async 'ai-tokenizer'({ peers, vocabulary }) {
    const { Tokenizer } = (await importFrom(peers, 'ai-tokenizer')) as {
      Tokenizer: new (encoding: unknown) => { encode(text: string, allowed: string): number[] };
    };
    const encoder = new Tokenizer(await importFrom(peers, `ai-tokenizer/encoding/${vocabulary}`));
    return (text) => encoder.encode(text, 'all');
  },
  async '@huggingface/tokenizers'({ peers, tokenizer }) {
    const { Tokenizer } = (await importFrom(peers, '@huggingface/tokenizers')) as {
      Tokenizer: new (json: unknown, config: unknown) => { encode(text: string, options: object): { ids: number[] } };
    };
    const encoder = new Tokenizer(JSON.parse(readFileSync(tokenizer, 'utf8')), {});
    return (text) => encoder.encode(text, { add_special_tokens: false }).ids;
  },
};

/** The packages that can be measured. */
export const jsPeers = Object.keys(peers);

async function importFrom(folder: string, specifier: string): Promise<unknown> {
  const path = createRequire(join(folder, 'package.json')).resolve(specifier);
  const found = (await import(pathToFileURL(path).href)) as { readonly default?: object };
  // What `require` would find is often CommonJS, whose names may be in its default export only.
  return { ...found.default, ...found };
}

/** Encodes texts and counts their tokens. */
type Count = (texts: readonly string[]) => number | Promise<number>;

async function load(task: WorkerTask): Promise<Count> {
  if (task.threads > 1) {
    const pool = new EncodePool(task.tokenizer, { threads: task.threads });
    const sum = (rows: readonly ArrayLike<number>[]) => rows.reduce((tokens, row) => tokens + row.length, 0);
    return async (texts) => sum(await pool.encode(texts, { addSpecialTokens: false }));
  }
  const encode = task.encoder === 'athanor' ? ours(task.tokenizer) : await peers[task.encoder]!(task);
  return (texts) => {
    let tokens = 0;
    for (const text of texts) tokens += encode(text).length;
    return tokens;
  };
}

function ours(path: string): Encode {
  const { tokenizer } = loadTokenizer(path);
  return (text) => tokenizer.encode(text, { addSpecialTokens: false });
}

async function serve(task: WorkerTask): Promise<void> {
  const kinds = JSON.parse(readFileSync(task.texts, 'utf8')) as Record<string, string[]>;
  const answer = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const begin = performance.now();
  const count = await load(task);
  answer({ load_seconds: (performance.now() - begin) / 1000 });
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as { text: string; from: number; to: number };
    const texts = kinds[command.text]!.slice(command.from, command.to);
    const start = performance.now();
    const tokens = await count(texts);
    answer({ seconds: (performance.now() - start) / 1000, tokens });
  }
}

if (process.argv[2]) await serve(JSON.parse(process.argv[2]) as WorkerTask);
