/** The report of `tokenizer inspect` as lines for a terminal, and as JSON. Prints nothing. */
import type { inspectTokenizer, Junk, TokenInfo } from '../tokenizer/index.ts';
import type { Translate } from './i18n/index.ts';
import { table, truncate } from './width.ts';

type Inspection = ReturnType<typeof inspectTokenizer>;

const percent = (share: number) => `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 2 : 1)} %`;
/** A token's text where it can be shown, else its content; in quotes, so that spaces and newlines are seen. */
const quoted = (token: TokenInfo, width = 40) =>
  truncate(JSON.stringify(token.kind === 'partial' || token.kind === 'byte' ? token.content : token.text), width);

/** The vocabulary browser: one line a token. */
export function tokenLines(tokens: readonly TokenInfo[], limit: number, t: Translate): string[] {
  const rows = tokens
    .slice(0, limit)
    .map((token) => [
      token.id,
      quoted(token),
      token.bytes,
      token.kind,
      token.script ?? '',
      truncate(JSON.stringify(token.content), 40),
    ]);
  const head = [t('inspect.id'), t('inspect.text'), t('inspect.bytes'), t('inspect.kind'), t('inspect.script')];
  const found = t('inspect.found', { n: tokens.length, shown: rows.length });
  return [...table([[...head, t('inspect.content')], ...rows]), found];
}

export function reportLines({ report, comparisons }: Inspection, names: readonly string[], t: Translate): string[] {
  const { kinds, scripts, longest, junk, unused, vocabSize } = report;
  const total = Object.values(kinds).reduce((sum, count) => sum + count, 0);
  const counts = (list: readonly (readonly [string, number])[]) =>
    table(list.map(([name, count]) => [name, count, percent(count / total).padStart(7)]));
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', title, ...lines]);
  return [
    t('inspect.vocabulary', { name: report.name, n: vocabSize, tokens: total }),
    ...counts(Object.entries(kinds).filter(([, count]) => count > 0)),
    ...section(t('inspect.scripts'), counts(scripts.slice(0, 15))),
    ...section(t('inspect.compression'), comparisonLines(comparisons, names, t)),
    t('inspect.unused', { n: unused.length, share: percent(unused.length / Math.max(1, total)) }),
    ...section(t('inspect.longest'), table(longest.map((token) => [token.id, token.bytes, quoted(token, 72)]))),
    ...section(t('inspect.junk'), junkLines(junk, t)),
  ];
}

/** A line a text; for each tokenizer: tokens, bytes per token, tokens per word, and what fell into bytes or unknown. */
function comparisonLines(comparisons: Inspection['comparisons'], names: readonly string[], t: Translate): string[] {
  const measures = [t('inspect.tokens'), t('inspect.bytes-per-token'), t('inspect.fertility'), t('inspect.fallback')];
  const rows = comparisons.map(({ texts, measures: list }) => [
    texts,
    ...list.flatMap(({ tokens, bytesPerToken, tokensPerWord, unknownShare, byteShare }) => [
      tokens,
      bytesPerToken.toFixed(2).padStart(6),
      tokensPerWord.toFixed(2).padStart(6),
      percent(unknownShare + byteShare).padStart(7),
    ]),
  ]);
  const owners = names.length > 1 ? [['', ...names.flatMap((name) => [name, '', '', ''])]] : [];
  return table([...owners, ['', ...names.flatMap(() => measures)], ...rows]);
}

const junkParts = {
  undecodable: 'inspect.undecodable',
  unreachable: 'inspect.unreachable',
  whitespaceRuns: 'inspect.whitespace-runs',
  repeated: 'inspect.repeated',
} as const;
const doubleParts = {
  spaceDoubles: 'inspect.space-doubles',
  caseDoubles: 'inspect.case-doubles',
  formDoubles: 'inspect.form-doubles',
} as const;

function junkLines(junk: Junk, t: Translate): string[] {
  const examples = (tokens: readonly TokenInfo[]) =>
    truncate(
      tokens
        .slice(0, 6)
        .map((token) => quoted(token, 20))
        .join(' '),
      70,
    );
  const parts = Object.entries(junkParts) as [keyof typeof junkParts, (typeof junkParts)[keyof typeof junkParts]][];
  const doubles = Object.entries(doubleParts) as [
    keyof typeof doubleParts,
    (typeof doubleParts)[keyof typeof doubleParts],
  ][];
  return table([
    ...parts.map(([part, key]) => [t(key), junk[part].length, examples(junk[part])]),
    ...doubles.map(([part, key]) => [
      t(key),
      junk[part].length,
      examples(junk[part].slice(0, 3).flatMap(({ tokens }) => tokens.slice(0, 2))),
    ]),
  ]);
}

/** What --json prints: counts whole, lists of tokens cut to `limit`. */
export function reportJson({ report, comparisons }: Inspection, names: readonly string[], limit: number) {
  const some = (tokens: readonly TokenInfo[]) => ({ count: tokens.length, examples: tokens.slice(0, limit) });
  const { junk, unused, ...rest } = report;
  const { undecodable, unreachable, whitespaceRuns, repeated, ...doubles } = junk;
  return {
    ...rest,
    tokenizers: names,
    comparisons: comparisons.map(({ texts, measures }) => ({ texts, measures })),
    unused: some(unused),
    junk: {
      undecodable: some(undecodable),
      unreachable: some(unreachable),
      whitespaceRuns: some(whitespaceRuns),
      repeated: some(repeated),
      ...Object.fromEntries(
        Object.entries(doubles).map(([name, groups]) => [
          name,
          { count: groups.length, examples: groups.slice(0, limit) },
        ]),
      ),
    },
  };
}
