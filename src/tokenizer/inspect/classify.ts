/** What each token of a vocabulary is: its text and bytes, a kind, a script. Works through the `Tokenizer` alone. */
import type { Tokenizer } from '../types.ts';
import { scriptOf } from './scripts.ts';

/**
 * - special, added: found in the text before the model sees it
 * - byte: one byte that is no character by itself, or a byte that the model falls back to (`<0x0A>`)
 * - partial: several bytes that end or begin inside a character
 * - whitespace: nothing but white space
 * - word, number, symbol: by the token's letters, else digits, else neither
 */
export const tokenKinds = [
  'special',
  'added',
  'byte',
  'partial',
  'whitespace',
  'word',
  'number',
  'symbol',
  'empty',
] as const;
export type TokenKind = (typeof tokenKinds)[number];

export interface TokenInfo {
  readonly id: number;
  /** As the vocabulary writes it. */
  readonly content: string;
  /** The text that it stands for in the middle of a text; U+FFFD for what is no whole character. */
  readonly text: string;
  readonly bytes: number;
  readonly kind: TokenKind;
  /** Unicode's name of the script that most of its letters belong to; undefined without letters. */
  readonly script: string | undefined;
}

/** Every token, by id; holes in the id range are left out. */
export function listTokens(tokenizer: Tokenizer): TokenInfo[] {
  const added = new Map(tokenizer.addedTokens.map((token) => [token.id, token]));
  const textOf = middleText(tokenizer);
  const tokens: TokenInfo[] = [];
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    const content = tokenizer.idToToken(id);
    if (content === undefined) continue;
    const special = added.get(id);
    const text = special ? special.content : textOf(id);
    const bytes = tokenizer.byteLength(id);
    const kind = special ? (special.special ? 'special' : 'added') : kindOf(content, text, bytes);
    tokens.push({ id, content, text, bytes, kind, script: kind === 'word' ? scriptOf(text) : undefined });
  }
  return tokens;
}

/**
 * The text of a token inside a text: decoders take away or add a space at a text's beginning, so the token is decoded
 * behind another one, whose own text is then cut off.
 */
function middleText(tokenizer: Tokenizer): (id: number) => string {
  const anchor = ['a', 'x', '0', '.'].map((text) => tokenizer.tokenToId(text)).find((id) => id !== undefined);
  if (anchor === undefined) return (id) => tokenizer.decode([id]);
  const head = tokenizer.decode([anchor]);
  return (id) => {
    const both = tokenizer.decode([anchor, id]);
    return both.startsWith(head) ? both.slice(head.length) : tokenizer.decode([id]);
  };
}

function kindOf(content: string, text: string, bytes: number): TokenKind {
  if (/^<0x[0-9A-Fa-f]{2}>$/.test(content)) return 'byte';
  if (text === '') return 'empty';
  if (text.includes('\ufffd') && !content.includes('\ufffd') && !content.includes('ï¿½'))
    return bytes <= 1 ? 'byte' : 'partial';
  if (/^\p{White_Space}+$/u.test(text)) return 'whitespace';
  if (/\p{L}/u.test(text)) return 'word';
  return /\p{N}/u.test(text) ? 'number' : 'symbol';
}

export interface TokenFilter {
  /** Found in the token's text or content. */
  readonly pattern?: RegExp;
  readonly from?: number;
  /** The last id. */
  readonly to?: number;
  readonly kinds?: readonly TokenKind[];
  readonly script?: string;
}

export function filterTokens(tokens: readonly TokenInfo[], filter: TokenFilter): TokenInfo[] {
  const { pattern, from = 0, to = Number.POSITIVE_INFINITY, kinds, script } = filter;
  return tokens.filter(
    (token) =>
      token.id >= from &&
      token.id <= to &&
      (!kinds || kinds.includes(token.kind)) &&
      (!script || token.script === script) &&
      (!pattern || found(pattern, token.text) || found(pattern, token.content)),
  );
}

/** `search` ignores a global expression's memory of its last match. */
function found(pattern: RegExp, text: string): boolean {
  return text.search(pattern) >= 0;
}
