/** Languages that a config names must be known ones. */
import { unknownName } from '../../core/index.ts';
import type { LanguageIdentifier } from './identify.ts';
import { normalizeTag } from './identify.ts';

/** @throws AthanorError('bad-input') naming the nearest known language */
export function checkLanguages(wanted: readonly string[], identifier: LanguageIdentifier, place: string): void {
  const known = new Set(identifier.languages.map(normalizeTag));
  for (const language of wanted)
    if (!known.has(normalizeTag(language))) throw unknownName('language', language, identifier.languages, { place });
}
