/** Statistics and drift of datasets as lines of text. */
import { type Drift, quantile, type Statistics } from '../data/datasets.ts';
import type { Translate } from './i18n/index.ts';
import { table } from './width.ts';

const unitTexts = { characters: 'data.characters', words: 'data.words', lines: 'data.lines' } as const;

export function statisticsLines(statistics: Statistics, t: Translate): string[] {
  const { lengths, languages, scripts, repeats, sampled, documents, ngrams, vocabulary, scores } = statistics;
  const percent = (n: number, of: number) => `${((100 * n) / Math.max(1, of)).toFixed(1)} %`;
  const round = (value: number | undefined) => Number((value ?? 0).toPrecision(3));
  const quantiles = [0.05, 0.25, 0.5, 0.75, 0.95];
  const rows = [
    ...Object.entries(lengths).map(
      ([unit, histogram]) => [t(unitTexts[unit as keyof typeof unitTexts]), histogram] as const,
    ),
    ...Object.entries(scores),
  ].map(([name, histogram]) => [name, ...quantiles.map((share) => round(quantile(histogram, share)))]);
  const list = (entries: readonly (readonly [string, number])[], of: number) =>
    entries.map(([name, n]) => `${name} ${percent(n, of)}`).join(', ');
  return [
    ...(sampled < documents ? [t('data.stats.sampled', { sampled, documents })] : []),
    ...table([[t('data.stats.quantiles'), ...quantiles.map((share) => `${100 * share} %`)], ...rows]),
    `${t('data.stats.languages')}: ${list(languages.slice(0, 8), sampled)}`,
    `${t('data.stats.scripts')}: ${list(Object.entries(scripts).slice(0, 6), 1)}`,
    `${t('data.stats.repeats')}: ${percent(repeats.documents, sampled)}, ${percent(repeats.lines, repeats.longLines)}`,
    `${t('data.stats.vocabulary')}: ${vocabulary}`,
    ...(['1', '2', '3'] as const).map(
      (n) =>
        `${t('data.stats.ngrams', { n })}: ${ngrams[n]
          .slice(0, 10)
          .map(([words, times]) => `${words} ${times}`)
          .join(', ')}`,
    ),
  ];
}

export function driftLines({ shifts, vocabulary }: Drift, t: Translate): string[] {
  const state = (alarm: boolean) => t(alarm ? 'data.drift.alarm' : 'data.drift.steady');
  const rows = shifts.map(({ name, psi, kl, alarm }) => [name, psi.toFixed(4), kl.toFixed(4), state(alarm)]);
  rows.push([t('data.stats.vocabulary'), vocabulary.js.toFixed(4), '', state(vocabulary.alarm)]);
  const words = (list: Drift['vocabulary']['risen']) =>
    list
      .slice(0, 8)
      .map(({ word, before, after }) => `${word} ${before} → ${after}`)
      .join(', ');
  return [
    ...table([[t('data.drift.title'), 'PSI / JS', 'KL', ''], ...rows]),
    `${t('data.drift.risen')}: ${words(vocabulary.risen)}`,
    `${t('data.drift.fallen')}: ${words(vocabulary.fallen)}`,
  ];
}
