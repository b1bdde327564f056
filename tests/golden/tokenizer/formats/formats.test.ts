/**
 * SentencePiece's and tiktoken's files against PyPI's sentencepiece and tiktoken: small models with what the two make
 * of texts, frozen in formats.json by make_formats.py.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AlignedText } from '../../../../src/tokenizer/aligned-text.ts';
import { fromJSON } from '../../../../src/tokenizer/hf/read.ts';
import { readModelProto, writeModelProto } from '../../../../src/tokenizer/spm/proto.ts';
import { fromSentencePiece, spmParts } from '../../../../src/tokenizer/spm/read.ts';
import { toSentencePiece } from '../../../../src/tokenizer/spm/write.ts';
import { fromTiktoken } from '../../../../src/tokenizer/tiktoken/read.ts';
import { toTiktoken } from '../../../../src/tokenizer/tiktoken/write.ts';
import type { Tokenizer } from '../../../../src/tokenizer/types.ts';

interface Golden {
  readonly sentencepiece: string;
  readonly tiktoken: string;
  readonly lines: string[];
  readonly models: {
    readonly name: string;
    readonly ids: number[][];
    readonly texts: string[];
    readonly normalized: string[];
    /** Ids in any order, and their text. */
    readonly runs: number[][];
    readonly runTexts: string[];
  }[];
  readonly encodings: {
    readonly name: string;
    readonly pattern: string;
    readonly specialTokens: Record<string, number>;
    readonly ranks: string;
    readonly ids: number[][];
    readonly special: number[];
  }[];
}

const file = (name: string) => new URL(name, import.meta.url);
const golden = JSON.parse(readFileSync(file('formats.json'), 'utf8')) as Golden;
const { lines } = golden;

function streamed(tokenizer: Tokenizer, ids: readonly number[]): string {
  const decoder = tokenizer.createDecoder();
  return ids.map((id) => decoder.push(id)).join('') + decoder.flush();
}

describe.each(golden.models)(`sentencepiece ${golden.sentencepiece}: $name`, (want) => {
  const bytes = new Uint8Array(readFileSync(file(`${want.name}.model`)));
  const tokenizer = fromSentencePiece(bytes);

  it('ids, on every way through the pipeline', () => {
    expect(lines.map((line) => tokenizer.encode(line))).toEqual(want.ids);
    expect(lines.map((line) => tokenizer.encodeFull(line).ids)).toEqual(want.ids);
    expect(lines.map((line) => tokenizer.count(line))).toEqual(want.ids.map((ids) => ids.length));
  });

  it('texts, whole and streamed', () => {
    expect(want.ids.map((ids) => tokenizer.decode(ids))).toEqual(want.texts);
    expect(want.runs.map((ids) => tokenizer.decode(ids))).toEqual(want.runTexts);
    expect(want.runs.map((ids) => streamed(tokenizer, ids))).toEqual(want.runTexts);
  });

  it('normalized texts, with and without alignment', () => {
    const { normalizer } = spmParts(readModelProto(bytes));
    expect(lines.map((line) => normalizer.normalize(line))).toEqual(want.normalized);
    expect(lines.map((line) => normalizer.align(AlignedText.of(line)).text)).toEqual(want.normalized);
  });

  it('is written again without loss', () => {
    expect(toSentencePiece(tokenizer)).toEqual(bytes);
    const again = fromSentencePiece(writeModelProto(readModelProto(bytes)));
    expect(lines.map((line) => again.encode(line))).toEqual(want.ids);
    expect(again.specialTokens).toEqual(tokenizer.specialTokens);
  });
});

describe.each(golden.encodings)(`tiktoken ${golden.tiktoken}: $name ranks`, (want) => {
  const { pattern, specialTokens } = want;
  const tokenizer = fromTiktoken(want.ranks, { pattern, specialTokens });

  it('ids and texts', () => {
    const ids = lines.map((line) => tokenizer.encode(line, { allowedSpecial: 'none' }));
    expect(ids).toEqual(want.ids);
    expect(ids.map((row) => tokenizer.decode(row))).toEqual(lines);
    expect(tokenizer.encode('a<|x|> b<|endoftext|>')).toEqual(want.special);
  });

  it('as tokenizer.json', () => {
    const read = fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON())));
    expect(lines.map((line) => read.encode(line, { allowedSpecial: 'none' }))).toEqual(want.ids);
    expect(read.encode('a<|x|> b<|endoftext|>')).toEqual(want.special);
    expect(read.vocabSize).toBe(tokenizer.vocabSize);
  });

  it('is written again without loss', () => {
    const written = toTiktoken(tokenizer);
    const sorted = want.ranks.trim().split('\n').sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1]));
    expect(written.ranks.trim().split('\n')).toEqual(sorted);
    expect(written.specialTokens).toEqual(specialTokens);
    const again = fromTiktoken(written.ranks, written);
    expect(lines.map((line) => again.encode(line, { allowedSpecial: 'none' }))).toEqual(want.ids);
  });
});
