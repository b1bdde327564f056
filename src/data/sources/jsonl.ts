/**
 * JSON Lines, plain or gzip: one JSON object a line (jsonlines.org). Blank lines are allowed and mean nothing.
 * An object without text but with `messages: [{ role, content }, …]` (the chat form of OpenAI and Hugging Face) becomes
 * a chat document whose text is its contents.
 */
import { z } from 'zod';
import type { Document } from '../document.ts';
import { badLineDetail, describeFiles, findFiles, type Line, linesOf, readLineBlocks } from '../lines.ts';
import { type BadInput, commonSourceFields, defineSource, handleBadInput, onErrorField, pathField } from '../source.ts';

const config = z.strictObject({
  path: pathField,
  text: z.string().default('text').describe('Name of the field that holds the text'),
  id: z.string().default('id').describe('Name of the field that holds the id; without it the id is `file:line`'),
  meta: z.array(z.string()).optional().describe('Fields to keep in meta; default: all others'),
  max_line_bytes: z
    .int()
    .positive()
    .default(64 << 20)
    .describe('A longer line is bad input'),
  on_error: onErrorField,
  ...commonSourceFields,
});

const messages = z.array(z.looseObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1);

export const jsonl = defineSource({
  name: 'jsonl',
  version: 1,
  config,
  inputs: ({ path }, { baseDir }) => ({ files: describeFiles(findFiles(path, baseDir)), parents: [] }),
  async *units({ path, max_line_bytes }, { baseDir }) {
    for (const file of findFiles(path, baseDir))
      for await (const block of readLineBlocks(file.path, max_line_bytes)) yield { name: file.name, ...block };
  },
  *read(unit, options, context) {
    for (const line of linesOf(unit, options.max_line_bytes)) {
      if (line.text?.trim() === '') continue;
      const result = parseLine(line, `${unit.name}:${line.number}`, options);
      if ('reason' in result) handleBadInput(result, options.on_error, context);
      else yield result;
    }
  },
});

function parseLine(line: Line, place: string, options: z.output<typeof config>): Document | BadInput {
  if (line.text === undefined) {
    const bad = line.bad ?? 'not-utf8';
    return {
      place,
      reason: bad,
      detail: badLineDetail(bad, options.max_line_bytes),
      raw: line.bytes ?? new Uint8Array(),
      damaged: true,
    };
  }
  const bad = (reason: string, detail: string): BadInput => ({
    place,
    reason,
    detail,
    raw: Buffer.from(line.text ?? ''),
  });
  let record: unknown;
  try {
    record = JSON.parse(line.text);
  } catch (error) {
    return bad('malformed-json', `not valid JSON: ${(error as Error).message}`);
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return bad('not-an-object', 'expected a JSON object');
  }
  return toDocument(record as Record<string, unknown>, place, options, bad);
}

function toDocument(
  record: Record<string, unknown>,
  place: string,
  options: z.output<typeof config>,
  bad: (reason: string, detail: string) => BadInput,
): Document | BadInput {
  const { [options.text]: field, [options.id]: id, ...rest } = record;
  let text = field;
  if (text === undefined && record.messages !== undefined) {
    const chat = messages.safeParse(record.messages);
    if (!chat.success)
      return bad('bad-messages', "'messages' must be a list of { role: system|user|assistant, content: string }");
    text = chat.data.map(({ content }) => content).join('\n');
  }
  if (typeof text !== 'string') {
    return bad(
      'no-text',
      `field '${options.text}' must be a string, found ${text === undefined ? 'nothing' : JSON.stringify(text).slice(0, 80)}`,
    );
  }
  return {
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : place,
    text,
    meta: options.meta
      ? Object.fromEntries(options.meta.filter((key) => key in record).map((key) => [key, record[key]]))
      : flatten(rest),
  };
}

/** Our own exports (`{ id, text, meta }`) read back as they were. */
function flatten(rest: Record<string, unknown>): Record<string, unknown> {
  const { meta, ...others } = rest;
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) return rest;
  return { ...(meta as Record<string, unknown>), ...others };
}
