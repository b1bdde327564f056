/** Chat templates: messages → the text that a chat model reads. Jinja, as in tokenizer_config.json. */
import { Template } from '@huggingface/jinja';
import { z } from 'zod';
import { AthanorError, unknownName } from '../core/index.ts';

/** ChatML, with the turn marks of `defaultSpecialTokens`. */
export const chatmlTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

export const chatRoles = ['system', 'developer', 'user', 'assistant', 'tool'] as const;
export type ChatRole = (typeof chatRoles)[number];

export const chatMessageSchema = z.looseObject({
  role: z.enum(chatRoles).describe('Who speaks.'),
  content: z.string().describe('What is said.'),
});

/** Further keys (`name`, `tool_calls` …) reach the template as they are. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  readonly [key: string]: unknown;
}

export interface RenderChatOptions {
  /** End with the start of an assistant's turn. Default false. */
  readonly addGenerationPrompt?: boolean;
  readonly bos_token?: string;
  readonly eos_token?: string;
  readonly pad_token?: string;
  readonly unk_token?: string;
  /** Further variables of the template, e.g. `tools`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Compiled templates; a process meets a handful. */
const compiled = new Map<string, Template>();

/**
 * Renders messages.
 * @throws AthanorError('bad-input') for no messages, an unknown role, content that is no string, or what the
 *   template itself refuses; ('bad-file') for a template that is not valid Jinja
 */
export function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  options: RenderChatOptions = {},
): string {
  checkMessages(messages);
  return renderMessages(template, messages, options);
}

/** As `renderChat`, for messages that were checked already; here none is allowed: the text before the first. */
export function renderMessages(
  template: string,
  messages: readonly ChatMessage[],
  options: RenderChatOptions = {},
): string {
  const { addGenerationPrompt = false, variables, ...tokens } = options;
  const program = compile(template);
  try {
    return program.render({ ...variables, ...tokens, messages, add_generation_prompt: addGenerationPrompt });
  } catch (cause) {
    throw new AthanorError('bad-input', `the chat template refused the messages: ${(cause as Error).message}`, {
      place: 'messages',
      cause,
    });
  }
}

function compile(template: string): Template {
  const known = compiled.get(template);
  if (known) return known;
  try {
    const program = new Template(template);
    if (compiled.size >= 32) compiled.clear();
    compiled.set(template, program);
    return program;
  } catch (cause) {
    throw new AthanorError('bad-file', `the chat template is not valid Jinja: ${(cause as Error).message}`, {
      place: 'chat_template',
      cause,
    });
  }
}

/** @throws AthanorError('bad-input') naming the message */
export function checkMessages(messages: readonly ChatMessage[]): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new AthanorError('bad-input', 'messages: expected at least one message', { place: 'messages' });
  }
  for (const [i, message] of messages.entries() as IterableIterator<[number, ChatMessage]>) {
    const place = `messages[${i}]`;
    if (!chatRoles.some((role) => role === message?.role)) {
      const error = unknownName('role', String(message?.role), chatRoles);
      throw new AthanorError('bad-input', `${place}.role: ${error.message}`, {
        place: `${place}.role`,
        hint: error.hint,
        values: error.values,
      });
    }
    if (typeof message.content !== 'string') {
      throw new AthanorError(
        'bad-input',
        `${place}.content: expected a string, found ${JSON.stringify(message.content) ?? 'nothing'}`,
        { place: `${place}.content` },
      );
    }
  }
}
