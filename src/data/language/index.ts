/** Language identification. */
export {
  type Identified,
  type LanguageIdentifier,
  languageIdentifier,
  matchesLanguage,
  normalizeTag,
} from './identify.ts';
