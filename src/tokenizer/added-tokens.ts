/**
 * Added tokens: found in the text before the model sees it, leftmost, then longest; some in the raw text, some in the
 * normalized. Rules of HF tokenizer/added_vocabulary.rs.
 */
import { AthanorError } from '../core/index.ts';
import { wellFormed } from './byte-level.ts';
import { isWhitespace, isWord } from './characters/classes.ts';
import { asObject, badFile, booleanAt } from './hf/component.ts';
import { type StringFinder, stringFinder } from './string-finder.ts';
import type { AddedToken, AllowedSpecial, EncodeOptions, Model, Normalizer } from './types.ts';

/** Whether a token found in the text becomes its id; undefined: every one does. */
export type AllowedTest = ((token: AddedToken) => boolean) | undefined;

/** In place of an id: a stretch of text without added tokens. */
export const noToken = -1;

export class AddedVocabulary {
  /** By id. */
  readonly tokens: readonly AddedToken[];
  readonly #byId = new Map<number, AddedToken>();
  readonly #byContent = new Map<string, AddedToken>();
  readonly #special = new Set<string>();
  /** What the normalizer makes of a token, where it changes it: decoders get this, as in Hugging Face's. */
  readonly #normalizedContent = new Map<number, string>();
  readonly #raw: TokenSplitter;
  readonly #normalized: TokenSplitter;
  #disallowed: { readonly key: string; readonly finder: StringFinder; readonly names: readonly string[] } | undefined;

  /**
   * Ids are given as Hugging Face gives them: the model's where the model has the token; else one after the other from
   * the size of the model's vocabulary, whatever the file says.
   */
  constructor(
    tokens: readonly AddedToken[],
    model: Pick<Model, 'tokenToId' | 'idToToken' | 'idLimit'>,
    normalizer?: Normalizer,
  ) {
    let next = -1;
    for (const token of tokens) {
      let id = this.#byContent.get(token.content)?.id ?? model.tokenToId(token.content);
      if (id === undefined) {
        if (next < 0) next = vocabularySize(model);
        id = next++;
      }
      const resolved = id === token.id ? token : { ...token, id };
      this.#byContent.set(token.content, resolved);
      this.#byId.set(id, resolved);
      if (token.special) this.#special.add(token.content);
      if (!token.normalized || !normalizer) continue;
      const content = normalizer.normalize(wellFormed(token.content));
      if (content !== token.content) this.#normalizedContent.set(id, content);
    }
    this.tokens = [...this.#byId.values()].sort((a, b) => a.id - b.id);
    this.#raw = new TokenSplitter(
      this.tokens.filter((token) => !token.normalized).map((token) => [token.content, token]),
    );
    this.#normalized = new TokenSplitter(
      this.tokens.filter((token) => token.normalized).map((token) => [this.decodedContent(token.id)!, token]),
    );
  }

  get(id: number): AddedToken | undefined {
    return this.#byId.get(id);
  }

  idOf(content: string): number | undefined {
    return this.#byContent.get(content)?.id;
  }

  /** The token as decoders get it (HF `simple_id_to_token`). */
  decodedContent(id: number): string | undefined {
    return this.#normalizedContent.get(id) ?? this.#byId.get(id)?.content;
  }

  /** By text, as Hugging Face asks: a special token that the normalizer changes is not left out of decoded text. */
  isSpecial(decodedContent: string): boolean {
    return this.#special.has(decodedContent);
  }

  /**
   * Cuts a text: flat triples [start, end, id, …] that cover it, with `noToken` for the stretches between.
   * @param stage 'raw' before the normalizer, 'normalized' after it
   */
  split(text: string, stage: 'raw' | 'normalized', allowed: AllowedTest): number[] {
    return (stage === 'raw' ? this.#raw : this.#normalized).split(text, allowed);
  }

  /** Whether `split` may find anything. */
  has(stage: 'raw' | 'normalized'): boolean {
    return !(stage === 'raw' ? this.#raw : this.#normalized).isEmpty;
  }

  /** @throws AthanorError('bad-input') for a text with a special token that `disallowedSpecial` forbids */
  checkDisallowed(text: string, options: Pick<EncodeOptions, 'disallowedSpecial'>, allowed: AllowedTest): void {
    const { disallowedSpecial } = options;
    if (disallowedSpecial === undefined) return;
    const names =
      disallowedSpecial === 'all'
        ? this.tokens.filter((token) => token.special && allowed && !allowed(token)).map((token) => token.content)
        : [...disallowedSpecial].filter((name) => name !== '');
    const key = JSON.stringify(names);
    if (this.#disallowed?.key !== key) this.#disallowed = { key, names, finder: stringFinder(names) };
    const [start, , index] = this.#disallowed.finder.find(text);
    if (start === undefined || index === undefined) return;
    const token = names[index]!;
    throw new AthanorError(
      'bad-input',
      `the text has the special token ${JSON.stringify(token)} at position ${start}`,
      {
        hint: "Allow it (allowedSpecial), or leave disallowedSpecial out to encode it as ordinary text with allowedSpecial: 'none'.",
        values: { token, position: start },
      },
    );
  }
}

function vocabularySize(model: Pick<Model, 'idToToken' | 'idLimit'>): number {
  let size = 0;
  for (let id = 0; id < model.idLimit; id++) if (model.idToToken(id) !== undefined) size++;
  return size;
}

/** @param given an iterable is read once, here */
export function allowedTest(given: AllowedSpecial = 'all'): AllowedTest {
  if (given === 'all') return undefined;
  if (given === 'none') return (token) => !token.special;
  const names = new Set(given);
  return (token) => !token.special || names.has(token.content);
}

/** Finds the tokens of one stage. */
class TokenSplitter {
  readonly #finder: StringFinder;
  readonly #tokens: readonly AddedToken[];

  /** @param patterns what to look for, and whose it is */
  constructor(patterns: readonly (readonly [string, AddedToken])[]) {
    const usable = patterns.filter(([pattern]) => pattern !== '');
    this.#finder = stringFinder(usable.map(([pattern]) => pattern));
    this.#tokens = usable.map(([, token]) => token);
  }

  get isEmpty(): boolean {
    return this.#tokens.length === 0;
  }

  split(text: string, allowed: AllowedTest): number[] {
    const parts: number[] = [];
    if (text === '') return parts;
    let done = 0;
    let spacesEnd = 0; // white space is known up to here: it is not read again for every token in it
    const found = this.isEmpty ? [] : this.#finder.find(text);
    for (let i = 0; i < found.length; i += 3) {
      const token = this.#tokens[found[i + 2]!]!;
      let start = found[i]!;
      let end = found[i + 1]!;
      // A match that does not count is passed over; the search goes on after it.
      if (allowed && !allowed(token)) continue;
      if (token.single_word && !standsAlone(text, start, end)) continue;
      if (token.lstrip) {
        while (start > done && isWhitespace(text.charCodeAt(start - 1))) start--;
        start = Math.max(start, done);
      }
      if (token.rstrip) {
        if (end > spacesEnd) spacesEnd = end;
        while (spacesEnd < text.length && isWhitespace(text.charCodeAt(spacesEnd))) spacesEnd++;
        if (end < spacesEnd && isWhitespace(text.charCodeAt(end))) end = spacesEnd;
      }
      // All of it was white space, and a token before has taken that.
      if (start >= end) continue;
      if (start > done) parts.push(done, start, noToken);
      parts.push(start, end, token.id);
      done = end;
    }
    if (done < text.length) parts.push(done, text.length, noToken);
    return parts;
  }
}

function standsAlone(text: string, start: number, end: number): boolean {
  return !(start > 0 && isWord(codePointBefore(text, start))) && !(end < text.length && isWord(text.codePointAt(end)!));
}

function codePointBefore(text: string, at: number): number {
  const pair = at > 1 ? text.codePointAt(at - 2)! : 0;
  return pair > 0xffff ? pair : text.charCodeAt(at - 1);
}

/** Ids below this: a larger one is no id of a vocabulary, and would only cost memory. */
export const addedIdLimit = 1 << 24;

/** Reads `added_tokens`. @throws AthanorError('bad-file') naming the JSON path */
export function readAddedTokens(json: unknown, place = 'added_tokens'): AddedToken[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) throw badFile(place, 'expected a list', json);
  const owners = new Map<number, string>();
  return json.map((item: unknown, i) => {
    const at = `${place}[${i}]`;
    const object = asObject(item, at);
    const { id, content } = object;
    if (typeof content !== 'string' || content === '')
      throw badFile(`${at}.content`, 'expected a non-empty string', content);
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= addedIdLimit)
      throw badFile(`${at}.id`, `expected an id from 0 to ${addedIdLimit - 1}`, id);
    const owner = owners.get(id as number);
    if (owner !== undefined && owner !== content)
      throw badFile(`${at}.id`, `expected an id of its own, as ${JSON.stringify(owner)} has it already`, id);
    owners.set(id as number, content);
    const special = booleanAt(object, 'special', at, true);
    return addedToken(content, id as number, {
      special,
      single_word: booleanAt(object, 'single_word', at, false),
      lstrip: booleanAt(object, 'lstrip', at, false),
      rstrip: booleanAt(object, 'rstrip', at, false),
      normalized: booleanAt(object, 'normalized', at, !special),
    });
  });
}

/** An added token; special unless said otherwise, so matched in the raw text. */
export function addedToken(content: string, id: number, flags: Partial<AddedToken> = {}): AddedToken {
  const { single_word = false, lstrip = false, rstrip = false, special = true } = flags;
  return { id, content, single_word, lstrip, rstrip, normalized: flags.normalized ?? !special, special };
}
