/** A dataset through a tokenizer: token shards beside the dataset's version, made once and found again by content. */
import { join } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { hashValue } from '../core/node.ts';
import {
  type Document,
  documentEncoder,
  type EncodedDocument,
  encodeDocuments,
  IGNORED,
  messagesOf,
  openDataset,
  openTokens,
  type SplitName,
  type Tokens,
  writeTokens,
} from '../data/index.ts';
import { encodeChat, type Tokenizer } from '../tokenizer/index.ts';
import type { LoadedTokenizer } from '../tokenizer/node.ts';
import type { StageContext } from './define.ts';

/** `text`: every token counts; `chat`: `meta.messages` through the chat template, the answers count. */
export type Encoding = 'text' | 'chat';

export interface TokenRequest {
  readonly dataset: string;
  readonly split: SplitName;
  readonly tokenizer: LoadedTokenizer;
  readonly encoding: Encoding;
  /** For progress. */
  readonly stage: string;
}

/**
 * The split as token shards; made on the first use.
 * @returns undefined for a split without documents
 */
export async function tokensOf(request: TokenRequest, context: StageContext): Promise<Tokens | undefined> {
  const { dataset: name, split, tokenizer, encoding, stage } = request;
  const dataset = openDataset(context.workspace, name);
  if ((dataset.manifest.splits[split]?.documents ?? 0) === 0) return undefined;
  const { bos, eos } = tokenizer.tokenizer.specialTokens;
  const chatTemplate = encoding === 'chat' ? tokenizer.chatTemplate : undefined;
  const meta = {
    dataset: dataset.hash,
    split,
    encoding,
    chatTemplate,
    tokenizer: hashValue(tokenizer.tokenizer.toJSON()),
  };
  const directory = join(dataset.directory, `tokens-${hashValue(meta).slice(0, 12)}-${split}`);
  try {
    return openTokens(directory);
  } catch (error) {
    // Missing or damaged: made (again) from the dataset.
    if (!(error instanceof AthanorError) || !['not-found', 'bad-file'].includes(error.code)) throw error;
  }
  const encode =
    encoding === 'chat' ? chatEncoder(tokenizer, name) : documentEncoder(tokenizer.tokenizer, { bos, eos });
  await writeTokens(directory, encodeDocuments(dataset.documents(split), encode), {
    vocabSize: tokenizer.tokenizer.vocabSize,
    meta,
    signal: context.signal,
    onProgress: (done) =>
      context.report({
        type: 'progress',
        stage,
        done,
        total: dataset.manifest.splits[split]!.documents,
        unit: 'documents',
      }),
  });
  return openTokens(directory);
}

function chatEncoder(
  { tokenizer, chatTemplate }: LoadedTokenizer,
  dataset: string,
): (document: Document) => EncodedDocument {
  if (chatTemplate === undefined)
    throw new AthanorError('bad-input', 'the model’s tokenizer has no chat template', {
      hint: 'Train the tokenizer with chat_template: chatml and its special tokens.',
    });
  return (document) => {
    const messages = messagesOf(document);
    if (messages === undefined)
      throw new AthanorError('bad-input', `document '${document.id}' of dataset '${dataset}' has no messages`, {
        hint: 'Fine-tuning needs conversations: add the step to-messages, or read JSONL with `messages`.',
      });
    const { ids, labels } = encodeChat(
      tokenizer,
      chatTemplate,
      messages.map((message) => ({ ...message })),
    );
    return { ids, labels, bytes: answerBytes(tokenizer, labels) };
  };
}

const answerBytes = (tokenizer: Tokenizer, labels: readonly number[]): number =>
  labels.reduce((sum, label) => (label === IGNORED ? sum : sum + tokenizer.byteLength(label)), 0);
