/**
 * The project file of an annotation: what may be marked, how (guidelines), by whom, and how disagreements end. YAML, so
 * that guidelines and labels are versioned beside the data. Used by pre-annotation, checks, exports and later by the
 * labelling page.
 */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { AthanorError, nearest, parse } from '../../core/index.ts';
import { readText } from '../../core/node.ts';
import type { Annotation } from './schema.ts';

const name = z
  .string()
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_./-]*$/u, 'expected letters, digits, `_`, `.`, `/` and `-`: it stands in BIO tags');

const labelSchema = z.strictObject({
  name: name.describe('Name of the label, e.g. `PER`'),
  description: z.string().default('').describe('What is marked with it, one or two sentences; models are told this'),
  colour: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'expected a colour such as #3b82f6')
    .optional()
    .describe('Colour on the labelling page, `#rrggbb`'),
  hotkey: z.string().length(1).optional().describe('Key that marks with it'),
  examples: z.array(z.string()).default([]).describe('Spans that carry the label'),
});

const relationTypeSchema = z.strictObject({
  name: name.describe('Name of the relation, e.g. `works-for`'),
  description: z.string().default('').describe('When it holds'),
  from: z.array(z.string()).default([]).describe('Labels that it may start at; empty: any'),
  to: z.array(z.string()).default([]).describe('Labels that it may point to; empty: any'),
});

export const adjudicationSchema = z.strictObject({
  rule: z
    .enum(['majority', 'unanimous', 'reviewer'])
    .default('majority')
    .describe('`majority`: what more than half say; `unanimous`: what all say; `reviewer`: what the reviewer says'),
  reviewer: z.string().optional().describe('Annotator whose word decides, for `reviewer`'),
});

export const projectSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the project'),
  language: z.string().optional().describe('Language of the documents (BCP-47), e.g. `zh-Hans`'),
  guidelines: z.string().default('').describe('How to annotate, in Markdown'),
  labels: z.array(labelSchema).default([]).describe('Level 1: types of entities'),
  relations: z.array(relationTypeSchema).default([]).describe('Level 1: types of relations'),
  document_labels: z.array(labelSchema).default([]).describe('Labels of a document as a whole'),
  reasoning: z.boolean().default(false).describe('Level 2: whether answers, steps and evidence are asked for'),
  annotators: z.array(z.string()).default([]).describe('Who annotates; empty: anybody'),
  adjudication: adjudicationSchema.default({ rule: 'majority' }).describe('How disagreements end'),
});

export type Project = z.output<typeof projectSchema>;

/** Reads a project file. @throws AthanorError naming the file, the field and what was expected */
export function readProject(path: string): Project {
  return parseProject(readText(path), path);
}

export function parseProject(yaml: string, place: string): Project {
  const document = parseDocument(yaml);
  const problem = document.errors[0];
  if (problem) throw new AthanorError('bad-file', `${place}: ${problem.message}`, { place, cause: problem });
  const project = parse(projectSchema, document.toJS(), place);
  const fail = (message: string, hint: string) => {
    throw new AthanorError('bad-input', `${place}: ${message}`, { place, hint });
  };
  const labels = project.labels.map((label) => label.name);
  const twice = (names: readonly (string | undefined)[]) =>
    names.find((one, i) => one !== undefined && names.indexOf(one) < i);
  for (const [what, names] of [
    ['labels: the name', labels],
    ['relations: the name', project.relations.map((relation) => relation.name)],
    ['labels: the hotkey', project.labels.map((label) => label.hotkey)],
  ] as const) {
    const repeated = twice(names);
    if (repeated !== undefined) fail(`${what} '${repeated}' occurs twice`, 'Give each its own.');
  }
  for (const relation of project.relations)
    for (const end of [...relation.from, ...relation.to])
      if (!labels.includes(end))
        fail(
          `relations.${relation.name}: there is no label '${end}'`,
          `Did you mean '${nearest(end, labels) ?? labels[0]}'? Labels: ${labels.join(', ')}.`,
        );
  const { rule, reviewer } = project.adjudication;
  if (rule === 'reviewer' && reviewer === undefined)
    fail('adjudication: the rule `reviewer` needs `reviewer: <annotator>`', 'Name the annotator whose word decides.');
  return project;
}

/** What an annotation says that the project does not allow. */
export function projectProblems(project: Project, annotation: Annotation): string[] {
  const problems: string[] = [];
  const labels = new Set(project.labels.map((label) => label.name));
  const labelOf = new Map(annotation.entities.map(({ id, label }) => [id, label]));
  for (const { id, label } of annotation.entities)
    if (!labels.has(label)) problems.push(`entity '${id}': '${label}' is no label of the project`);
  const types = new Map(project.relations.map((relation) => [relation.name, relation]));
  for (const { id, type, from, to } of annotation.relations) {
    const allowed = types.get(type);
    if (allowed === undefined) {
      problems.push(`relation '${id}': '${type}' is no relation of the project`);
      continue;
    }
    for (const [side, entity, names] of [
      ['from', from, allowed.from],
      ['to', to, allowed.to],
    ] as const) {
      const label = labelOf.get(entity);
      if (label !== undefined && names.length > 0 && !names.includes(label))
        problems.push(`relation '${id}': '${type}' may not go ${side} ${label}, only ${names.join(', ')}`);
    }
  }
  const whole = new Set(project.document_labels.map((label) => label.name));
  for (const label of annotation.labels)
    if (!whole.has(label)) problems.push(`document label '${label}' is none of the project`);
  return problems;
}
