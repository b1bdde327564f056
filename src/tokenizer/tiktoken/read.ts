/**
 * Tokenizers from tiktoken's rank files. They become a byte-level BPE that any reader of tokenizer.json runs: merges for
 * all splits of each token, `ignore_merges` for pieces that are tokens as a whole, the pattern as a Split.
 */
import { AthanorError, unknownName } from '../../core/index.ts';
import { addedToken } from '../added-tokens.ts';
import { byteChars } from '../byte-level.ts';
import { readDecoder } from '../decoders/read.ts';
import { asObject } from '../hf/component.ts';
import { type BpeModel, createBpe } from '../models/bpe.ts';
import { gpt2Regex } from '../pre-tokenizers/patterns.ts';
import { readPreTokenizer } from '../pre-tokenizers/read.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { Json, Tokenizer } from '../types.ts';
import { type TiktokenEncoding, type TiktokenName, tiktokenEncodings, tiktokenNames } from './encodings.ts';
import { mergesFromRanks } from './merges.ts';
import { toOniguruma } from './pattern.ts';
import { badRanks, type Ranks, readRanks } from './ranks.ts';

export interface TiktokenOptions {
  /** An encoding that tiktoken knows; brings pattern and special tokens. */
  readonly name?: TiktokenName;
  /** As tiktoken's `pat_str`: whose matches are the pieces. Required without a name. */
  readonly pattern?: string;
  /** Text → id; besides those of the name. */
  readonly specialTokens?: Readonly<Record<string, number>>;
}

/**
 * @param text content of a `.tiktoken` file
 * @throws AthanorError('bad-file') naming the line; ('bad-input') for a name that is not known, or no pattern
 */
export function fromTiktoken(text: string, options: TiktokenOptions): Tokenizer {
  return fromRanks(readRanks(text), options);
}

/** As `fromTiktoken`, from ranks that are read already. */
export function fromRanks(ranks: Ranks, options: TiktokenOptions): Tokenizer {
  const known: TiktokenEncoding | undefined = options.name === undefined ? undefined : tiktokenEncodings[options.name];
  if (options.name !== undefined && !known) throw unknownName('tiktoken encoding', options.name, tiktokenNames);
  const pattern = options.pattern === undefined ? known?.pattern : toOniguruma(options.pattern);
  if (pattern === undefined)
    throw new AthanorError('bad-input', 'a tiktoken file does not say how text is cut: give its pattern', {
      place: 'pattern',
      hint: `Give \`pattern\` (tiktoken's pat_str), or the name of an encoding: ${tiktokenNames.join(', ')}.`,
    });
  checkBytes(ranks);
  const specialTokens = { ...known?.specialTokens, ...options.specialTokens };
  const owners = new Set(ranks.values());
  const vocab = spelled(ranks);
  for (const [content, id] of Object.entries(specialTokens))
    if (owners.has(id)) throw badRanks(`rank ${id}`, `is the id of the special token ${JSON.stringify(content)} too`);
  const bpe = createBpe({ vocab, merges: mergesFromRanks(ranks), ignoreMerges: true });
  return createTokenizer({
    preTokenizer: readPreTokenizer(preTokenizerJson(pattern)),
    model: withSpecialTokens(bpe, specialTokens),
    decoder: readDecoder({ type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }),
    addedTokens: Object.entries(specialTokens).map(([content, id]) => addedToken(content, id)),
    roles: '<|endoftext|>' in specialTokens ? { eos: '<|endoftext|>' } : {},
  });
}

/**
 * Added tokens keep their ids where the model has them; others are numbered from the size of the vocabulary, as Hugging
 * Face does. So the file has special tokens in the vocabulary too; to the model they are no tokens.
 */
function withSpecialTokens(bpe: BpeModel, specialTokens: Readonly<Record<string, number>>): BpeModel {
  return {
    ...bpe,
    tokenToId: (token) => (Object.hasOwn(specialTokens, token) ? specialTokens[token] : bpe.tokenToId(token)),
    toJSON() {
      const json = asObject(bpe.toJSON(), 'model');
      return { ...json, vocab: { ...asObject(json.vocab, 'model.vocab'), ...specialTokens } };
    },
  };
}

function preTokenizerJson(pattern: string): Json {
  if (pattern === gpt2Regex) return { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  };
}

/** Every byte that UTF-8 can have must be a token, or texts with it could not be encoded. */
function checkBytes(ranks: Ranks): void {
  for (let byte = 0; byte <= 0xf4; byte++) {
    const used = byte < 0xc0 || byte > 0xc1;
    if (used && !ranks.has(String.fromCharCode(byte)))
      throw badRanks('the file', `no token is the single byte ${byte}`);
  }
}

/** In the byte alphabet, as tokenizer.json writes tokens of bytes. */
function spelled(ranks: Ranks): Map<string, number> {
  const vocab = new Map<string, number>();
  for (const [bytes, rank] of ranks) {
    let token = '';
    for (let i = 0; i < bytes.length; i++) token += byteChars[bytes.charCodeAt(i)];
    vocab.set(token, rank);
  }
  return vocab;
}
