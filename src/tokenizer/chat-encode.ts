/**
 * Chats as token ids with labels. Every answer is encoded apart from the prompt before it, so that training sees the
 * very ids that generation starts from, whatever merges the text at the border would allow.
 */
import { AthanorError } from '../core/index.ts';
import { type ChatMessage, checkMessages, type RenderChatOptions, renderMessages } from './chat-template.ts';
import type { Tokenizer } from './types.ts';

/** Labels with this value do not count in the loss. */
export const ignoredLabel = -100;

export interface EncodedChat {
  readonly ids: number[];
  /** Same length: the id inside an answer (its closing token included), else -100. Not shifted. */
  readonly labels: number[];
}

export interface EncodeChatOptions extends Pick<RenderChatOptions, 'addGenerationPrompt' | 'variables'> {
  /** Let special tokens written inside messages become their ids. Default false: a message cannot forge a turn. */
  readonly allowSpecialInContent?: boolean;
}

/**
 * Encodes a conversation; labels cover the assistant's answers only.
 * @throws AthanorError('bad-input') for no messages, an unknown role …; ('unsupported') for a template that rewrites
 *   earlier turns when later ones come, where answers have no fixed place
 */
export function encodeChat(
  tokenizer: Tokenizer,
  template: string,
  messages: readonly ChatMessage[],
  options: EncodeChatOptions = {},
): EncodedChat {
  checkMessages(messages);
  const mark = options.allowSpecialInContent ? undefined : unusedMark(messages);
  const marked = mark === undefined ? messages : guardSpecials(tokenizer, messages, mark);
  const tokens = roleTokens(tokenizer);
  const render = (count: number, addGenerationPrompt: boolean) =>
    renderMessages(template, marked.slice(0, count), { ...tokens, variables: options.variables, addGenerationPrompt });
  const encode = (text: string) =>
    tokenizer.encode(text, { addSpecialTokens: false, allowedSpecial: 'all', literalMark: mark });

  const ids: number[] = [];
  const labels: number[] = [];
  const add = (text: string, counted: boolean) => {
    for (const id of encode(text)) {
      ids.push(id);
      labels.push(counted ? id : ignoredLabel);
    }
  };
  let done = '';
  let prompt = ''; // since the last answer; encoded in one piece
  const extend = (whole: string, index: number): string => {
    if (!whole.startsWith(done + prompt)) throw rewrites(index);
    return whole.slice(done.length + prompt.length);
  };
  for (const [i, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    prompt += extend(render(i, true), i);
    const answer = extend(render(i + 1, false), i);
    add(prompt, false);
    const end = answerEnd(tokenizer, answer);
    add(answer.slice(0, end), true);
    done += prompt + answer.slice(0, end);
    prompt = answer.slice(end);
  }
  prompt += extend(render(messages.length, options.addGenerationPrompt ?? false), messages.length - 1);
  add(prompt, false);
  return { ids, labels };
}

/** Index after the last special token of an answer (`<|im_end|>`); without one the whole answer counts. */
function answerEnd(tokenizer: Tokenizer, answer: string): number {
  let end = -1;
  for (const token of tokenizer.addedTokens) {
    if (!token.special) continue;
    const at = answer.lastIndexOf(token.content);
    if (at >= 0) end = Math.max(end, at + token.content.length);
  }
  return end < 0 ? answer.length : end;
}

function rewrites(index: number): AthanorError {
  return new AthanorError(
    'unsupported',
    `the chat template does not keep the text before messages[${index}] when the conversation goes on`,
    {
      place: 'chat_template',
      hint: 'Training on answers needs a template whose text for the first turns is a prefix of the text for all turns.',
    },
  );
}

/** A private-use character that no message contains. */
function unusedMark(messages: readonly ChatMessage[]): string {
  const all = JSON.stringify(messages);
  for (let code = 0xe000; code < 0xf900; code++) {
    const mark = String.fromCharCode(code);
    if (!all.includes(mark)) return mark;
  }
  throw new AthanorError('bad-input', 'messages: every private-use character is in use', { place: 'messages' });
}

/** Puts the mark inside every special token that stands in a message's content; the encoder takes it out again. */
function guardSpecials(tokenizer: Tokenizer, messages: readonly ChatMessage[], mark: string): ChatMessage[] {
  const special = tokenizer.addedTokens.filter((token) => token.special).map((token) => token.content);
  return messages.map((message) => {
    let content = message.content;
    for (const token of special) {
      // Behind the first character, not inside it: half of a pair would be taken for U+FFFD.
      const first = token.codePointAt(0)! > 0xffff ? 2 : 1;
      content = content.replaceAll(token, () => token.slice(0, first) + mark + token.slice(first));
    }
    return content === message.content ? message : { ...message, content };
  });
}

function roleTokens(
  tokenizer: Tokenizer,
): Pick<RenderChatOptions, 'bos_token' | 'eos_token' | 'pad_token' | 'unk_token'> {
  const name = (id: number | undefined) => (id === undefined ? undefined : tokenizer.idToToken(id));
  const { bos, eos, pad, unk } = tokenizer.specialTokens;
  return { bos_token: name(bos), eos_token: name(eos), pad_token: name(pad), unk_token: name(unk) };
}
