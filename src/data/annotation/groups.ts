/** Several annotators over many documents: agreement pair by pair, and adjudication of all. */
import { AthanorError, unknownName } from '../../core/index.ts';
import { type Adjudicated, type AdjudicationRule, adjudicate } from './adjudicate.ts';
import { cohenKappa, spanF1, tokenTags } from './agreement.ts';
import type { Project } from './project.ts';
import type { AnnotatedDocument } from './schema.ts';

/** Annotations by document, in order of first appearance. */
export type AnnotationGroups = ReadonlyMap<string, readonly AnnotatedDocument[]>;

export function groupAnnotations(documents: Iterable<AnnotatedDocument>): AnnotationGroups {
  const groups = new Map<string, AnnotatedDocument[]>();
  for (const document of documents) {
    const group = groups.get(document.id) ?? [];
    group.push(document);
    groups.set(document.id, group);
  }
  return groups;
}

export interface PairAgreement {
  readonly annotators: readonly [string, string];
  /** Documents that both annotated. */
  readonly documents: number;
  /** Cohen's κ over the BIO tags of tokens; NaN where both gave one and the same tag throughout. */
  readonly kappa: number;
  /** F1 of entities, exact and partial; equal whichever of the two is the reference. */
  readonly exact: number;
  readonly partial: number;
}

/** Agreement of every two annotators over the documents that both annotated; pairs in order of names. */
export function agreementOfPairs(groups: AnnotationGroups): PairAgreement[] {
  const names = new Set<string>();
  for (const group of groups.values())
    for (const { annotator } of group) if (annotator !== undefined) names.add(annotator);
  const sorted = [...names].sort();
  return sorted.flatMap((one, i) =>
    sorted.slice(i + 1).flatMap((other): PairAgreement[] => {
      const both = [...groups.values()].flatMap((group) => {
        const [a, b] = [one, other].map((name) => group.find(({ annotator }) => annotator === name));
        return a && b ? [{ a, b }] : [];
      });
      if (both.length === 0) return [];
      const tags = both.map(({ a, b }) => tokenTags(a.text, [a.entities, b.entities]));
      const [first, second] = [both.map(({ a }) => a.entities), both.map(({ b }) => b.entities)];
      return [
        {
          annotators: [one, other],
          documents: both.length,
          kappa: cohenKappa(
            tags.flatMap((pair) => pair[0]!),
            tags.flatMap((pair) => pair[1]!),
          ),
          exact: spanF1(first, second).micro.f1,
          partial: spanF1(first, second, 'partial').micro.f1,
        },
      ];
    }),
  );
}

export function adjudicateAll(groups: AnnotationGroups, rule: AdjudicationRule): Adjudicated[] {
  return [...groups.values()].map((group) => adjudicate(group, rule));
}

const rules = ['majority', 'unanimous', 'reviewer'] as const;

/** The rule that is asked for, else the project's, else the majority. */
export function ruleNamed(
  name: string | undefined,
  reviewer: string | undefined,
  project: Project | undefined,
): AdjudicationRule {
  const rule = name === undefined ? (project?.adjudication.rule ?? 'majority') : rules.find((one) => one === name);
  if (rule === undefined) throw unknownName('rule', name ?? '', rules);
  const by = reviewer ?? project?.adjudication.reviewer;
  if (rule === 'reviewer' && by === undefined) {
    throw new AthanorError('bad-input', 'the rule reviewer needs the name of the reviewer', {
      hint: 'Name the annotator whose word decides.',
    });
  }
  return { rule, reviewer: by };
}
