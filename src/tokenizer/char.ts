/**
 * A character tokenizer, as in nanoGPT: each character of the corpus is a token. Written as a BPE model without
 * merges and a Fuse decoder, which every library that reads tokenizer.json understands.
 */
import { addedToken } from './added-tokens.ts';
import { emptyCorpus } from './bpe/word-counter.ts';
import { wellFormed } from './byte-level.ts';
import { readDecoder } from './decoders/read.ts';
import { createBpe } from './models/bpe.ts';
import { readPreTokenizer } from './pre-tokenizers/read.ts';
import { checkSpecialTokens, defaultRoles, endOfText } from './special-tokens.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './types.ts';

export const unknownToken = '<|unk|>';

export interface TrainCharOptions {
  /** The corpus, read once. */
  readonly texts: Iterable<string>;
  /** First ids, in this order; `<|unk|>` (a character that the corpus has not) follows them. Default `<|endoftext|>`. */
  readonly specialTokens?: readonly string[];
}

/**
 * Ids: special tokens, unk, then the corpus's characters (code points) in Unicode order.
 * @throws AthanorError('bad-input') for an empty corpus
 */
export function trainChar(options: TrainCharOptions): Tokenizer {
  const given = checkSpecialTokens(options.specialTokens ?? [endOfText]);
  const special = given.includes(unknownToken) ? given : [...given, unknownToken];
  const characters = new Set<string>();
  for (const text of options.texts) for (const character of wellFormed(text)) characters.add(character);
  if (characters.size === 0) throw emptyCorpus();
  const sorted = [...characters].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const tokens = [...new Set([...special, ...sorted])];
  return createTokenizer({
    preTokenizer: readPreTokenizer(null),
    model: createBpe({
      vocab: new Map(tokens.map((token, id) => [token, id])),
      merges: [],
      unkToken: unknownToken,
    }),
    decoder: readDecoder({ type: 'Fuse' }),
    addedTokens: special.map((token, id) => addedToken(token, id)),
    roles: { ...defaultRoles(given), unk: unknownToken },
  });
}
