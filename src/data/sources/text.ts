/**
 * Plain text files (UTF-8, plain or gzip). A document is a whole file, a line, or a block between blank lines.
 */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { openUnpacked } from '../../core/node.ts';
import type { Document } from '../document.ts';
import { badLineDetail, describeFiles, type FoundFile, findFiles, readLines } from '../lines.ts';
import {
  commonSourceFields,
  defineSource,
  handleBadInput,
  onErrorField,
  pathField,
  type SourceContext,
} from '../source.ts';

const config = z.strictObject({
  path: pathField,
  unit: z
    .enum(['file', 'line', 'block'])
    .default('file')
    .describe('What one document is: a whole file, a line, or a block of lines between blank lines'),
  max_document_bytes: z
    .int()
    .positive()
    .default(256 << 20)
    .describe('A longer document is bad input'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

export const text = defineSource({
  name: 'text',
  version: 1,
  config,
  inputs: ({ path }, { baseDir }) => ({ files: describeFiles(findFiles(path, baseDir)), parents: [] }),
  async *read(options, context) {
    for (const file of findFiles(options.path, context.baseDir)) {
      if (options.unit === 'file') yield* readWhole(file, options, context);
      else yield* readPieces(file, options, context);
    }
  },
});

async function* readWhole(file: FoundFile, options: Options, context: SourceContext): AsyncGenerator<Document> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of openUnpacked(file.path).chunks) {
    length += chunk.length;
    if (length > options.max_document_bytes) {
      const detail = `the file is longer than ${options.max_document_bytes} bytes; try \`unit: line\` or \`unit: block\``;
      return handleBadInput({ place: file.name, reason: 'document-too-long', detail }, options.on_error, context);
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) {
    const place = `${file.name}:${firstBadLine(bytes)}`;
    const detail = 'the line is not valid UTF-8';
    return handleBadInput({ place, reason: 'not-utf8', detail, raw: bytes }, options.on_error, context);
  }
  yield { id: file.name, text: bytes.toString('utf8').replace(/^\uFEFF/, ''), meta: {} };
}

/** The number of the first line that is not UTF-8 (no UTF-8 sequence holds the byte 10, so lines can be checked alone). */
function firstBadLine(bytes: Buffer): number {
  let start = 0;
  for (let number = 1; ; number++) {
    const end = bytes.indexOf(10, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return number;
    start = end + 1;
  }
}

async function* readPieces(file: FoundFile, options: Options, context: SourceContext): AsyncGenerator<Document> {
  const limit = options.max_document_bytes;
  let block: string[] = [];
  let blockStart = 0;
  let blockLength = 0;
  const takeBlock = (): Document[] => {
    if (block.length === 0) return [];
    const document = { id: `${file.name}:${blockStart}`, text: block.join('\n'), meta: {} };
    block = [];
    blockLength = 0;
    return [document];
  };
  for await (const lines of readLines(file.path, limit)) {
    for (const line of lines) {
      const place = `${file.name}:${line.number}`;
      if (line.text === undefined) {
        const reason = line.bad ?? 'not-utf8';
        const raw = line.bytes ?? new Uint8Array();
        handleBadInput({ place, reason, detail: badLineDetail(reason, limit), raw }, options.on_error, context);
      } else if (options.unit === 'line') {
        if (line.text.trim() !== '') yield { id: place, text: line.text, meta: {} };
      } else if (line.text.trim() === '') yield* takeBlock();
      else {
        if (block.length === 0) blockStart = line.number;
        blockLength += line.text.length + 1;
        if (blockLength > limit) {
          const detail = `the block that begins at line ${blockStart} is longer than ${limit} bytes`;
          handleBadInput({ place, reason: 'document-too-long', detail }, options.on_error, context);
          block = [];
          blockLength = 0;
        } else block.push(line.text);
      }
    }
  }
  yield* takeBlock();
}
