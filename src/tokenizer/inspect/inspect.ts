/** A report on a tokenizer, alone and beside others, on the same texts. Pure: prints nothing, reads nothing. */
import type { Tokenizer } from '../types.ts';
import { listTokens, type TokenInfo, type TokenKind, tokenKinds } from './classify.ts';
import { findJunk, type Junk } from './junk.ts';
import { measureTexts, type TextMeasure } from './measure.ts';

export interface NamedTokenizer {
  readonly name: string;
  readonly tokenizer: Tokenizer;
}

export interface NamedTexts {
  readonly name: string;
  readonly texts: readonly string[];
}

export interface TokenizerReport {
  readonly name: string;
  readonly vocabSize: number;
  /** Tokens of each kind, in the order of `tokenKinds`. */
  readonly kinds: Readonly<Record<TokenKind, number>>;
  /** Word tokens of each script, most first. */
  readonly scripts: readonly (readonly [script: string, tokens: number])[];
  readonly longest: readonly TokenInfo[];
  readonly junk: Junk;
  /** Tokens that no text used; by id. */
  readonly unused: readonly TokenInfo[];
}

export interface Comparison {
  readonly texts: string;
  /** In the order of the tokenizers. */
  readonly measures: readonly TextMeasure[];
}

export interface InspectOptions {
  /** The one that the report is about. */
  readonly subject: NamedTokenizer;
  readonly others?: readonly NamedTokenizer[];
  readonly texts: readonly NamedTexts[];
  /** How many of the longest tokens. Default 20. */
  readonly longest?: number;
}

export function inspectTokenizer({ subject, others = [], texts, longest = 20 }: InspectOptions): {
  readonly report: TokenizerReport;
  readonly tokens: readonly TokenInfo[];
  readonly comparisons: readonly Comparison[];
} {
  const tokens = listTokens(subject.tokenizer);
  const used = new Set<number>();
  const sides = [
    { tokenizer: subject.tokenizer, tokens, used },
    ...others.map(({ tokenizer }) => ({ tokenizer, tokens: listTokens(tokenizer), used: undefined })),
  ];
  const comparisons = texts.map(({ name, texts: list }) => ({
    texts: name,
    measures: sides.map((side) => measureTexts(side.tokenizer, list, side.tokens, side.used)),
  }));
  const ordinary = tokens.filter(({ kind }) => kind !== 'special' && kind !== 'added');
  const report: TokenizerReport = {
    name: subject.name,
    vocabSize: subject.tokenizer.vocabSize,
    kinds: countKinds(tokens),
    scripts: countScripts(tokens),
    longest: [...ordinary].sort((a, b) => b.bytes - a.bytes || a.id - b.id).slice(0, longest),
    junk: findJunk(subject.tokenizer, tokens),
    unused: ordinary.filter(({ id }) => !used.has(id)),
  };
  return { report, tokens, comparisons };
}

function countKinds(tokens: readonly TokenInfo[]): Record<TokenKind, number> {
  const counts = Object.fromEntries(tokenKinds.map((kind) => [kind, 0])) as Record<TokenKind, number>;
  for (const { kind } of tokens) counts[kind]++;
  return counts;
}

function countScripts(tokens: readonly TokenInfo[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { script } of tokens) if (script !== undefined) counts.set(script, (counts.get(script) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
