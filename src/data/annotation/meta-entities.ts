/** Entities that travel with a document: `meta.entities`, offsets in UTF-16 code units of `text`. */
import type { Document } from '../document.ts';
import { byPosition, type Entity } from './schema.ts';

/** The entities of a document in order, or none; entries that are no spans of the text are left out. */
export function entitiesOf({ meta, text }: Document): Entity[] {
  const entities = meta.entities;
  if (!Array.isArray(entities)) return [];
  return entities.filter((one): one is Entity => isEntity(one, text.length)).sort(byPosition);
}

function isEntity(value: unknown, length: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { start, end, label } = value as Record<string, unknown>;
  if (!Number.isInteger(start) || !Number.isInteger(end) || typeof label !== 'string') return false;
  return (start as number) >= 0 && (start as number) < (end as number) && (end as number) <= length;
}

export function withEntities(document: Document, entities: readonly Entity[]): Document {
  return { ...document, meta: { ...document.meta, entities } };
}
