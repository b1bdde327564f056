/**
 * Plain text files, also gzipped. A document is a whole file, a line, or a block between blank lines. Whole files that are
 * not UTF-8 (GBK, Big5, windows-1252, …) are decoded by their detected charset, which goes to `meta.charset`.
 */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Document } from '../document.ts';
import {
  badLineDetail,
  type FoundFile,
  fileInputs,
  findFiles,
  groupFiles,
  type Line,
  type LineBlock,
  linesOf,
  readLineBlocks,
  readLines,
} from '../lines.ts';
import {
  commonSourceFields,
  defineSource,
  handleBadInput,
  onErrorField,
  pathField,
  type SourceContext,
} from '../source.ts';
import { readWholeFile } from './whole-files.ts';

const config = z.strictObject({
  path: pathField,
  unit: z
    .enum(['file', 'line', 'block'])
    .default('file')
    .describe('What one document is: a whole file, a line, or a block of lines between blank lines'),
  charset: z
    .string()
    .optional()
    .describe('`unit: file`: charset of files that are not UTF-8 (any label); default: detected. Lines must be UTF-8'),
  max_document_bytes: z
    .int()
    .positive()
    .default(256 << 20)
    .describe('A longer document is bad input'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;
type Unit = { readonly name: string; readonly block: LineBlock } | { readonly files: readonly FoundFile[] };

export const text = defineSource({
  name: 'text',
  version: 2,
  config,
  inputs: fileInputs,
  async *units({ path, unit, max_document_bytes }, { baseDir }): AsyncGenerator<Unit> {
    const files = findFiles(path, baseDir);
    if (unit === 'file') for (const group of groupFiles(files)) yield { files: group };
    else if (unit === 'block') for (const file of files) yield { files: [file] };
    else
      for (const { name, path: from } of files)
        for await (const block of readLineBlocks(from, max_document_bytes)) yield { name, block };
  },
  async *read(unit, options, context) {
    if ('block' in unit) {
      for (const line of linesOf(unit.block, options.max_document_bytes))
        yield* readLine(unit.name, line, options, context);
      return;
    }
    for (const file of unit.files)
      yield* options.unit === 'file' ? readWhole(file, options, context) : readBlocks(file, options, context);
  },
});

function* readLine(name: string, line: Line, options: Options, context: SourceContext): Generator<Document> {
  const place = `${name}:${line.number}`;
  if (line.text === undefined) rejectLine(line, place, options, context);
  else if (line.text.trim() !== '') yield { id: place, text: line.text, meta: {} };
}

function rejectLine({ bad, bytes }: Line, place: string, options: Options, context: SourceContext): void {
  const reason = bad ?? 'not-utf8';
  const detail = badLineDetail(reason, options.max_document_bytes);
  handleBadInput({ place, reason, detail, raw: bytes ?? new Uint8Array(), damaged: true }, options.on_error, context);
}

async function* readWhole(file: FoundFile, options: Options, context: SourceContext): AsyncGenerator<Document> {
  const advice = '; try `unit: line` or `unit: block`';
  const bytes = await readWholeFile(file, options.max_document_bytes, options.on_error, context, advice);
  if (bytes === undefined) return;
  if (isUtf8(bytes)) {
    yield { id: file.name, text: bytes.toString('utf8').replace(/^\uFEFF/, ''), meta: {} };
    return;
  }
  const { decodeText } = await import('../charset/index.ts');
  const { text, charset, damaged } = decodeText(bytes, { declared: options.charset });
  if (damaged <= text.length * mostDamaged) {
    yield { id: file.name, text, meta: { charset } };
    return;
  }
  const place = `${file.name}:${firstBadLine(bytes)}`;
  const detail = `the line is not valid UTF-8, and ${damaged} characters of the file are not ${charset} either`;
  handleBadInput({ place, reason: 'not-utf8', detail, raw: bytes, damaged: true }, options.on_error, context);
}

/** A larger share of undecodable characters says that the file is no text. */
const mostDamaged = 0.05;

/** The number of the first line that is not UTF-8 (no UTF-8 sequence holds the byte 10, so lines can be checked alone). */
function firstBadLine(bytes: Buffer): number {
  let start = 0;
  for (let number = 1; ; number++) {
    const end = bytes.indexOf(10, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return number;
    start = end + 1;
  }
}

async function* readBlocks(file: FoundFile, options: Options, context: SourceContext): AsyncGenerator<Document> {
  const limit = options.max_document_bytes;
  let block: string[] = [];
  let blockStart = 0;
  let blockLength = 0;
  const endBlock = (): Document[] => {
    const document = { id: `${file.name}:${blockStart}`, text: block.join('\n'), meta: {} };
    const isWhole = blockLength > 0 && blockLength <= limit;
    block = [];
    blockLength = 0;
    return isWhole ? [document] : [];
  };
  for await (const lines of readLines(file.path, limit)) {
    for (const line of lines) {
      const place = `${file.name}:${line.number}`;
      if (line.text === undefined) rejectLine(line, place, options, context);
      else if (line.text.trim() === '') yield* endBlock();
      else if (blockLength <= limit) {
        if (blockLength === 0) blockStart = line.number;
        blockLength += line.text.length + 1;
        if (blockLength <= limit) block.push(line.text);
        else {
          // Its end goes with it.
          block = [];
          const detail = `the block that begins at line ${blockStart} is longer than ${limit} bytes`;
          handleBadInput({ place, reason: 'document-too-long', detail, damaged: true }, options.on_error, context);
        }
      }
    }
  }
  yield* endBlock();
}
