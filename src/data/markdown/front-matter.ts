/** The YAML block with which many Markdown files begin (Jekyll, Hugo, Docusaurus). */
import { parse } from 'yaml';

export interface FrontMatter {
  readonly body: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Why the block cannot be read. */
  readonly fault: string | undefined;
}

/** A longer block is no front matter: the file merely begins with a rule. */
const maxCharacters = 65_536;

const names: Readonly<Record<string, string>> = {
  lang: 'language',
  license: 'licence',
  permalink: 'url',
  tags: 'tags',
};

export function readFrontMatter(text: string): FrontMatter {
  const none = { body: text, fields: {}, fault: undefined };
  const start = /^\s{0,9}---[ \t]{0,9}\r?\n/.exec(text);
  if (start === null) return none;
  const head = text.slice(start[0].length, start[0].length + maxCharacters);
  const end = /^(?:---|\.\.\.)[ \t]{0,9}(?:\r?\n|$)/m.exec(head);
  if (end === null) return none;
  const body = text.slice(start[0].length + end.index + end[0].length);
  let parsed: unknown;
  try {
    parsed = parse(head.slice(0, end.index), { schema: 'core', maxAliasCount: 100 });
  } catch (error) {
    return { body, fields: {}, fault: (error as Error).message.split('\n')[0]! };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    // Two rules with a text between, or an empty block.
    return parsed === null || parsed === undefined ? { body, fields: {}, fault: undefined } : none;
  }
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(parsed)) {
    if (key !== 'id' && key !== 'text' && value !== null) fields[names[key] ?? key] = value;
  }
  return { body, fields, fault: undefined };
}
