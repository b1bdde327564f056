/**
 * Normalizers and pre-tokenizers one at a time against Hugging Face's `tokenizers`, frozen in components.json by
 * make_components.py: text and offsets, on both tiers.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AlignedText } from '../../../../src/tokenizer/aligned-text.ts';
import { readNormalizer } from '../../../../src/tokenizer/normalizers/read.ts';
import { patternJson, patternNames } from '../../../../src/tokenizer/pre-tokenizers/patterns.ts';
import { readPreTokenizer } from '../../../../src/tokenizer/pre-tokenizers/read.ts';
import { splitAligned, splitText, usesOrigin } from '../../../../src/tokenizer/pre-tokenizers/run.ts';
import type { Json } from '../../../../src/tokenizer/types.ts';

interface Golden {
  readonly tokenizers: string;
  readonly lines: readonly string[];
  readonly normalizers: readonly { json: Json; results: readonly [text: string, spans: string][] }[];
  readonly preTokenizers: readonly { json: Json; results: readonly [pieces: string[], spans: string][] }[];
  readonly patterns: readonly { name: string; json: Json; results: readonly [pieces: string[], spans: string][] }[];
  readonly both: readonly { normalizer: Json; preTokenizer: Json; results: readonly string[] }[];
}

const golden = JSON.parse(readFileSync(new URL('components.json', import.meta.url), 'utf8')) as Golden;
const { lines } = golden;

/** The referee's offsets count code points, ours UTF-16 units. */
const pointsOf = lines.map((line) => {
  const points = new Map<number, number>();
  let unit = 0;
  let point = 0;
  for (const character of line) {
    points.set(unit, point++);
    unit += character.length;
  }
  return points.set(unit, point);
});

function spanText(line: number, spans: readonly (readonly [number, number])[]): string {
  return spans.map((span) => span.map((unit) => pointsOf[line]!.get(unit)).join('-')).join(' ');
}

/** Where every character of a text came from. */
function characterSpans(text: AlignedText): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + (text.text.codePointAt(at)! > 0xffff ? 2 : 1);
    spans.push(text.originalSpan(at, end)!);
    at = end;
  }
  return spans;
}

function checkPieces(json: Json, results: readonly [pieces: string[], spans: string][]): void {
  const { steps, toJSON } = readPreTokenizer(json);
  expect(toJSON()).toEqual(json);
  results.forEach(([pieces, spans], i) => {
    expect(splitText(lines[i]!, steps, true)).toEqual(pieces);
    const aligned = splitAligned(AlignedText.of(lines[i]!), steps);
    expect(aligned.map((piece) => piece.text)).toEqual(pieces);
    const places = aligned.map((piece) => piece.originalSpan(0, piece.length)!);
    expect(spanText(i, places), lines[i]!).toBe(spans);
  });
}

const named = <Row extends object>(rows: readonly Row[]) =>
  rows.map((row) => [JSON.stringify(row).slice(0, 120), row] as const);

describe(`components of tokenizers ${golden.tokenizers}`, () => {
  it.each(golden.normalizers.map((row) => [JSON.stringify(row.json).slice(0, 100), row] as const))(
    '%s',
    (_, { json, results }) => {
      const normalizer = readNormalizer(json)!;
      expect(normalizer.toJSON()).toEqual(json);
      results.forEach(([text, spans], i) => {
        expect(normalizer.normalize(lines[i]!)).toBe(text);
        const aligned = normalizer.align(AlignedText.of(lines[i]!));
        expect(aligned.text).toBe(text);
        expect(spanText(i, characterSpans(aligned)), lines[i]!).toBe(spans);
      });
    },
  );

  it.each(golden.preTokenizers.map((row) => [JSON.stringify(row.json).slice(0, 100), row] as const))(
    '%s',
    (_, { json, results }) => checkPieces(json, results),
  );

  it.each(golden.patterns.map((row) => [row.name, row] as const))('pattern %s', (name, { json, results }) => {
    expect(patternJson(name)).toEqual(json);
    checkPieces(json, results);
  });

  it('has every named pattern', () => {
    expect(golden.patterns.map((row) => row.name).sort()).toEqual([...patternNames].sort());
  });

  it.each(named(golden.both))('%s', (_, { normalizer: first, preTokenizer: second, results }) => {
    const normalizer = readNormalizer(first)!;
    const { steps } = readPreTokenizer(second);
    results.forEach((spans, i) => {
      const normal = normalizer.align(AlignedText.of(lines[i]!));
      // As added-token matching does in between, even where it finds nothing.
      const pieces = splitAligned(normal.slice(0, normal.length), steps);
      expect(spanText(i, pieces.map((piece) => piece.originalSpan(0, piece.length)!)), lines[i]!).toBe(spans);
      if (!usesOrigin(steps))
        expect(splitText(normalizer.normalize(lines[i]!), steps, true)).toEqual(pieces.map((piece) => piece.text));
    });
  });
});
