/** Finds added tokens in text before the model sees it: leftmost, then longest. */
import { asObject, badFile } from './hf/component.ts';
import type { AddedToken, AllowedSpecial } from './types.ts';

/** A stretch of text without added tokens, or the id of one. */
export type TextPart = string | number;

export interface AddedTokenMatcher {
  /** Cuts text at added tokens; special ones only where allowed. */
  split(text: string, allowed: AllowedSpecial): readonly TextPart[];
}

/** @param tokens those of one pass (all `normalized`, or none) */
export function addedTokenMatcher(tokens: readonly AddedToken[]): AddedTokenMatcher {
  const usable = tokens.filter((token) => token.content !== '');
  if (usable.length === 0) return { split: (text) => (text === '' ? [] : [text]) };
  const byContent = new Map(usable.map((token) => [token.content, token]));
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const regex = new RegExp(
    longestFirst.map((content) => content.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'),
    'gu',
  );
  return { split: (text, allowed) => splitText(text, regex, byContent, allowedTest(allowed)) };
}

function splitText(
  text: string,
  regex: RegExp,
  byContent: ReadonlyMap<string, AddedToken>,
  allowed: (token: AddedToken) => boolean,
): TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  for (const found of text.matchAll(regex)) {
    const token = byContent.get(found[0])!;
    let start = found.index;
    let end = start + found[0].length;
    if (!allowed(token) || (token.single_word && !standsAlone(text, start, end))) continue;
    if (token.lstrip) start = Math.max(done, text.slice(done, start).replace(/\p{White_Space}+$/u, '').length + done);
    if (token.rstrip) end += /^\p{White_Space}*/u.exec(text.slice(end))![0].length;
    if (start > done) parts.push(text.slice(done, start));
    parts.push(token.id);
    done = end;
  }
  if (done < text.length) parts.push(text.slice(done));
  return parts;
}

function standsAlone(text: string, start: number, end: number): boolean {
  return (
    !/[\p{L}\p{M}\p{N}\p{Pc}]$/u.test(text.slice(Math.max(0, start - 2), start)) &&
    !/^[\p{L}\p{M}\p{N}\p{Pc}]/u.test(text.slice(end, end + 2))
  );
}

function allowedTest(allowed: AllowedSpecial): (token: AddedToken) => boolean {
  if (allowed === 'all') return () => true;
  if (allowed === 'none') return (token) => !token.special;
  const names = new Set(allowed);
  return (token) => !token.special || names.has(token.content);
}

/** Reads `added_tokens`. @throws AthanorError('bad-file') naming the JSON path */
export function readAddedTokens(json: unknown, place = 'added_tokens'): AddedToken[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) throw badFile(place, 'expected a list', json);
  const owners = new Map<number, string>();
  return json.map((item: unknown, i) => {
    const at = `${place}[${i}]`;
    const { id, content, ...flags } = asObject(item, at);
    if (typeof content !== 'string' || content === '')
      throw badFile(`${at}.content`, 'expected a non-empty string', content);
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= 1 << 24)
      throw badFile(`${at}.id`, 'expected an id', id);
    const owner = owners.get(id as number);
    if (owner !== undefined && owner !== content)
      throw badFile(`${at}.id`, `expected an id of its own, as ${JSON.stringify(owner)} has it already`, id);
    owners.set(id as number, content);
    return addedToken(content, id as number, flags as Partial<AddedToken>);
  });
}

/** An added token; special unless said otherwise, so matched in the raw text. */
export function addedToken(content: string, id: number, flags: Partial<AddedToken> = {}): AddedToken {
  const { single_word = false, lstrip = false, rstrip = false, special = true } = flags;
  return { id, content, single_word, lstrip, rstrip, normalized: flags.normalized ?? !special, special };
}
