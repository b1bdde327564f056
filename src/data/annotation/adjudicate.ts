/** From several annotations of one document to one, by a rule; what was not agreed on is listed. */
import { AthanorError } from '../../core/index.ts';
import {
  type AnnotatedDocument,
  type Annotation,
  byPosition,
  type Entity,
  type Reasoning,
  type Relation,
} from './schema.ts';

export interface AdjudicationRule {
  readonly rule: 'majority' | 'unanimous' | 'reviewer';
  readonly reviewer?: string | undefined;
}

/** Something that not all annotators say. */
export interface Conflict {
  readonly document: string;
  readonly kind: 'entity' | 'relation' | 'reasoning' | 'label';
  /** For people: `PER [3, 7) 'Jane'`. */
  readonly what: string;
  readonly by: readonly string[];
  readonly notBy: readonly string[];
  readonly kept: boolean;
}

export interface Adjudicated {
  readonly document: AnnotatedDocument;
  readonly conflicts: readonly Conflict[];
}

/**
 * @param versions annotations of one document by different annotators
 * @throws AthanorError('bad-input') when texts differ, an annotator occurs twice, or the reviewer is not among them
 */
export function adjudicate(versions: readonly AnnotatedDocument[], rule: AdjudicationRule): Adjudicated {
  const [first] = versions;
  if (first === undefined) throw new AthanorError('bad-input', 'adjudication needs at least one annotation');
  const names = versions.map(({ annotator }, i) => annotator ?? `#${i + 1}`);
  const other = versions.find(({ id, text }) => id !== first.id || text !== first.text);
  if (other)
    throw new AthanorError('bad-input', `annotations of '${first.id}' and '${other.id}' are not of one text`, {
      place: first.id,
    });
  if (new Set(names).size !== names.length)
    throw new AthanorError('bad-input', `'${first.id}' is annotated twice by one annotator: ${names.join(', ')}`, {
      place: first.id,
    });
  const reviewer = rule.rule === 'reviewer' ? names.indexOf(rule.reviewer ?? '') : -1;
  if (rule.rule === 'reviewer' && reviewer < 0)
    throw new AthanorError('bad-input', `'${first.id}' has no annotation by the reviewer '${rule.reviewer ?? ''}'`, {
      place: first.id,
      hint: `Annotators: ${names.join(', ')}.`,
    });
  const conflicts: Conflict[] = [];
  const choose = <Item>(
    kind: Conflict['kind'],
    given: (annotation: Annotation) => readonly Item[],
    keyOf: (item: Item, annotation: Annotation) => string,
    say: (item: Item) => string,
  ): Map<string, Item> => {
    const votes = new Map<string, { item: Item; by: Set<number> }>();
    for (const [n, version] of versions.entries())
      for (const item of given(version)) {
        const key = keyOf(item, version);
        const vote = votes.get(key) ?? { item, by: new Set() };
        votes.set(key, vote);
        vote.by.add(n);
        // The reviewer's own wording is kept.
        if (n === reviewer) vote.item = item;
      }
    const kept = new Map<string, Item>();
    for (const [key, { item, by }] of votes) {
      const wins =
        reviewer >= 0
          ? by.has(reviewer)
          : rule.rule === 'unanimous'
            ? by.size === versions.length
            : by.size * 2 > versions.length;
      if (wins) kept.set(key, item);
      if (by.size === versions.length) continue;
      const said = (yes: boolean) => names.filter((_, n) => by.has(n) === yes);
      conflicts.push({ document: first.id, kind, what: say(item), by: said(true), notBy: said(false), kept: wins });
    }
    return kept;
  };
  const entityKey = ({ start, end, label }: Entity) => `${start}\0${end}\0${label}`;
  const showEntity = (one: Entity) =>
    `${one.label} [${one.start}, ${one.end}) '${first.text.slice(one.start, one.end)}'`;
  const entities = choose('entity', (one) => one.entities, entityKey, showEntity);
  const ids = new Map([...entities.keys()].map((key, i) => [key, `e${i + 1}`]));
  const relationKey = (relation: Relation, { entities: all }: Annotation) => {
    const end = (id: string) => entityKey(all.find((entity) => entity.id === id)!);
    return `${relation.type}\u0001${end(relation.from)}\u0001${end(relation.to)}`;
  };
  const relations = choose(
    'relation',
    (one) => one.relations,
    relationKey,
    ({ type, from, to }) => `${type} from ${from} to ${to}`,
  );
  const reasoning = choose(
    'reasoning',
    (one) => one.reasoning,
    reasoningKey,
    ({ question, answer }) => `${question ?? ''} → ${answer}`,
  );
  const labels = choose(
    'label',
    (one) => one.labels,
    (label) => label,
    (label) => label,
  );
  const keptRelations: Relation[] = [];
  for (const key of relations.keys()) {
    const [type, from, to] = key.split('\u0001') as [string, string, string];
    // A relation falls with its entities.
    if (ids.has(from) && ids.has(to))
      keptRelations.push({ id: `r${keptRelations.length + 1}`, type, from: ids.get(from)!, to: ids.get(to)! });
  }
  const document: AnnotatedDocument = {
    id: first.id,
    text: first.text,
    meta: first.meta,
    entities: [...entities].map(([key, entity]) => ({ ...entity, id: ids.get(key)! })).sort(byPosition),
    relations: keptRelations,
    reasoning: [...reasoning.values()].map((one, i) => ({ ...one, id: `q${i + 1}` })),
    labels: [...labels.values()],
  };
  return { document, conflicts };
}

/** Answers agree when they are equal but for case and white space. */
function reasoningKey({ question, answer }: Reasoning): string {
  const plain = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
  return `${plain(question ?? '')}\0${plain(answer)}`;
}
