/** The content of tokenizer_config.json for a tokenizer of ours (tokenizer.json is `tokenizer.toJSON()`). */
import type { AddedToken, Tokenizer } from '../types.ts';
import type { TokenizerConfig } from './read.ts';

export interface TokenizerConfigOptions {
  readonly chatTemplate?: string | undefined;
  readonly modelMaxLength?: number | undefined;
  /** Keys that win over the ones written here, e.g. of the file that was loaded. */
  readonly config?: TokenizerConfig | undefined;
}

export function tokenizerConfig(tokenizer: Tokenizer, options: TokenizerConfigOptions = {}): TokenizerConfig {
  const name = (role: 'bos' | 'eos' | 'pad' | 'unk') => {
    const id = tokenizer.specialTokens[role];
    return id === undefined ? null : (tokenizer.idToToken(id) ?? null);
  };
  return {
    add_prefix_space: false,
    added_tokens_decoder: Object.fromEntries(tokenizer.addedTokens.map((token) => [token.id, flags(token)])),
    bos_token: name('bos'),
    // Otherwise older readers of the format drop spaces before punctuation.
    clean_up_tokenization_spaces: false,
    eos_token: name('eos'),
    pad_token: name('pad'),
    tokenizer_class: 'PreTrainedTokenizerFast',
    unk_token: name('unk'),
    ...options.config,
    ...(options.modelMaxLength === undefined ? {} : { model_max_length: options.modelMaxLength }),
    ...(options.chatTemplate === undefined ? {} : { chat_template: options.chatTemplate }),
  };
}

function flags({ content, lstrip, normalized, rstrip, single_word, special }: AddedToken): Omit<AddedToken, 'id'> {
  return { content, lstrip, normalized, rstrip, single_word, special };
}
