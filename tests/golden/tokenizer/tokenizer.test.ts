/** Training and encoding against Hugging Face's `tokenizers`, frozen in golden.json by make_golden.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type TrainBpeOptions, trainBpe } from '../../../src/tokenizer/index.ts';

interface Case {
  readonly name: string;
  readonly pattern: string;
  readonly vocabSize: number;
  readonly minFrequency: number;
  readonly specialTokens: string[];
  readonly texts?: string[];
  readonly vocabulary: number;
  readonly merges: string[];
  readonly learned: string;
  readonly ids?: number[][];
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const corpus = read('corpus.json') as string[];
/** Other settings of the trainer; `tokens` are those behind the special ones. */
interface SettingsCase {
  readonly name: string;
  readonly options: Omit<TrainBpeOptions, 'texts'>;
  readonly tokens: string[];
  readonly merges: string[];
}

const { cases, settings, tokenizers } = read('golden.json') as {
  cases: Case[];
  settings: SettingsCase[];
  tokenizers: string;
};

describe(`byte-level BPE equals tokenizers ${tokenizers}`, () => {
  it.each(cases)('$name', ({ texts = corpus, vocabulary, merges, learned, ids, specialTokens, ...settings }) => {
    const tokenizer = trainBpe({ texts, specialTokens, ...settings });
    const model = tokenizer.toJSON().model as { vocab: Record<string, number>; merges: [string, string][] };
    expect(model.merges.map((pair) => pair.join(' '))).toEqual(merges);
    expect(tokenizer.vocabSize).toBe(vocabulary);
    const tokens = Object.entries(model.vocab).sort((a, b) => a[1] - b[1]);
    expect(tokens.slice(specialTokens.length + 256).map(([token]) => token).join(' ')).toBe(learned);
    const lines = [...corpus.filter((_, i) => i % 29 === 0), ...corpus.slice(-5)];
    if (ids) expect(lines.map((line) => tokenizer.encode(line))).toEqual(ids);
  });
});

describe(`BPE settings equal tokenizers ${tokenizers}`, () => {
  it.each(settings)('$name', ({ options, tokens, merges }) => {
    const trained = trainBpe({ texts: corpus, ...options });
    const model = trained.toJSON().model as { vocab: Record<string, number>; merges: [string, string][] };
    expect(model.merges.map((pair) => pair.join(' '))).toEqual(merges);
    const sorted = Object.entries(model.vocab).sort((a, b) => a[1] - b[1]);
    expect(sorted.slice(-tokens.length).map(([token]) => token)).toEqual(tokens);
    expect(trained.vocabSize).toBe(sorted.length);
  });
});
