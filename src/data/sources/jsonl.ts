/**
 * JSON Lines, plain or gzip: one JSON object a line (jsonlines.org). Blank lines are allowed and mean nothing.
 * An object without text but with `messages: [{ role, content }, …]` (the chat form of OpenAI and Hugging Face) becomes
 * a chat document whose text is its contents.
 */
import { z } from 'zod';
import type { Document } from '../document.ts';
import { badLineDetail, fileInputs, findFiles, type Line, type LineBlock, linesOf, readLineBlocks } from '../lines.ts';
import { recordFields, recordToDocument } from '../records.ts';
import {
  type BadInput,
  commonSourceFields,
  defineSource,
  handleBadInput,
  onErrorField,
  pathField,
  type SourceContext,
} from '../source.ts';

const config = z.strictObject({
  path: pathField,
  ...recordFields,
  max_line_bytes: z
    .int()
    .positive()
    .default(64 << 20)
    .describe('A longer line is bad input'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = Omit<z.output<typeof config>, 'path'>;

export const jsonl = defineSource({
  name: 'jsonl',
  version: 1,
  config,
  inputs: fileInputs,
  async *units({ path, max_line_bytes }, { baseDir }) {
    for (const file of findFiles(path, baseDir))
      for await (const block of readLineBlocks(file.path, max_line_bytes)) yield { name: file.name, ...block };
  },
  read: (unit, options, context) => readJsonLines(unit, unit.name, options, context),
});

/** The documents of a block of lines. @param name of the file, for ids and reports */
export function* readJsonLines(
  block: LineBlock,
  name: string,
  options: Options,
  context: SourceContext,
): Generator<Document> {
  for (const line of linesOf(block, options.max_line_bytes)) {
    if (line.text?.trim() === '') continue;
    const result = parseLine(line, `${name}:${line.number}`, options);
    if ('reason' in result) handleBadInput(result, options.on_error, context);
    else yield result;
  }
}

function parseLine(line: Line, place: string, options: Options): Document | BadInput {
  if (line.text === undefined) {
    const bad = line.bad ?? 'not-utf8';
    const detail = badLineDetail(bad, options.max_line_bytes);
    return { place, reason: bad, detail, raw: line.bytes ?? new Uint8Array(), damaged: true };
  }
  let record: unknown;
  try {
    record = JSON.parse(line.text);
  } catch (error) {
    const detail = `not valid JSON: ${(error as Error).message}`;
    return { place, reason: 'malformed-json', detail, raw: Buffer.from(line.text) };
  }
  return recordToDocument(record, place, options);
}
