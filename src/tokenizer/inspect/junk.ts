/**
 * Tokens that a vocabulary wastes: not decodable alone, never produced by encoding their own text ("unreachable", as in
 * Land & Bartolo 2024, "Fishing for Magikarp", §2.2), runs of white space, repeated characters, doubles.
 */
import type { Tokenizer } from '../types.ts';
import type { TokenInfo } from './classify.ts';

export interface DoubleGroup {
  /** What the tokens have in common. */
  readonly text: string;
  readonly tokens: readonly TokenInfo[];
}

export interface Junk {
  /** Bytes and parts of characters. */
  readonly undecodable: readonly TokenInfo[];
  /** Encoding their text gives other tokens, alone and behind a letter, a space, a newline and a Han character. */
  readonly unreachable: readonly TokenInfo[];
  /** Two or more characters of white space. */
  readonly whitespaceRuns: readonly TokenInfo[];
  /** One character four times or more. */
  readonly repeated: readonly TokenInfo[];
  /** Tokens that differ only by a space in front. */
  readonly spaceDoubles: readonly DoubleGroup[];
  /** Tokens with and without a space in front aside: those that differ only by case. */
  readonly caseDoubles: readonly DoubleGroup[];
  /** Those that differ, case and space aside, only by compatibility (Unicode's NFKC: full width, ligatures …). */
  readonly formDoubles: readonly DoubleGroup[];
}

export function findJunk(tokenizer: Tokenizer, tokens: readonly TokenInfo[]): Junk {
  const ordinary = tokens.filter(({ kind }) => kind !== 'special' && kind !== 'added');
  const whole = ordinary.filter(({ kind }) => kind !== 'byte' && kind !== 'partial' && kind !== 'empty');
  const trimmed = (text: string) => text.replace(/^ +/, '');
  return {
    undecodable: ordinary.filter(({ kind }) => kind === 'byte' || kind === 'partial'),
    unreachable: whole.filter((token) => !isReachable(tokenizer, token)),
    whitespaceRuns: whole.filter(({ kind, text }) => kind === 'whitespace' && [...text].length > 1),
    repeated: whole.filter(({ kind, text }) => kind !== 'whitespace' && /^ ?(.)\1{3,}$/u.test(text)),
    spaceDoubles: doubles(whole, trimmed, (text) => text),
    caseDoubles: doubles(whole, (text) => trimmed(text).toLowerCase(), trimmed),
    formDoubles: doubles(
      whole,
      (text) => trimmed(text).toLowerCase().normalize('NFKC'),
      (text) => trimmed(text).toLowerCase(),
    ),
  };
}

const contexts = ['', 'a', ' ', '\n', '中', '.'];

function isReachable(tokenizer: Tokenizer, { id, text }: TokenInfo): boolean {
  if (id === tokenizer.specialTokens.unk) return true;
  return contexts.some((context) =>
    tokenizer.encode(context + text, { addSpecialTokens: false, allowedSpecial: 'none' }).includes(id),
  );
}

/** Groups of tokens whose texts differ by `inner` but not by `outer`. */
function doubles(
  tokens: readonly TokenInfo[],
  outer: (text: string) => string,
  inner: (text: string) => string,
): DoubleGroup[] {
  const groups = new Map<string, Map<string, TokenInfo>>();
  for (const token of tokens) {
    const key = outer(token.text);
    if (key.trim() === '') continue;
    const group = groups.get(key) ?? new Map<string, TokenInfo>();
    groups.set(key, group);
    const name = inner(token.text);
    if (!group.has(name)) group.set(name, token);
  }
  return [...groups]
    .filter(([, group]) => group.size > 1)
    .map(([text, group]) => ({ text, tokens: [...group.values()] }));
}
