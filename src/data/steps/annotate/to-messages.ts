/**
 * Makes chat documents: `meta.messages` from templates, chosen for each document by a seeded hash of its id.
 * `{name}` stands for `text`, `id` or a field of meta. Origin: instruction templates of FLAN (Wei et al. 2021, §2.1:
 * several templates a task). Text stays as it was, so splits and deduplication still go by the content.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { type Document, fieldOf, type Message } from '../../document.ts';
import { hashOrder } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';

const config = z.strictObject({
  user: z
    .union([z.string(), z.array(z.string()).min(1)])
    .describe('What the user says, e.g. `以《{title}》为题写一首{form}`; of several templates one is chosen'),
  assistant: z.string().default('{text}').describe('What the assistant answers'),
  system: z.string().optional().describe('System message before both'),
  copies: z.int().min(1).default(1).describe('Chat documents from one document, each with another user template'),
});

export const toMessages = defineStep({
  name: 'to-messages',
  kind: 'annotate',
  version: 1,
  config,
  describe: ({ user, copies }) =>
    `Chat documents from ${typeof user === 'string' ? 1 : user.length} templates, ${copies} each`,
  each(options, context) {
    const templates = typeof options.user === 'string' ? [options.user] : options.user;
    if (options.copies > templates.length) {
      throw new AthanorError(
        'bad-input',
        `to-messages: ${options.copies} copies need as many user templates, there are ${templates.length}`,
      );
    }
    return (document) => {
      const needed = [...templates, options.assistant, options.system ?? ''].flatMap(placeholders);
      const missing = needed.find((field) => !isWritable(fieldOf(document, field)));
      if (missing !== undefined) {
        context.drop(document, 'missing-field', `it has no '${missing}'`);
        return undefined;
      }
      const order = hashOrder(templates.length, context.seed, document.id);
      const made = order.slice(0, options.copies).map((index, copy): Document => {
        const messages: Message[] = [
          { role: 'user', content: fill(templates[index]!, document) },
          { role: 'assistant', content: fill(options.assistant, document) },
        ];
        if (options.system !== undefined) messages.unshift({ role: 'system', content: fill(options.system, document) });
        const id = options.copies === 1 ? document.id : `${document.id}#${copy + 1}`;
        return { ...document, id, meta: { ...document.meta, messages } };
      });
      return made.length === 1 ? made[0] : made;
    };
  },
});

const PLACEHOLDER = /\{([\p{L}_][\p{L}\p{N}_]*)\}/gu;

function placeholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1]!);
}

function isWritable(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

function fill(template: string, document: Document): string {
  return template.replace(PLACEHOLDER, (_, field: string) => String(fieldOf(document, field)));
}
