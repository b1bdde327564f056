/**
 * Pairs of documentation and code from the units of `split-functions`: as chat documents (`meta.messages`), or as fields
 * (`meta.docstring`, `meta.code`, the text becomes the code). The code is without the documentation.
 * Origin: CodeSearchNet (Husain et al. 2019, §2.1): documentation is cut to its first paragraph, pairs with less than 3
 * words of it are dropped; as instructions: OctoPack (Muennighoff et al. 2023) and HumanEvalExplain's two directions.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { pairMessages } from '../../annotation/instructions.ts';
import { type Document, fieldOf } from '../../document.ts';
import { hashOrder } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';
import { splitParagraphs } from '../../text/lines.ts';
import { countWords } from '../../text/words.ts';

export const docstringPairs = defineStep({
  name: 'docstring-pairs',
  kind: 'code',
  version: 1,
  config: z.strictObject({
    as: z.enum(['messages', 'fields']).default('messages').describe('Chat documents, or fields of meta'),
    direction: z
      .enum(['docstring-to-code', 'code-to-docstring', 'both'])
      .default('docstring-to-code')
      .describe('What is asked for; `both` makes two documents, `<id>#code` and `<id>#docstring`'),
    first_paragraph: z.boolean().default(true).describe('Keep only the first paragraph of the documentation'),
    min_words: z.int().min(1).default(3).describe('Shortest documentation, in words (Han characters count as words)'),
    fence: z.boolean().default(true).describe('Put code of chat documents into a Markdown fence with its language'),
    code_instructions: z
      .array(z.string().min(1))
      .min(1)
      .default(['Write the {programming_language} {kind} `{name}`.'])
      .describe('Requests for code; of several one is chosen by the id. `{name}` and so on are fields of meta'),
    docstring_instructions: z
      .array(z.string().min(1))
      .min(1)
      .default(['Describe what this {programming_language} {kind} does.'])
      .describe('Requests for documentation'),
  }),
  describe: ({ direction, as }) => `Documentation and code as ${as}, ${direction}`,
  each: (options, context) => (document) => {
    const { docstring, docstring_span: span } = document.meta;
    if (typeof docstring !== 'string' || docstring === '' || !isSpan(span, document.text.length)) {
      context.drop(document, 'no-docstring', 'it has no documentation from split-functions');
      return undefined;
    }
    const doc = options.first_paragraph ? (splitParagraphs(docstring)[0] ?? '') : docstring;
    const words = countWords(doc);
    if (words < options.min_words) {
      context.drop(document, 'short-docstring', `${words} words < ${options.min_words}`);
      return undefined;
    }
    const code = withoutSpan(document.text, span);
    if (code.trim() === '') {
      context.drop(document, 'no-code', 'there is nothing but documentation');
      return undefined;
    }
    const { docstring_span: _span, ...rest } = document.meta;
    if (options.as === 'fields') return { ...document, text: code, meta: { ...rest, docstring: doc, code } };
    const fenced = options.fence ? `\`\`\`${String(rest.programming_language ?? '')}\n${code}\n\`\`\`` : code;
    const pair = (direction: 'code' | 'docstring'): Document => {
      const list = direction === 'code' ? options.code_instructions : options.docstring_instructions;
      const index = hashOrder(list.length, context.seed, `${direction}\0${document.id}`)[0]!;
      const instruction = fill(list[index]!, document);
      const messages =
        direction === 'code'
          ? pairMessages({ instruction, input: doc, output: fenced })
          : pairMessages({ instruction, input: fenced, output: doc });
      const id = options.direction === 'both' ? `${document.id}#${direction}` : document.id;
      return { ...document, id, meta: { ...rest, docstring: doc, messages } };
    };
    if (options.direction === 'both') return [pair('code'), pair('docstring')];
    return pair(options.direction === 'docstring-to-code' ? 'code' : 'docstring');
  },
});

function isSpan(value: unknown, length: number): value is [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [start, end] = value as unknown[];
  return (
    Number.isInteger(start) &&
    Number.isInteger(end) &&
    0 <= Number(start) &&
    Number(start) < Number(end) &&
    Number(end) <= length
  );
}

/** Without the documentation, and without the line that it leaves empty. */
function withoutSpan(text: string, [start, end]: [number, number]): string {
  const before = text.slice(0, start);
  const after = text.slice(end);
  // No expressions that end in `$`: a long run of spaces inside would cost its square.
  let line = before.length;
  while (line > 0 && (before[line - 1] === ' ' || before[line - 1] === '\t')) line--;
  const ownLine = before[line - 1] === '\n';
  if (!/^[ \t]*(?:\n|$)/.test(after)) return (before + after.replace(/^\s+/, '')).trim();
  return (
    before.slice(0, ownLine ? line - 1 : line) + (ownLine ? after.replace(/^[ \t]*/, '') : after.replace(/^\s*\n/, ''))
  )
    .replace(/^\n+/, '')
    .trimEnd();
}

function fill(template: string, document: Document): string {
  return template.replace(/\{([\p{L}_][\p{L}\p{N}_]*)\}/gu, (_, field: string) => {
    const value = fieldOf(document, field);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new AthanorError(
      'bad-input',
      `docstring-pairs: the template needs '${field}', which '${document.id}' has not`,
      {
        hint: 'Fields that split-functions gives: name, kind, programming_language, path, start_line, end_line.',
      },
    );
  });
}
