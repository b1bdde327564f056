/** Builds a tokenizer from the content of Hugging Face's tokenizer.json and tokenizer_config.json. */
import { readAddedTokens } from '../added-tokens.ts';
import { readDecoder } from '../decode/read.ts';
import { readNormalizer } from '../normalize.ts';
import { readPostProcessor } from '../post-process.ts';
import { readPreTokenizer } from '../pretokenize/read.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { Json, SpecialTokenIds, Tokenizer } from '../types.ts';
import { asObject, badFile } from './component.ts';
import { readModel } from './read-model.ts';

/** What is used of tokenizer_config.json; everything else is kept by whoever holds the file. */
export interface TokenizerConfig {
  readonly bos_token?: TokenName;
  readonly eos_token?: TokenName;
  readonly pad_token?: TokenName;
  readonly unk_token?: TokenName;
  readonly chat_template?: string | readonly { readonly name: string; readonly template: string }[] | null;
  readonly model_max_length?: number;
  readonly [key: string]: unknown;
}

/** Older files write a token with its flags. */
type TokenName = string | { readonly content: string } | null;

/**
 * @param json parsed tokenizer.json
 * @param config parsed tokenizer_config.json: tells which token is bos, eos, pad, unk
 * @throws AthanorError('bad-file') naming the JSON path; ('unsupported') naming the component and what is supported
 */
export function fromJSON(json: unknown, config: TokenizerConfig = {}): Tokenizer {
  const file = asObject(json, 'the file');
  const component = (key: string): Json =>
    file[key] === undefined || file[key] === null ? null : asObject(file[key], key);
  if (file.version !== undefined && file.version !== '1.0') throw badFile('version', 'expected "1.0"', file.version);
  const preTokenizer = readPreTokenizer(component('pre_tokenizer'));
  return createTokenizer({
    normalizer: readNormalizer(component('normalizer')),
    preTokenizer,
    model: readModel(component('model'), { byteLevel: preTokenizer.byteLevel }),
    postProcessor: readPostProcessor(component('post_processor')),
    decoder: readDecoder(component('decoder')),
    addedTokens: readAddedTokens(file.added_tokens),
    roles: readRoles(config),
  });
}

function readRoles(config: TokenizerConfig): Partial<Record<keyof SpecialTokenIds, string>> {
  const roles: Partial<Record<keyof SpecialTokenIds, string>> = {};
  for (const role of ['bos', 'eos', 'pad', 'unk'] as const) {
    const token = config[`${role}_token`];
    const name = typeof token === 'string' ? token : token?.content;
    if (typeof name === 'string') roles[role] = name;
  }
  return roles;
}
