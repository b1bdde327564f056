/** Which set of language-specific limits a document is measured by. */
import type { Document } from '../document.ts';
import { isMainlyIdeographic, type Tokens } from './tokens.ts';

export const profileNames = ['english', 'chinese', 'other'] as const;
export type Profile = (typeof profileNames)[number];

/**
 * By `meta.language` where it is there; else Chinese (or Japanese) where most words are ideographs, and English
 * everywhere else, as the rules were made for it.
 */
export function profileOf(document: Document, tokens: Tokens): Profile {
  const { language } = document.meta;
  if (typeof language === 'string' && language !== '') {
    const primary = language.toLowerCase().split(/[-_]/)[0];
    if (primary === 'zh' || primary === 'ja' || primary === 'yue' || primary === 'lzh') return 'chinese';
    return primary === 'en' ? 'english' : 'other';
  }
  return isMainlyIdeographic(tokens) ? 'chinese' : 'english';
}
