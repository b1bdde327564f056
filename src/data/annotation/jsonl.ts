/** Annotated documents as JSONL, one a line; reading and writing in code points for tools that count like Python. */
import { AthanorError } from '../../core/index.ts';
import { fromCodePoints, type OffsetUnit, toCodePoints } from './offsets.ts';
import { type AnnotatedDocument, annotatedDocumentSchema, parseAnnotatedDocument } from './schema.ts';

export function toJsonl(documents: Iterable<AnnotatedDocument>, offsets: OffsetUnit = 'utf16'): string {
  let text = '';
  for (const document of documents)
    text += `${JSON.stringify(offsets === 'code-points' ? toCodePoints(document) : document)}\n`;
  return text;
}

/** @throws AthanorError('bad-file') naming file, line and field */
export function fromJsonl(content: string, place: string, offsets: OffsetUnit = 'utf16'): AnnotatedDocument[] {
  const documents: AnnotatedDocument[] = [];
  for (const [i, line] of content
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const at = `${place}:${i + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw new AthanorError('bad-file', `${at}: not valid JSON: ${(error as Error).message}`, {
        place: at,
        cause: error,
      });
    }
    if (offsets === 'code-points') {
      const parsed = annotatedDocumentSchema.safeParse(value);
      if (parsed.success) value = fromCodePoints(parsed.data);
    }
    documents.push(parseAnnotatedDocument(value, at));
  }
  return documents;
}
