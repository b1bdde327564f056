/**
 * Identical ids on 10,000 real lines (Chinese, English, code, emoji, mixed scripts): our tokenizers, saved to a
 * directory, against PyPI's `tokenizers` and npm's `@huggingface/transformers` reading that directory.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { chatmlTemplate, type Tokenizer, trainBpe, trainChar } from '../../src/tokenizer/index.ts';
import { loadTokenizer, saveTokenizer } from '../../src/tokenizer/node.ts';
import { npmPeer } from '../helpers/npm-peer.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')))
  .toString()
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as { title: string; text: string });
const shakespeare = readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8').split('\n\n');

/** Lines of this project's own sources, with their indentation. */
function codeLines(): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.sort().flatMap((name) => readFileSync(join(root, 'src', name), 'utf8').split(/(?<=\n)(?=\S)/));
}

/** Seeded lines that mix scripts, emoji sequences, digits, spaces and control characters. */
function mixedLines(count: number): string[] {
  const rng = new Rng(20);
  const parts = [
    ...[
      '床前明月光',
      '疑是地上霜',
      '𠮷野家',
      '龍',
      '，',
      '。',
      '「」',
      '々',
      '〇',
      '　',
      'Hello',
      ' world',
      "I'm",
      "THEY'LL",
      "don'T",
      "'ſ",
      'naïve',
      'e\u0301',
    ],
    ...[
      '😀',
      '👩‍👩‍👧‍👦',
      '🇨🇳',
      '👍🏽',
      '1️⃣',
      ' 🤖',
      '123456',
      '٣٤',
      '½²Ⅳ',
      '한국어',
      'カタカナ',
      'ひらがな',
      'Привет',
      'مرحبا',
      'नमस्ते',
      'ไทย',
      'ǅ',
      'İı',
      'ß',
    ],
    ...[
      ' ',
      '  ',
      '\t',
      '\n',
      '\r\n',
      '\n\n',
      '\u00a0',
      '\u3000',
      '\u2028',
      '\0',
      '\u200b',
      '\u200d',
      '...',
      '--',
      '===',
      '/* */',
      '=> {',
      '\ufffd',
      '<|endoftext|>',
      '<|im_end|>',
      '<|unk|>',
    ],
  ];
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + rng.int(12) }, () => parts[rng.int(parts.length)]!).join(''),
  );
}

const step = Math.floor(poems.length / 4000);
const lines = [
  ...poems
    .filter((_, i) => i % step === 0)
    .slice(0, 4000)
    .map((poem) => `${poem.title}\n${poem.text}`),
  ...shakespeare.slice(0, 2500),
  ...codeLines().slice(0, 1500),
  ...mixedLines(2500),
].slice(0, 10_500);

/** The referee: encodes and decodes every line with `tokenizers`. */
const referee = `
import json, sys
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(sys.argv[1])
lines = json.load(sys.stdin)
ids = [tokenizer.encode(line).ids for line in lines]
print(json.dumps({'ids': ids, 'texts': [tokenizer.decode(i, skip_special_tokens=False) for i in ids]}))
`;

const trainingTexts = [
  ...poems.slice(0, 5000).map((poem) => poem.text),
  ...shakespeare.slice(0, 1500),
  ...codeLines().slice(0, 1000),
];
const kinds: Record<string, () => Tokenizer> = {
  gpt2: () => trainBpe({ texts: trainingTexts, vocabSize: 4000, pattern: 'gpt2' }),
  gpt4: () => trainBpe({ texts: trainingTexts, vocabSize: 4000, pattern: 'gpt4' }),
  'han-char': () => trainBpe({ texts: trainingTexts, vocabSize: 6000, pattern: 'han-char' }),
  'own pattern': () =>
    trainBpe({ texts: trainingTexts, vocabSize: 2000, pattern: String.raw`(?i:the)|\p{Han}{1,2}|[^\s\p{Han}]++|\s+` }),
  characters: () => trainChar({ texts: trainingTexts }),
};

const dirs = mkdtempSync(join(tmpdir(), 'athanor-tokenizer-'));
afterAll(() => rmSync(dirs, { recursive: true, force: true }));

interface Peer {
  encode(text: string, options: { add_special_tokens: boolean }): number[];
  decode(ids: number[], options: { skip_special_tokens: boolean }): string;
  apply_chat_template(messages: unknown[], options: { tokenize: boolean; add_generation_prompt?: boolean }): string;
}
let python: string;
let fromPretrained: (dir: string) => Promise<Peer>;

beforeAll(async () => {
  python = await ensureVenv('tokenizers');
  const peer = (await import(await npmPeer('@huggingface/transformers', '4.3.1'))) as {
    AutoTokenizer: { from_pretrained(dir: string, options: object): Promise<Peer> };
    env: { allowRemoteModels: boolean; localModelPath: string };
  };
  peer.env.allowRemoteModels = false;
  peer.env.localModelPath = dirs;
  fromPretrained = (name) => peer.AutoTokenizer.from_pretrained(name, { local_files_only: true });
});

describe.each(Object.keys(kinds))('%s', (kind) => {
  const name = kind.replace(' ', '-');
  const dir = join(dirs, name);
  let tokenizer: Tokenizer;
  let ours: number[][];
  beforeAll(() => {
    saveTokenizer(dir, kinds[kind]!(), { chatTemplate: chatmlTemplate, modelMaxLength: 1024 });
    tokenizer = loadTokenizer(dir).tokenizer;
    ours = lines.map((line) => tokenizer.encode(line));
  });

  it('has at least 10,000 lines', () => expect(lines.length).toBeGreaterThanOrEqual(10_000));

  it('equals tokenizers (PyPI): ids and text', async () => {
    const answer = JSON.parse(
      await runPython(python, referee, { args: [join(dir, 'tokenizer.json')], stdin: JSON.stringify(lines) }),
    );
    expect(differences(ours, answer.ids)).toEqual([]);
    expect(
      differences(
        ours.map((ids) => tokenizer.decode(ids)),
        answer.texts,
      ),
    ).toEqual([]);
  });

  // Reason of the skip: this pattern is Oniguruma's syntax, which transformers.js does not translate.
  it.skipIf(kind === 'own pattern')('equals @huggingface/transformers (npm): ids and text', async () => {
    const peer = await fromPretrained(name);
    const theirs = lines.map((line) => peer.encode(line, { add_special_tokens: false }));
    expect(differences(ours, theirs)).toEqual([]);
    const texts = ours.map((ids) => peer.decode(ids, { skip_special_tokens: false }));
    expect(
      differences(
        ours.map((ids) => tokenizer.decode(ids)),
        texts,
      ),
    ).toEqual([]);
    const chat = [{ role: 'user', content: '写诗' }];
    const prompt = peer.apply_chat_template(chat, { tokenize: false, add_generation_prompt: true });
    expect(prompt).toBe('<|im_start|>user\n写诗<|im_end|>\n<|im_start|>assistant\n');
  });
});

/** The first few lines on which two lists differ. */
function differences(ours: readonly unknown[], theirs: readonly unknown[]): unknown[] {
  const found: unknown[] = [];
  for (let i = 0; i < Math.max(ours.length, theirs.length) && found.length < 3; i++) {
    if (JSON.stringify(ours[i]) !== JSON.stringify(theirs[i]))
      found.push({ line: lines[i], ours: ours[i], theirs: theirs[i] });
  }
  return found;
}

it('learns the merges that tokenizers learns from 60,000 poems', async () => {
  const texts = poems.map((poem) => poem.text);
  const file = join(dirs, 'poems.json');
  writeFileSync(file, JSON.stringify(texts));
  const pattern = join(dirs, 'gpt4', 'tokenizer.json');
  const program = `
import json, sys
from tokenizers import Tokenizer, models, trainers, pre_tokenizers
tokenizer = Tokenizer.from_file(sys.argv[2])
tokenizer.model = models.BPE()
trainer = trainers.BpeTrainer(vocab_size=6000, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=['<|endoftext|>', '<|im_start|>', '<|im_end|>'])
tokenizer.train_from_iterator(json.load(open(sys.argv[1], encoding='utf-8')), trainer)
print(json.dumps(json.loads(tokenizer.to_str())['model']['merges']))
`;
  const theirs = JSON.parse(await runPython(python, program, { args: [file, pattern] })) as string[][];
  const ours = trainBpe({ texts, vocabSize: 6000, pattern: 'gpt4' }).toJSON().model as { merges: string[][] };
  expect(ours.merges).toEqual(theirs);
});
