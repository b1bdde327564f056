/** What a page says of itself, as document meta. */
import type { PageMetadata } from './metadata.ts';

/** @param known what is known already and wins */
export function metaOf(metadata: PageMetadata, known: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const meta: Record<string, unknown> = { ...known };
  for (const key of ['url', 'title', 'language', 'date', 'author', 'site'] as const) {
    const value = metadata[key];
    if (value !== undefined && (meta[key] === undefined || meta[key] === '')) meta[key] = value;
  }
  return meta;
}
