/** Tokenizers: train, load, save, encode, decode, chat templates. Runs everywhere; directories are in `node.ts`. */
export { type BpeCutting, bpePlan } from './bpe/cutting.ts';
export { checkBpe, type TrainBpeOptions, trainBpe } from './bpe/train.ts';
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
export { type ExtendBpeOptions, type ExtendedTokenizer, extendBpe, type NewToken } from './extend.ts';
export { fromJSON, type TokenizerConfig } from './hf/read.ts';
export { type TokenizerConfigOptions, tokenizerConfig } from './hf/write.ts';
export {
  filterTokens,
  listTokens,
  type TokenFilter,
  type TokenInfo,
  type TokenKind,
  tokenKinds,
} from './inspect/classify.ts';
export {
  type Comparison,
  type InspectOptions,
  inspectTokenizer,
  type NamedTexts,
  type NamedTokenizer,
  type TokenizerReport,
} from './inspect/inspect.ts';
export { type DoubleGroup, findJunk, type Junk } from './inspect/junk.ts';
export { countWords, measureTexts, type TextMeasure } from './inspect/measure.ts';
export { type SampleText, sampleTexts } from './inspect/samples.ts';
export { type PatternName, patternNames } from './pre-tokenizers/patterns.ts';
export { defaultSpecialTokens, endOfText, turnEnd, turnStart } from './special-tokens.ts';
export { fromSentencePiece, type SentencePieceOptions } from './spm/read.ts';
export { toSentencePiece } from './spm/write.ts';
export { type TiktokenName, tiktokenNames } from './tiktoken/encodings.ts';
export { fromTiktoken, type TiktokenOptions } from './tiktoken/read.ts';
export { type TiktokenFile, toTiktoken } from './tiktoken/write.ts';
export type { AlphabetOptions } from './trainers/corpus-alphabet.ts';
export type { CuttingPlan } from './trainers/corpus-cutter.ts';
export { type TrainUnigramOptions, trainUnigram, unigramPlan } from './trainers/unigram.ts';
export { type TrainWordLevelOptions, trainWordLevel, wordLevelPlan } from './trainers/word-level.ts';
export { type TrainWordPieceOptions, trainWordPiece, wordPiecePlan } from './trainers/word-piece.ts';
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
