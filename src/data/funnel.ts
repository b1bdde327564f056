/** The funnel of a build as text. */
import type { Manifest } from './manifest.ts';

/** The funnel as lines of text: who let how many through, and why the others did not pass. */
export function describeFunnel({ sources, rules }: Pick<Manifest, 'sources' | 'rules'>): string {
  const reasons = (dropped: Readonly<Record<string, number>>): string => {
    const parts = Object.entries(dropped).map(([reason, n]) => `${reason} ${n}`);
    return parts.length > 0 ? `  (${parts.join(', ')})` : '';
  };
  const lines = sources.map((source) => `${source.type}: → ${source.out}${reasons(source.dropped)}`);
  for (const rule of rules) lines.push(`${rule.use}: ${rule.in} → ${rule.out}${reasons(rule.dropped)}`);
  return lines.join('\n');
}
