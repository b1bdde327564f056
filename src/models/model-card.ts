/** The README.md of a saved model, with Hugging Face's metadata block. Pure text. */
import { stringify } from 'yaml';

export interface ModelCard {
  readonly name: string;
  /** SPDX ids, of the weights. */
  readonly licenses?: readonly string[];
  readonly languages?: readonly string[];
  readonly datasets?: readonly string[];
  /** One paragraph: what it is and how it was made. */
  readonly summary: string;
  /** Facts for the table: parameters, context, training tokens, losses … */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** What it must not be used for, what it does badly. */
  readonly limitations?: string;
}

/** Markdown. */
export function renderModelCard(card: ModelCard): string {
  const metadata = {
    ...(card.licenses?.length ? { license: card.licenses.length === 1 ? card.licenses[0] : card.licenses } : {}),
    ...(card.languages?.length ? { language: card.languages } : {}),
    ...(card.datasets?.length ? { datasets: card.datasets } : {}),
    library_name: 'athanor',
    pipeline_tag: 'text-generation',
  };
  const rows = Object.entries(card.facts ?? {}).map(
    ([key, value]) => `| ${key} | ${String(value).replaceAll('|', '\\|')} |`,
  );
  const sections = [
    `---\n${stringify(metadata)}---`,
    `# ${card.name}`,
    card.summary,
    ...(rows.length > 0 ? [['| | |', '|---|---|', ...rows].join('\n')] : []),
    ...(card.limitations ? [`## Limitations\n\n${card.limitations}`] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}
