/**
 * Label Studio's JSON: tasks with annotations and predictions, as its "JSON" export writes and its import reads. Spans of
 * type `labels`, relations, document labels (`choices`), answers, steps and evidence survive a round trip. Its editor
 * counts code points (`charsToCodePoints` in its selection tools), older exports count UTF-16 units: each region's own
 * `text` tells which. Other regions (images, audio) are counted and left out.
 */
import { z } from 'zod';
import { AthanorError, formatPath } from '../../core/index.ts';
import { fromCodePoints, toCodePoints } from './offsets.ts';
import type { Project } from './project.ts';
import { type AnnotatedDocument, annotationProblems, byPosition, emptyAnnotation, type Reasoning } from './schema.ts';

const regionSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  type: z.string(),
  from_name: z.string().optional(),
  to_name: z.string().optional(),
  from_id: z.string().optional(),
  to_id: z.string().optional(),
  labels: z.array(z.string()).optional(),
  score: z.number().nullish(),
  value: z
    .looseObject({
      // Older versions wrote offsets as strings.
      start: z.coerce.number().optional(),
      end: z.coerce.number().optional(),
      text: z.union([z.string(), z.array(z.string())]).nullish(),
      labels: z.array(z.string()).optional(),
      hypertextlabels: z.array(z.string()).optional(),
      choices: z.array(z.string()).optional(),
    })
    .optional(),
  meta: z.unknown().optional(),
});

const user = z.union([
  z.number(),
  z.string(),
  z.looseObject({ id: z.union([z.number(), z.string()]).optional(), email: z.string().optional() }),
]);

const taskSchema = z.looseObject({
  id: z.union([z.number(), z.string()]).optional(),
  data: z.record(z.string(), z.unknown()),
  annotations: z
    .array(
      z.looseObject({
        id: z.union([z.number(), z.string()]).optional(),
        completed_by: user.nullish(),
        result: z.array(regionSchema),
        was_cancelled: z.boolean().nullish(),
      }),
    )
    .default([]),
  predictions: z
    // The export may name predictions by number alone.
    .array(z.union([z.number(), z.looseObject({ model_version: z.string().nullish(), result: z.array(regionSchema) })]))
    .default([]),
});

type Region = z.output<typeof regionSchema>;

export interface LabelStudioOptions {
  /** The field of `data` that holds the text. */
  readonly textField?: string;
  /** Read predictions instead of annotations. */
  readonly predictions?: boolean;
}

export interface FromLabelStudio {
  /** One entry an annotation; a task without any gives its prediction, or nothing, without an annotator. */
  readonly documents: AnnotatedDocument[];
  /** Regions that were left out, by type. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Cancelled (skipped) annotations, left out too. */
  readonly cancelled: number;
}

/** Reads an export. @throws AthanorError('bad-file') naming the task and what was expected */
export function fromLabelStudio(content: string, place: string, options: LabelStudioOptions = {}): FromLabelStudio {
  const { textField = 'text' } = options;
  let value: unknown;
  try {
    value = JSON.parse(content.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new AthanorError('bad-file', `${place} is not valid JSON: ${(error as Error).message}`, {
      place,
      cause: error,
    });
  }
  const parsed = z.array(taskSchema).safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new AthanorError('bad-file', `${place}: ${formatPath(issue.path)}: ${issue.message}`, {
      place,
      hint: "Expected Label Studio's export format JSON (not JSON-MIN): a list of tasks with `data` and `annotations`.",
    });
  }
  const documents: AnnotatedDocument[] = [];
  const leftOut: Record<string, number> = {};
  let cancelled = 0;
  for (const [n, task] of parsed.data.entries()) {
    const at = `${place}: task ${task.id ?? n}`;
    const text = task.data[textField];
    if (typeof text !== 'string') {
      throw new AthanorError('bad-file', `${at}: data.${textField} is not a text`, {
        place: at,
        hint: `Name the field of \`data\` that holds the text. Fields: ${Object.keys(task.data).join(', ')}.`,
      });
    }
    const { [textField]: _text, id: ownId, ...rest } = task.data;
    const base = { id: typeof ownId === 'string' ? ownId : String(task.id ?? n), text, meta: rest };
    const before = documents.length;
    const add = (result: readonly Region[], annotator: string | undefined) =>
      documents.push(readResult(base, result, annotator, at, leftOut));
    if (options.predictions) {
      for (const one of task.predictions) if (typeof one !== 'number') add(one.result, one.model_version ?? undefined);
    } else {
      for (const one of task.annotations) {
        if (one.was_cancelled) cancelled++;
        else add(one.result, nameOf(one.completed_by));
      }
    }
    if (documents.length > before) continue;
    // Nobody has annotated: the first prediction is what is known (ours are written so), else nothing.
    const predicted = task.predictions.find((one) => typeof one !== 'number');
    if (predicted !== undefined) add(predicted.result, undefined);
    else documents.push({ ...emptyAnnotation, ...base });
  }
  return { documents, leftOut, cancelled };
}

function nameOf(by: z.output<typeof user> | null | undefined): string | undefined {
  if (by === null || by === undefined) return undefined;
  if (typeof by !== 'object') return String(by);
  return by.email || (by.id === undefined ? undefined : String(by.id));
}

type Base = Pick<AnnotatedDocument, 'id' | 'text' | 'meta'>;

function readResult(
  base: Base,
  result: readonly Region[],
  annotator: string | undefined,
  at: string,
  leftOut: Record<string, number>,
): AnnotatedDocument {
  const document: AnnotatedDocument = { ...base, annotator, entities: [], relations: [], reasoning: [], labels: [] };
  const answers = new Map<string, Reasoning>();
  const answerOf = (id: string): Reasoning => {
    const known = answers.get(id) ?? { id, answer: '', steps: [], evidence: [] };
    answers.set(id, known);
    return known;
  };
  for (const [i, region] of result.entries()) {
    const { type, value, from_name } = region;
    const labels = value?.labels ?? value?.hypertextlabels;
    // `<name>` or `<name>:<id>`; our own exports say which answer a region belongs to.
    const [field = '', owner = 'q1'] = (from_name ?? '').split(':');
    const texts = value?.text === undefined || value.text === null ? [] : [value.text].flat();
    if (type === 'relation' && region.from_id !== undefined && region.to_id !== undefined) {
      const ends = region.direction === 'left' ? [region.to_id, region.from_id] : [region.from_id, region.to_id];
      const id = `r${document.relations.length + 1}`;
      document.relations.push({ id, type: region.labels?.[0] ?? 'related', from: ends[0]!, to: ends[1]! });
    } else if (
      (type === 'labels' || type === 'hypertextlabels') &&
      value?.start !== undefined &&
      value.end !== undefined
    ) {
      const span = { start: value.start, end: value.end, ...(texts.length === 1 ? { text: texts[0]! } : {}) };
      if (field === 'evidence') answerOf(owner).evidence.push(span);
      else {
        const score =
          typeof region.score === 'number' && region.score >= 0 && region.score <= 1 ? { score: region.score } : {};
        // A region may carry several labels: one entity each, the first keeps the region's id.
        for (const [j, label] of (labels ?? []).entries())
          document.entities.push({
            id: `${region.id ?? `e${i + 1}`}${j === 0 ? '' : `/${j + 1}`}`,
            ...span,
            label,
            ...score,
          });
      }
    } else if (type === 'choices') document.labels.push(...(value?.choices ?? []));
    else if (type === 'textarea' && field === 'answer') answerOf(owner).answer = texts.join('\n');
    else if (type === 'textarea' && field === 'question') answerOf(owner).question = texts.join('\n');
    else if (type === 'textarea' && field === 'steps') answerOf(owner).steps.push(...texts);
    else leftOut[type] = (leftOut[type] ?? 0) + 1;
  }
  document.reasoning.push(...answers.values());
  const candidates = [fromCodePoints(document), document];
  const problems = candidates.map((one) => annotationProblems(one.text, one));
  const best = problems.findIndex((list) => list.length === 0);
  if (best < 0) {
    throw new AthanorError('bad-file', `${at}: ${problems[0]![0]}`, { place: at, values: { problems: problems[0] } });
  }
  const chosen = candidates[best]!;
  // Label Studio's own texts have line ends written as \n; ours are taken from the text again.
  return {
    ...chosen,
    entities: chosen.entities.map((one) => ({ ...one, text: one.text ?? chosen.text.slice(one.start, one.end) })),
  };
}

/** Names of the tags in the labelling config, as `labelStudioConfig` writes them. */
const LABEL = 'label';
const TEXT = 'text';

/**
 * Tasks for Label Studio: documents of one id become one task with an annotation each; documents without an annotator
 * become predictions (pre-annotations).
 */
export function toLabelStudio(documents: Iterable<AnnotatedDocument>): string {
  const tasks = new Map<string, { data: object; annotations: object[]; predictions: object[] }>();
  for (const original of documents) {
    const document = toCodePoints(original);
    const { id, text, meta, annotator } = document;
    const task = tasks.get(id) ?? { data: { ...meta, id, text }, annotations: [], predictions: [] };
    tasks.set(id, task);
    const result = resultOf(document, original);
    if (annotator !== undefined)
      task.annotations.push({ completed_by: { email: annotator }, result, was_cancelled: false });
    else if (result.length > 0) task.predictions.push({ model_version: 'athanor', result });
  }
  // Label Studio's own converter wants numbered tasks; our ids travel in the data.
  const numbered = [...tasks.values()].map((task, i) => ({ id: i + 1, ...task }));
  return `${JSON.stringify(numbered, null, 2)}\n`;
}

function resultOf(document: AnnotatedDocument, original: AnnotatedDocument): object[] {
  const covered = ({ start, end }: { start: number; end: number }) => original.text.slice(start, end);
  const region = (id: string, type: string, from_name: string, value: object) => ({
    id,
    type,
    from_name,
    to_name: TEXT,
    value,
  });
  const order = document.entities.map((entity, i) => ({ entity, text: covered(original.entities[i]!) }));
  order.sort((a, b) => byPosition(a.entity, b.entity));
  const result: object[] = order.map(({ entity: { id, start, end, label, score }, text }) => ({
    ...region(id, 'labels', LABEL, { start, end, text, labels: [label] }),
    ...(score === undefined ? {} : { score }),
  }));
  for (const { type, from, to } of document.relations)
    result.push({ type: 'relation', from_id: from, to_id: to, direction: 'right', labels: [type] });
  if (document.labels.length > 0) result.push(region('labels', 'choices', 'document', { choices: document.labels }));
  for (const [n, { id, question, answer, steps, evidence }] of document.reasoning.entries()) {
    const write = (name: string, text: readonly string[]) =>
      result.push(region(`${id}-${name}`, 'textarea', `${name}:${id}`, { text }));
    if (question !== undefined) write('question', [question]);
    write('answer', [answer]);
    if (steps.length > 0) write('steps', steps);
    for (const [i, { start, end }] of evidence.entries()) {
      const text = covered(original.reasoning[n]!.evidence[i]!);
      result.push(
        region(`${id}-evidence-${i + 1}`, 'labels', `evidence:${id}`, { start, end, text, labels: ['evidence'] }),
      );
    }
  }
  return result;
}

/** The labelling config (XML) that shows a project's tasks in Label Studio. */
export function labelStudioConfig(project: Project): string {
  const quote = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = ['<View>', `  <Labels name="${LABEL}" toName="${TEXT}">`];
  for (const { name, colour, hotkey, description } of project.labels) {
    const colours = colour ? ` background="${colour}"` : '';
    const key = hotkey ? ` hotkey="${quote(hotkey)}"` : '';
    const hint = description ? ` hint="${quote(description)}"` : '';
    lines.push(`    <Label value="${quote(name)}"${colours}${key}${hint}/>`);
  }
  lines.push('  </Labels>');
  if (project.relations.length > 0) {
    lines.push(
      '  <Relations>',
      ...project.relations.map(({ name }) => `    <Relation value="${quote(name)}"/>`),
      '  </Relations>',
    );
  }
  if (project.document_labels.length > 0) {
    lines.push(`  <Choices name="document" toName="${TEXT}" choice="multiple">`);
    lines.push(...project.document_labels.map(({ name }) => `    <Choice value="${quote(name)}"/>`), '  </Choices>');
  }
  lines.push(`  <Text name="${TEXT}" value="$text"/>`);
  if (project.reasoning) {
    for (const name of ['question', 'answer', 'steps']) lines.push(`  <TextArea name="${name}" toName="${TEXT}"/>`);
    lines.push(`  <Labels name="evidence" toName="${TEXT}"><Label value="evidence"/></Labels>`);
  }
  return `${[...lines, '</View>'].join('\n')}\n`;
}
