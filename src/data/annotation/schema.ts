/**
 * What annotators say about a document, in two layers: entities and relations (level 1), reasoning and evidence
 * (level 2). Offsets are UTF-16 code units of `text`, as JavaScript counts; `offsets.ts` turns them into code points for
 * Python and Label Studio. Plain data; knows no file format.
 */
import { z } from 'zod';
import { AthanorError, formatPath } from '../../core/index.ts';

const offset = z.int().min(0);

export const spanSchema = z.object({
  start: offset.describe('First character, in UTF-16 code units of the text'),
  end: offset.describe('One past the last character'),
});

export const entitySchema = spanSchema.extend({
  id: z.string().min(1).describe('Unique in the document; relations point at it'),
  label: z.string().min(1).describe('Type of the entity, a label of the project'),
  /** The covered text, for people and as a check on the offsets. */
  text: z.string().optional().describe('The covered text; checked where given'),
  source: z.string().optional().describe('Who marked it: a rule, a dictionary, a model'),
  score: z.number().min(0).max(1).optional().describe('How sure the source is, from 0 to 1'),
});

export const relationSchema = z.object({
  id: z.string().min(1).describe('Unique in the document'),
  type: z.string().min(1).describe('Type of the relation, as in the project'),
  from: z.string().min(1).describe('Id of the entity that the relation starts at'),
  to: z.string().min(1).describe('Id of the entity that the relation points to'),
});

export const evidenceSchema = spanSchema.extend({ text: z.string().optional().describe('The covered text') });

export const reasoningSchema = z.object({
  id: z.string().min(1).describe('Unique in the document'),
  question: z.string().optional().describe('What is asked of the document'),
  answer: z.string().describe('The answer'),
  steps: z.array(z.string()).default([]).describe('How the answer follows, a step an entry'),
  evidence: z.array(evidenceSchema).default([]).describe('Where the document says so'),
});

/** All that one annotator says about one document. */
export const annotationSchema = z.object({
  entities: z.array(entitySchema).default([]).describe('Level 1: marked spans'),
  relations: z.array(relationSchema).default([]).describe('Level 1: relations between entities'),
  reasoning: z.array(reasoningSchema).default([]).describe('Level 2: answers with steps and evidence'),
  /** Labels of the document as a whole. */
  labels: z.array(z.string()).default([]).describe('Labels of the document as a whole'),
});

/** A document with one annotation: a line of the JSONL exchange format. */
export const annotatedDocumentSchema = annotationSchema.extend({
  id: z.string().min(1).describe('The document’s id'),
  text: z.string().describe('The document’s text'),
  annotator: z.string().optional().describe('Who annotated; none for pre-annotations and adjudicated ones'),
  meta: z.record(z.string(), z.unknown()).default({}).describe('What else is known about the document'),
});

export type Span = z.output<typeof spanSchema>;
export type Entity = z.output<typeof entitySchema>;
export type Relation = z.output<typeof relationSchema>;
export type Reasoning = z.output<typeof reasoningSchema>;
export type Annotation = z.output<typeof annotationSchema>;
export type AnnotatedDocument = z.output<typeof annotatedDocumentSchema>;

/** What does not fit together in an annotation of `text`: offsets, covered texts, ids. Empty when all is well. */
export function annotationProblems(text: string, annotation: Annotation): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const checkSpan = (what: string, { start, end, text: covered }: Span & { text?: string | undefined }) => {
    if (end <= start || end > text.length)
      problems.push(`${what}: [${start}, ${end}) lies outside the text of ${text.length} units`);
    else if (covered !== undefined && covered !== text.slice(start, end))
      problems.push(`${what}: [${start}, ${end}) covers '${text.slice(start, end)}', not '${covered}'`);
  };
  for (const entity of annotation.entities) {
    if (ids.has(entity.id)) problems.push(`entity '${entity.id}': the id occurs twice`);
    ids.add(entity.id);
    checkSpan(`entity '${entity.id}'`, entity);
  }
  for (const { id, from, to } of annotation.relations) {
    const missing = [from, to].find((end) => !ids.has(end));
    if (missing !== undefined) problems.push(`relation '${id}': there is no entity '${missing}'`);
  }
  for (const { id, evidence } of annotation.reasoning)
    for (const span of evidence) checkSpan(`reasoning '${id}': evidence`, span);
  return problems;
}

/** Parses one annotated document. @throws AthanorError('bad-file') naming the place and everything that is wrong */
export function parseAnnotatedDocument(value: unknown, place: string): AnnotatedDocument {
  const result = annotatedDocumentSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw new AthanorError('bad-file', `${place}: ${formatPath(issue.path)}: ${issue.message}`, {
      place,
      values: { issues: result.error.issues },
    });
  }
  const problems = annotationProblems(result.data.text, result.data);
  if (problems.length > 0) {
    throw new AthanorError('bad-file', `${place}: ${problems[0]}`, {
      place,
      hint: 'Offsets are UTF-16 code units; files whose offsets are code points need `offsets: code-points`.',
      values: { problems },
    });
  }
  return result.data;
}

/** An annotation that says nothing. */
export const emptyAnnotation: Annotation = { entities: [], relations: [], reasoning: [], labels: [] };

/** Sorted by where they begin, longer ones first; the order of every export. */
export function byPosition(a: Span, b: Span): number {
  return a.start - b.start || b.end - a.end;
}
