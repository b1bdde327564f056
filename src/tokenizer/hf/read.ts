/** Builds a tokenizer from the content of Hugging Face's tokenizer.json and tokenizer_config.json. */
import { readAddedTokens } from '../added-tokens.ts';
import { readDecoder } from '../decoders/read.ts';
import { tokenizerModels } from '../models/registry.gen.ts';
import { readNormalizer } from '../normalizers/read.ts';
import { readPostProcessor } from '../post-processors/read.ts';
import { readPreTokenizer } from '../pre-tokenizers/read.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { Json, Model, SpecialTokenIds, Tokenizer } from '../types.ts';
import { asObject, badFile, componentBuilder } from './component.ts';
import { readPadding, readTruncation } from './parameters.ts';

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
  return createTokenizer({
    normalizer: readNormalizer(component('normalizer')),
    preTokenizer: readPreTokenizer(component('pre_tokenizer')),
    model: readModel(component('model')),
    postProcessor: readPostProcessor(component('post_processor')),
    decoder: readDecoder(component('decoder')),
    addedTokens: readAddedTokens(file.added_tokens),
    truncation: readTruncation(file.truncation),
    padding: readPadding(file.padding),
    roles: readRoles(config),
  });
}

const buildModel = componentBuilder<Model>('model', tokenizerModels);

/** Files written before 2020 have no `type`: what they have tells which model it is (HF models/mod.rs). */
function readModel(json: Json): Model {
  const object = asObject(json, 'model');
  if (object.type !== undefined) return buildModel(object, 'model');
  const type =
    'merges' in object
      ? 'BPE'
      : Array.isArray(object.vocab)
        ? 'Unigram'
        : 'continuing_subword_prefix' in object || 'max_input_chars_per_word' in object
          ? 'WordPiece'
          : 'WordLevel';
  return buildModel({ ...object, type }, 'model');
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
