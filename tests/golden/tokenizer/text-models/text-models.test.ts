import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tokenizerModels } from '../../../../src/tokenizer/models/registry.gen.ts';
import { trainUnigram } from '../../../../src/tokenizer/trainers/unigram.ts';
import { trainWordLevel } from '../../../../src/tokenizer/trainers/word-level.ts';
import { trainWordPiece } from '../../../../src/tokenizer/trainers/word-piece.ts';
import type { Model } from '../../../../src/tokenizer/types.ts';

// The Unigram, WordPiece and WordLevel models and trainers against Hugging Face's and SentencePiece's own results.

type Row = readonly [piece: string, ids: number[], spans: number[]];

interface Golden {
  readonly unigram: { readonly lines: string[]; readonly tokens: number };
  readonly wordPiece: { readonly vocabSize: number; readonly tokens: string[] };
  readonly wordLevel: { readonly vocabSize: number; readonly minFrequency: number; readonly model: unknown };
  readonly encoded: readonly { readonly model: { readonly type: string }; readonly rows: readonly Row[] }[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const golden = read('./text-models.json') as Golden;
const texts = read('../corpus.json') as string[];

function build(json: { readonly type: string }): Model {
  const definition = Object.values(tokenizerModels).find(({ type }) => type === json.type)!;
  return definition.read({ ...json }, 'model', () => expect.unreachable());
}

describe('models', () => {
  it.each(golden.encoded.map((entry, i) => [`${i} ${entry.model.type}`, entry] as const))('%s', (_, entry) => {
    const model = build(entry.model);
    for (const [piece, ids, spans] of entry.rows) {
      const [found, foundSpans]: [number[], number[]] = [[], []];
      model.encodePiece(piece, found, foundSpans);
      expect([piece, found, foundSpans]).toEqual([piece, ids, spans]);
    }
    expect(model.toJSON()).toEqual(entry.model);
  });
});

describe('trainers', () => {
  it('Unigram: as many tokens as SentencePiece needs, from nearly the same vocabulary', () => {
    const theirs = golden.encoded[0]!.model as unknown as { vocab: [string, number][] };
    const { lines, tokens } = golden.unigram;
    const tokenizer = trainUnigram({
      texts: lines,
      vocabSize: theirs.vocab.length,
      specialTokens: ['<unk>', '<s>', '</s>'],
      characterCoverage: 0.98,
      normalizer: null,
    });
    const ours = new Set(Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)));
    expect(theirs.vocab.filter(([token]) => ours.has(token)).length / theirs.vocab.length).toBeGreaterThan(0.99);
    const needed = lines.reduce((sum, line) => sum + tokenizer.encode(line).length, 0);
    expect(Math.abs(needed / tokens - 1)).toBeLessThan(0.002);
  });

  it('WordPiece: the tokens that Hugging Face learns whatever its seed', () => {
    const { vocabSize, tokens } = golden.wordPiece;
    const tokenizer = trainWordPiece({ texts, vocabSize });
    const ours = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)!);
    expect(ours.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(new Set(ours)).toEqual(new Set(tokens));
  });

  it('WordLevel: the same ids', () => {
    const { vocabSize, minFrequency, model } = golden.wordLevel;
    expect(trainWordLevel({ texts, vocabSize, minFrequency }).toJSON().model).toEqual(model);
  });
});
