/**
 * The HTML report of a dataset version: one file that opens without a network, without scripts. Bars are drawn by widths
 * in the style sheet, so no chart library travels along.
 */
import type { Manifest } from '../manifest.ts';
import type { Drift, WordShift } from './drift.ts';
import { type Histogram, quantile } from './histogram.ts';
import { type ReportTexts, reportTexts } from './report-texts.ts';
import type { Statistics } from './statistics.ts';

export interface ReportInput {
  readonly manifest: Manifest;
  readonly statistics: Statistics;
  /** Against an older version. */
  readonly drift?: { readonly name: string; readonly drift: Drift } | undefined;
  readonly language: 'en' | 'zh';
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML. */
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: HTML has no way to write them
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character]!).replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '\ufffd');
}
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

const style = `
body { font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1e; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .2rem .6rem .2rem 0; vertical-align: top }
th { font-weight: 600; color: #666 } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.bar { display: block; height: .7rem; margin-top: .4rem; background: #b5532a; min-width: 1px } td.b { width: 40% }
.facts span { margin-right: 1.4rem } .alarm { color: #b00020; font-weight: 600 } pre { white-space: pre-wrap; word-break: break-word; margin: 0; max-height: 8rem; overflow: auto; background: #f6f4f1; padding: .4rem }
.columns { columns: 3 16rem } .columns p { break-inside: avoid; margin: .1rem 0 } small { color: #666 }
@media (prefers-color-scheme: dark) { body { background: #17181a; color: #e6e6e6 } h2 { border-color: #444 } th, small { color: #aaa } pre { background: #242629 } .bar { background: #d9763f } .alarm { color: #ff6b6b } }
`;

export function reportHtml({ manifest, statistics, drift, language }: ReportInput): string {
  const t = reportTexts[language];
  const facts: [string, string][] = [
    [t.version, manifest.version],
    ...(manifest.licence ? [[t.licence, manifest.licence] as [string, string]] : []),
    [t.seed, String(manifest.seed)],
    [t.code, `${manifest.code.name} ${manifest.code.version}`],
    [t.documents, count(manifest.counts.out)],
    [t.characters, count(Object.values(manifest.splits).reduce((sum, { characters }) => sum + characters, 0))],
  ];
  const sections = [
    funnel(manifest, t),
    drift ? driftSection(drift.name, drift.drift, t) : '',
    sources(manifest, t),
    distributions(statistics, t),
    ngrams(statistics, t),
    examples(manifest, t),
  ];
  const title = escapeHtml(`${t.title}: ${manifest.dataset}`);
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
<h1>${title}</h1>
<p class="facts">${facts.map(([name, value]) => `<span><small>${name}</small> ${escapeHtml(value)}</span>`).join('')}</p>
${sections.join('\n')}
</html>
`;
}

const count = (n: number): string => n.toLocaleString('en-US', { maximumFractionDigits: 1 });

type Cell = string | number | { readonly html: string };

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (value: Cell): string => {
    if (typeof value === 'number') return `<td class="n">${count(value)}</td>`;
    return typeof value === 'string' ? `<td>${escapeHtml(value)}</td>` : value.html;
  };
  const top = head.length > 0 ? `<tr>${head.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr>` : '';
  return `<table>${top}${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</table>`;
}

const bar = (share: number): Cell => ({
  html: `<td class="b"><span class="bar" style="width:${(100 * share).toFixed(2)}%"></span></td>`,
});

/** Names with numbers, as bars. */
function bars(rows: readonly (readonly [string, number])[], show: (n: number) => string = count): string {
  const most = Math.max(...rows.map(([, n]) => n), Number.MIN_VALUE);
  return table(
    [],
    rows.map(([name, n]) => [name, { html: `<td class="n">${show(n)}</td>` }, bar(n / most)]),
  );
}

function funnel(manifest: Manifest, t: ReportTexts): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, n]) => `${name} ${count(n)}`)
      .join(', ');
  const all = Math.max(manifest.counts.in, 1);
  const rows = [
    ...manifest.sources.map((source): Cell[] => {
      const lost = Object.values(source.dropped).reduce((a, b) => a + b, 0);
      return [`source: ${source.type}`, source.out + lost, source.out, bar(source.out / all), list(source.dropped), ''];
    }),
    ...manifest.rules.map((rule): Cell[] => [
      { html: `<td title="${escapeHtml(rule.describe)}">${escapeHtml(rule.use)}</td>` },
      rule.in,
      rule.out,
      bar(Math.min(1, rule.out / all)),
      list(rule.dropped),
      list(rule.counters),
    ]),
  ];
  return `<h2>${t.funnel}</h2>${table([t.step, t.read, t.kept, '', t.dropped, t.changes], rows)}`;
}

function sources(manifest: Manifest, t: ReportTexts): string {
  const rows = manifest.sources.map(({ type, licence, origin, files }): Cell[] => [
    type,
    licence ?? '',
    origin ?? '',
    files.length,
    files
      .slice(0, 5)
      .map(({ path }) => path)
      .join(', ') + (files.length > 5 ? ', …' : ''),
  ]);
  const parents = manifest.parents.map(({ dataset, version }): Cell[] => [dataset, version]);
  const splits = Object.entries(manifest.splits).map(([name, { documents }]) => [name, documents] as const);
  return [
    `<h2>${t.sources}</h2>${table(['', t.licence, t.origin, '', t.files], rows)}`,
    parents.length > 0 ? `<h2>${t.parents}</h2>${table([], parents)}` : '',
    `<h2>${t.splits}</h2>${bars(splits)}`,
  ].join('\n');
}

function histogram(name: string, value: Histogram, t: ReportTexts): string {
  const used = value.counts.map((n, i) => [i, n] as const).filter(([, n]) => n > 0);
  const [first, last] = [used[0]?.[0] ?? 0, used.at(-1)?.[0] ?? 0];
  const label = (i: number) => {
    const next = value.edges[i + 1];
    return next === undefined ? `≥ ${count(value.edges[i]!)}` : `${count(value.edges[i]!)} – ${count(next)}`;
  };
  const rows = value.counts.slice(first, last + 1).map((n, i) => [label(first + i), n] as const);
  const points = [0.05, 0.5, 0.95].map((share) =>
    Number((quantile(value, share) ?? 0).toPrecision(3)).toLocaleString('en-US'),
  );
  return `<h3>${escapeHtml(name)} <small>${t.quantiles}: ${points.join(', ')}</small></h3>${bars(rows)}`;
}

function distributions(statistics: Statistics, t: ReportTexts): string {
  const { lengths, languages, scripts, scores, repeats, sampled, documents } = statistics;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const note = t.sampled.replace('{sampled}', count(sampled)).replace('{documents}', count(documents));
  const scored = Object.entries(scores).map(([name, value]) => histogram(name, value, t));
  return [
    sampled < documents ? `<p><small>${note}</small></p>` : '',
    `<h2>${t.lengths}</h2>`,
    histogram(t.characters, lengths.characters, t),
    histogram(t.words, lengths.words, t),
    `<h2>${t.languages}</h2>${bars(languages.slice(0, 30))}`,
    `<h2>${t.scripts}</h2>${bars(Object.entries(scripts).slice(0, 12), percent)}`,
    `<h2>${t.hosts}</h2>${bars(statistics.sources.slice(0, 20))}`,
    scored.length > 0 ? `<h2>${t.scores}</h2>${scored.join('\n')}` : '',
    `<h2>${t.repeats}</h2>${table(
      [],
      [
        [t.repeatedDocuments, repeats.documents, percent(repeats.documents / Math.max(1, sampled))],
        [t.repeatedLines, repeats.lines, percent(repeats.lines / Math.max(1, repeats.longLines))],
      ],
    )}`,
  ].join('\n');
}

function ngrams({ ngrams: found }: Statistics, t: ReportTexts): string {
  const lists = (['1', '2', '3'] as const).map((n) => {
    const items = found[n]
      .slice(0, 30)
      .map(([words, times]) => `<p>${escapeHtml(words)} <small>${count(times)}</small></p>`);
    return `<h3>${n}</h3><div class="columns">${items.join('')}</div>`;
  });
  return `<h2>${t.ngrams}</h2>${lists.join('\n')}`;
}

function driftSection(name: string, { shifts, vocabulary }: Drift, t: ReportTexts): string {
  const state = (alarm: boolean): Cell => ({
    html: `<td${alarm ? ' class="alarm"' : ''}>${alarm ? t.alarm : t.steady}</td>`,
  });
  const number = (value: number): Cell => ({ html: `<td class="n">${value.toFixed(4)}</td>` });
  const rows: Cell[][] = shifts.map((shift) => [shift.name, number(shift.psi), number(shift.kl), state(shift.alarm)]);
  rows.push([t.vocabulary, number(vocabulary.js), '', state(vocabulary.alarm)]);
  const words = (list: readonly WordShift[]) =>
    `<div class="columns">${list.map(({ word, before, after }) => `<p>${escapeHtml(word)} <small>${before} → ${after}</small></p>`).join('')}</div>`;
  return [
    `<h2>${escapeHtml(t.drift.replace('{name}', name))}</h2>${table([t.measure, t.psi, t.kl, ''], rows)}`,
    `<h3>${t.risen}</h3>${words(vocabulary.risen)}<h3>${t.fallen}</h3>${words(vocabulary.fallen)}`,
  ].join('\n');
}

function examples(manifest: Manifest, t: ReportTexts): string {
  const rows = [
    ...manifest.sources.flatMap(({ type, samples }) =>
      samples.map((sample) => ({ step: `source: ${type}`, ...sample })),
    ),
    ...manifest.rules.flatMap(({ use, samples }) => samples.map((sample) => ({ step: use, ...sample }))),
  ].map(({ step, id, reason, detail, text }): Cell[] => [
    step,
    { html: `<td>${escapeHtml(reason)}<br><small>${escapeHtml(detail ?? '')}<br>${escapeHtml(id)}</small></td>` },
    { html: `<td><pre>${escapeHtml(text)}</pre></td>` },
  ]);
  return rows.length === 0 ? '' : `<h2>${t.examples}</h2>${table([], rows)}`;
}
