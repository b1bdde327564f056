/**
 * Every string of a document, each with the name it stands under: the text, the id, and what is in meta, at any depth.
 * Names such as `password` or `phone` are shown to the visitor as part of short strings, since they say what these are.
 */
import type { Document } from '../document.ts';

/** Gets a string, gives what takes its place. `isId` where that must stay unique. */
export type StringVisitor = (text: string, isId: boolean) => string;

/** Deeper values are replaced by null: they cannot be checked and must not pass unchecked. */
const MAX_DEPTH = 64;
/** Longer strings have context of their own. */
const LABELLED = 200;
/** Smaller whole numbers are no phone and no card. */
const MIN_NUMBER = 1e6;

/** A copy with all strings of the named fields replaced; the document itself where none has changed. */
export function mapStrings(document: Document, fields: 'all' | readonly string[], visit: StringVisitor): Document {
  const named = (field: string): boolean => fields === 'all' || fields.includes(field);
  let result = document;
  if (named('text')) {
    const text = visit(document.text, false);
    if (text !== document.text) result = { ...result, text };
  }
  if (named('id')) {
    const id = visit(document.id, true);
    if (id !== document.id) result = { ...result, id };
  }
  const meta = mapEntries(document.meta, visit, 0, named);
  return meta === document.meta ? result : { ...result, meta };
}

function mapValue(value: unknown, label: string, visit: StringVisitor, depth: number): unknown {
  if (typeof value === 'string') return mapLabelled(value, label, visit);
  if (typeof value === 'number') return mapNumber(value, label, visit);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) {
    const mapped = value.map((one) => mapValue(one, label, visit, depth + 1));
    return mapped.some((one, i) => one !== value[i]) ? mapped : value;
  }
  return mapEntries(value, visit, depth);
}

/** The object with keys and values replaced, or itself. */
function mapEntries<T extends object>(value: T, visit: StringVisitor, depth: number, named = (_: string) => true): T {
  const entries = Object.entries(value);
  const mapped = entries.map(([name, one]): [string, unknown] => {
    if (!named(name)) return [name, one];
    return [/[\d@]/.test(name) ? visit(name, false) : name, mapValue(one, name, visit, depth + 1)];
  });
  const same = mapped.every(([name, one], i) => one === entries[i]![1] && name === entries[i]![0]);
  return same ? value : (Object.fromEntries(mapped) as T);
}

function mapLabelled(value: string, label: string, visit: StringVisitor): string {
  if (value.length > LABELLED) return visit(value, false);
  const lead = `${label}: `;
  const mapped = visit(lead + value, false);
  // What was found is never in the label: a finding there would have changed the key before.
  return mapped.startsWith(lead) ? mapped.slice(lead.length) : mapped;
}

function mapNumber(value: number, label: string, visit: StringVisitor): unknown {
  if (!Number.isSafeInteger(value) || value < MIN_NUMBER) return value;
  const mapped = mapLabelled(String(value), label, visit);
  return mapped === String(value) ? value : mapped;
}
