/** Reading and writing annotated documents in any of the formats, by name or by a file's extension. */
import { AthanorError, unknownName } from '../../core/index.ts';
import { fromConll, toConll } from './conll.ts';
import { fromJsonl, toJsonl } from './jsonl.ts';
import { fromLabelStudio, toLabelStudio } from './label-studio.ts';
import type { OffsetUnit } from './offsets.ts';
import type { AnnotatedDocument } from './schema.ts';

export const annotationFormats = ['jsonl', 'conll-2', 'conll-4', 'multihead', 'label-studio'] as const;
export type AnnotationFormat = (typeof annotationFormats)[number];

/** The format by name, else by extension: `.jsonl`, `.json` (Label Studio), `.conll`, `.bio`, `.tsv`. */
export function annotationFormat(name: string | undefined, path: string): AnnotationFormat {
  if (name !== undefined) {
    const known = annotationFormats.find((one) => one === name);
    if (known === undefined) throw unknownName('annotation format', name, annotationFormats);
    return known;
  }
  if (/\.jsonl$/.test(path)) return 'jsonl';
  if (/\.json$/.test(path)) return 'label-studio';
  if (/\.(?:conll|bio|tsv)$/.test(path)) return 'conll-2';
  throw new AthanorError('bad-input', `the format of ${path} is not known by its name`, {
    place: path,
    hint: `Name one: ${annotationFormats.join(', ')}.`,
  });
}

/** @param texts of the documents, in order: puts the tokens of CoNLL files back onto them */
export function readAnnotations(
  content: string,
  format: AnnotationFormat,
  place: string,
  { offsets, texts }: { readonly offsets?: OffsetUnit; readonly texts?: readonly string[] } = {},
): AnnotatedDocument[] {
  if (format === 'jsonl') return fromJsonl(content, place, offsets);
  return format === 'label-studio' ? fromLabelStudio(content, place).documents : fromConll(content, place, texts);
}

export interface WrittenAnnotations {
  readonly text: string;
  /** Entities that the format could not hold. */
  readonly lost: number;
}

export function writeAnnotations(
  documents: readonly AnnotatedDocument[],
  format: AnnotationFormat,
  { offsets }: { readonly offsets?: OffsetUnit } = {},
): WrittenAnnotations {
  if (format === 'jsonl') return { text: toJsonl(documents, offsets), lost: 0 };
  if (format === 'label-studio') return { text: toLabelStudio(documents), lost: 0 };
  const { text, losses } = toConll(documents, format);
  return { text, lost: losses.reduce((n, { entities }) => n + entities.length, 0) };
}
