/** The books of one source or step: in, out, dropped by reason, counters, samples. Ledgers of units add up in order. */
import type { RuleReport } from '../manifest.ts';

export interface LedgerRecord {
  in: number;
  out: number;
  dropped: Record<string, number>;
  counters: Record<string, number>;
  samples: RuleReport['samples'];
}

const sampleCharacters = 200;

export const emptyLedger = (): LedgerRecord => ({ in: 0, out: 0, dropped: {}, counters: {}, samples: [] });

/** @param samples kept a reason */
export function noteDrop(
  ledger: LedgerRecord,
  { id, reason, detail, text }: { id: string; reason: string; detail?: string | undefined; text: string },
  samples: number,
): void {
  const n = (ledger.dropped[reason] ?? 0) + 1;
  ledger.dropped[reason] = n;
  if (n > samples) return;
  const shown =
    text.length > sampleCharacters ? `${text.slice(0, sampleCharacters).replace(/[\ud800-\udbff]$/, '')}…` : text;
  ledger.samples.push({ id, reason, ...(detail === undefined ? {} : { detail }), text: shown });
}

/** Adds what a later unit did. */
export function addLedger(to: LedgerRecord, from: LedgerRecord, samples: number): void {
  for (const sample of from.samples) {
    const already = to.samples.reduce((n, { reason }) => n + (reason === sample.reason ? 1 : 0), 0);
    if (already < samples) to.samples.push(sample);
  }
  to.in += from.in;
  to.out += from.out;
  addCounts(to.dropped, from.dropped);
  addCounts(to.counters, from.counters);
}

export function addCounts(to: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, n] of Object.entries(from)) to[name] = (to[name] ?? 0) + n;
}
