/** Tokenizers: train, load, save, encode, decode, chat templates. Runs everywhere; directories are in `node.ts`. */
export { type TrainBpeOptions, trainBpe } from './bpe/train.ts';
export { WordCounter } from './bpe/word-counter.ts';
export { type TrainCharOptions, trainChar, unknownToken } from './char.ts';
export { type EncodeChatOptions, type EncodedChat, encodeChat, ignoredLabel } from './chat-encode.ts';
export {
  type ChatMessage,
  type ChatRole,
  chatMessageSchema,
  chatmlTemplate,
  chatRoles,
  type RenderChatOptions,
  renderChat,
} from './chat-template.ts';
export { fromJSON, type TokenizerConfig } from './hf/read.ts';
export { type TokenizerConfigOptions, tokenizerConfig } from './hf/write.ts';
export { type PatternName, patternNames } from './pre-tokenizers/patterns.ts';
export { defaultSpecialTokens, endOfText, turnEnd, turnStart } from './special-tokens.ts';
export type {
  AddedToken,
  AllowedSpecial,
  DecodeOptions,
  EncodeFullOptions,
  EncodeOptions,
  Encoding,
  Padding,
  SpecialTokenIds,
  StreamDecoder,
  Tokenizer,
  TokenizerJson,
  Truncation,
} from './types.ts';
