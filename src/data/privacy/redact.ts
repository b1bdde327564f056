/**
 * Redacts whole documents: finds what is to be found in all their strings, looks for the same values where no context
 * gives them away, and replaces. Knows the actions; knows nothing of pipelines.
 */
import type { Document } from '../document.ts';
import { type DetectorOptions, type PiiSpan, type PiiType, piiTypes } from './detector.ts';
import { findPii, withoutOverlaps } from './find.ts';
import { createPseudonyms, type Pseudonyms, typeTag } from './pseudonym.ts';
import { mapStrings, type StringVisitor } from './strings.ts';

export const piiActions = ['mask', 'remove', 'hash', 'pseudonym', 'drop', 'keep', 'off'] as const;
export type PiiAction = (typeof piiActions)[number];

export interface RedactOptions extends DetectorOptions {
  readonly actions: Readonly<Record<PiiType, PiiAction>>;
  /** With `{TYPE}` or `{type}` for the kind. */
  readonly mask: string;
  readonly fields: 'all' | readonly string[];
  readonly key: string;
}

export interface Redacted {
  /** With the actions carried out; `drop` masks. The very document that was given where nothing changed. */
  readonly document: Document;
  /** With everything found masked, kept kinds too: what may be shown. */
  readonly shown: () => Document;
  /** Findings by type, in the order of `piiTypes`. */
  readonly counts: ReadonlyMap<PiiType, number>;
}

/** Shorter values are too common to be looked for elsewhere. */
const MIN_REPEATED = 5;
const MAX_REPEATED = 64;

export function createRedactor(options: RedactOptions): (document: Document) => Redacted {
  const { actions } = options;
  const on = piiTypes.filter((type) => actions[type] !== 'off');
  const kept = new Set(on.filter((type) => actions[type] === 'keep'));
  const pseudonyms = createPseudonyms(options.key);
  // What is only counted never shields what is redacted.
  const settle = (all: PiiSpan[]): readonly PiiSpan[] => {
    if (kept.size === 0) return withoutOverlaps(all);
    const redacted = withoutOverlaps(all.filter(({ type }) => !kept.has(type)));
    const free = all.filter(({ type, start, end }) => kept.has(type) && !touches(redacted, start, end));
    return [...redacted, ...withoutOverlaps(free)].sort((a, b) => a.start - b.start);
  };
  const find = (text: string): PiiSpan[] => findPii(text, { ...options, types: on }, settle);
  const replace = (type: PiiType, value: string): string => replacement(type, value, options, pseudonyms);
  const mask = (type: PiiType): string => maskOf(type, options.mask);

  return (document) => {
    const findings: (readonly PiiSpan[])[] = [];
    const values = new Map<string, PiiType>();
    mapStrings(document, options.fields, (text) => {
      const spans = find(text);
      findings.push(spans);
      for (const { type, start, end } of spans) {
        if (!kept.has(type) && end - start >= MIN_REPEATED && values.size < MAX_REPEATED) {
          values.set(text.slice(start, end), type);
        }
      }
      return text;
    });
    const counts = new Map<PiiType, number>();
    if (findings.every((spans) => spans.length === 0)) return { document, shown: () => document, counts };
    let at = 0;
    mapStrings(document, options.fields, (text) => {
      const spans = withRepeats(text, findings[at]!, values, kept);
      findings[at++] = spans;
      for (const { type } of spans) counts.set(type, (counts.get(type) ?? 0) + 1);
      return text;
    });
    const applied = (change: (type: PiiType, value: string) => string): Document => {
      let next = 0;
      // A tag in an id would make two documents one.
      const visit: StringVisitor = (text, isId) => {
        const named = (type: PiiType, value: string) => (kept.has(type) ? value : pseudonyms.tagged(type, value));
        return applySpans(text, findings[next++]!, isId ? named : change);
      };
      return mapStrings(document, options.fields, visit);
    };
    const ordered = new Map(piiTypes.flatMap((type) => (counts.has(type) ? [[type, counts.get(type)!] as const] : [])));
    return { document: applied(replace), shown: () => applied(mask), counts: ordered };
  };
}

function touches(spans: readonly PiiSpan[], start: number, end: number): boolean {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.end <= start) low = middle + 1;
    else high = middle;
  }
  return low < spans.length && spans[low]!.start < end;
}

function replacement(type: PiiType, value: string, { actions, mask }: RedactOptions, pseudonyms: Pseudonyms): string {
  switch (actions[type]) {
    case 'hash':
      return pseudonyms.tagged(type, value);
    case 'pseudonym':
      return pseudonyms.realistic(type, value);
    case 'remove':
      return '';
    case 'keep':
      return value;
    default:
      return maskOf(type, mask);
  }
}

function maskOf(type: PiiType, mask: string): string {
  return mask.replaceAll('{TYPE}', typeTag(type)).replaceAll('{type}', type);
}

/** So that millions of findings do not make millions of strings at a time. */
const MAX_PARTS = 1 << 16;
const WORD = /[A-Za-z0-9_]/;

/** Adds the places where found values stand again without what gave them away. */
function withRepeats(
  text: string,
  spans: readonly PiiSpan[],
  values: ReadonlyMap<string, PiiType>,
  kept: ReadonlySet<PiiType>,
): readonly PiiSpan[] {
  const more: PiiSpan[] = [];
  const redacted = kept.size === 0 ? spans : spans.filter(({ type }) => !kept.has(type));
  for (const [value, type] of values) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
      const end = at + value.length;
      const glued =
        (WORD.test(value[0]!) && WORD.test(text[at - 1] ?? '')) ||
        (WORD.test(value.at(-1)!) && WORD.test(text[end] ?? ''));
      if (!glued && !touches(redacted, at, end)) more.push({ type, start: at, end });
    }
  }
  if (more.length === 0) return spans;
  const again = withoutOverlaps(more);
  const free = spans.filter(({ type, start, end }) => !kept.has(type) || !touches(again, start, end));
  return withoutOverlaps([...free, ...more]);
}

function applySpans(text: string, spans: readonly PiiSpan[], change: (type: PiiType, value: string) => string): string {
  if (spans.length === 0) return text;
  let result = '';
  let parts: string[] = [];
  let last = 0;
  for (const { type, start, end } of spans) {
    const value = text.slice(start, end);
    const instead = change(type, value);
    parts.push(text.slice(last, start), instead);
    if (parts.length > MAX_PARTS) {
      result += parts.join('');
      parts = [];
    }
    last = end;
    // Two spaces must not remain where a word was taken out.
    if (instead === '' && text[end] === ' ' && (start === 0 || text[start - 1] === ' ')) last++;
  }
  parts.push(text.slice(last));
  return result + parts.join('');
}
