/**
 * First proposals for annotators by a model: any OpenAI-compatible endpoint is told the project's labels and guidelines
 * and names the spans it finds as quotations; they are looked up in the text, so offsets are always right and what the
 * text does not say is left out and counted.
 */
import { z } from 'zod';
import type { ChatClient } from '../openai-client/chat-client.ts';
import { jsonIn } from './model-json.ts';
import type { Project } from './project.ts';
import type { Entity } from './schema.ts';

export interface ModelAnnotation {
  readonly entities: Entity[];
  /** Proposals that were left out: the label is unknown, or the text does not hold the quotation (again). */
  readonly leftOut: number;
  /** Whether the answer could be read at all. */
  readonly readable: boolean;
}

const proposalsSchema = z.array(z.object({ text: z.string().min(1), label: z.string().min(1) }));

export async function annotateWithModel(
  client: ChatClient,
  project: Project,
  text: string,
  signal?: AbortSignal,
): Promise<ModelAnnotation> {
  const { content } = await client.complete(
    [
      { role: 'system', content: instructionsOf(project) },
      { role: 'user', content: text },
    ],
    { signal },
  );
  const parsed = proposalsSchema.safeParse(jsonIn(content));
  if (!parsed.success) return { entities: [], leftOut: 0, readable: false };
  const labels = new Set(project.labels.map(({ name }) => name));
  const entities: Entity[] = [];
  /** Where to go on looking for a quotation: repeated ones mean repeated places. */
  const next = new Map<string, number>();
  let leftOut = 0;
  for (const { text: quoted, label } of parsed.data) {
    const start = labels.has(label) ? text.indexOf(quoted, next.get(quoted) ?? 0) : -1;
    if (start < 0) {
      leftOut++;
      continue;
    }
    const end = start + quoted.length;
    next.set(quoted, end);
    entities.push({
      id: `e${entities.length + 1}`,
      start,
      end,
      label,
      text: quoted,
      source: `model:${client.endpoint.model}`,
    });
  }
  return { entities, leftOut, readable: true };
}

function instructionsOf({ guidelines, labels }: Project): string {
  const lines = labels.map(({ name, description, examples }) => {
    const samples = examples.length > 0 ? ` (e.g. ${examples.join('; ')})` : '';
    return `- ${name}: ${description}${samples}`;
  });
  return [
    'Mark the entities in the text that the user gives. Labels:',
    ...lines,
    ...(guidelines === '' ? [] : ['', 'Guidelines:', guidelines.trim()]),
    '',
    'Answer with a JSON list and nothing else: [{"text": "<exact quotation>", "label": "<label>"}], in order of the text,',
    'an entry for every occurrence. Answer [] where there is none.',
  ].join('\n');
}
