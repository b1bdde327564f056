/** Messages of the command line: which language, and how a message is filled. */
import { en, type MessageKey } from './en.ts';
import { toChinese } from './texts.ts';
import { zh } from './zh.ts';

export type { MessageKey } from './en.ts';
export type Language = 'en' | 'zh';

export interface Translate {
  (key: MessageKey, values?: Readonly<Record<string, string | number>>): string;
  /** What a lower floor says (an error, a hint, a warning), which it says in English. */
  readonly text: (english: string) => string;
}

/** `--lang`, else the locale of the environment, else English. */
export function chooseLanguage(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): Language {
  const wanted = flag ?? (env.LC_ALL || env.LC_MESSAGES || env.LANG || '');
  return /^zh/i.test(wanted) ? 'zh' : 'en';
}

/** `{name}` in a message is replaced by `values.name`. */
export function translator(language: Language): Translate {
  const table: Readonly<Record<MessageKey, string>> = language === 'zh' ? zh : en;
  const translate = (key: MessageKey, values: Readonly<Record<string, string | number>> = {}) =>
    table[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
  return Object.assign(translate, { text: language === 'zh' ? toChinese : (english: string) => english });
}
