/** Messages of the command line: which language, and how a message is filled. */
import { en, type MessageKey } from './en.ts';
import { zh } from './zh.ts';

export type { MessageKey } from './en.ts';
export type Language = 'en' | 'zh';
export type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

/** `--lang`, else the locale of the environment, else English. */
export function chooseLanguage(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): Language {
  const wanted = flag ?? (env.LC_ALL || env.LC_MESSAGES || env.LANG || '');
  return /^zh/i.test(wanted) ? 'zh' : 'en';
}

/** `{name}` in a message is replaced by `values.name`. */
export function translator(language: Language): Translate {
  const table: Readonly<Record<MessageKey, string>> = language === 'zh' ? zh : en;
  return (key, values = {}) =>
    table[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
}
