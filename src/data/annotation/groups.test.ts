import { describe, expect, it } from 'vitest';
import { annotationFormat, readAnnotations, writeAnnotations } from './exchange.ts';
import { adjudicateAll, agreementOfPairs, groupAnnotations, ruleNamed } from './groups.ts';
import { parseProject } from './project.ts';
import { type AnnotatedDocument, emptyAnnotation } from './schema.ts';

const texts = ['李白住在长安', 'Ann met Bob in Oslo'];
const version = (i: number, annotator: string, spans: [number, number, string][]): AnnotatedDocument => ({
  ...emptyAnnotation,
  id: `d${i}`,
  text: texts[i]!,
  meta: {},
  annotator,
  entities: spans.map(([start, end, label], n) => ({
    id: `e${n + 1}`,
    start,
    end,
    label,
    text: texts[i]!.slice(start, end),
  })),
});
const documents = [
  version(0, 'a', [
    [0, 2, 'PER'],
    [4, 6, 'LOC'],
  ]),
  version(1, 'a', [
    [0, 3, 'PER'],
    [15, 19, 'LOC'],
  ]),
  version(0, 'b', [
    [0, 2, 'PER'],
    [2, 6, 'LOC'],
  ]),
  version(1, 'b', [[0, 3, 'PER']]),
  version(0, 'c', [
    [0, 2, 'PER'],
    [4, 6, 'LOC'],
  ]),
];

describe('groups', () => {
  it('agreement of pairs, over what both annotated', () => {
    const pairs = agreementOfPairs(groupAnnotations(documents));
    expect(
      pairs.map(({ annotators, documents: n, exact, partial }) => [
        annotators.join(''),
        n,
        exact.toFixed(3),
        partial.toFixed(3),
      ]),
    ).toEqual([
      ['ab', 2, '0.571', '0.714'],
      ['ac', 1, '1.000', '1.000'],
      ['bc', 1, '0.500', '0.750'],
    ]);
    expect(pairs[1]!.kappa).toBe(1);
    expect(agreementOfPairs(groupAnnotations([]))).toEqual([]);
  });

  it('adjudicates all by the rule of the command, the project, or the majority', () => {
    const project = parseProject('name: p\nadjudication: { rule: reviewer, reviewer: b }\n', 'p.yaml');
    const spans = (rule: ReturnType<typeof ruleNamed>) =>
      adjudicateAll(groupAnnotations(documents.filter(({ id }) => id === 'd0')), rule)[0]!.document.entities.map(
        ({ start, end }) => [start, end],
      );
    expect(spans(ruleNamed(undefined, undefined, undefined))).toEqual([
      [0, 2],
      [4, 6],
    ]);
    expect(spans(ruleNamed(undefined, undefined, project))).toEqual([
      [0, 2],
      [2, 6],
    ]);
    expect(spans(ruleNamed('unanimous', undefined, project))).toEqual([[0, 2]]);
    expect(() => ruleNamed('reviewer', undefined, undefined)).toThrow(/needs the name/);
    expect(() => ruleNamed('mjority', undefined, undefined)).toThrow(/unknown rule 'mjority'/);
  });

  it('formats by name or extension', () => {
    expect(['a.jsonl', 'a.json', 'a.bio'].map((path) => annotationFormat(undefined, path))).toEqual([
      'jsonl',
      'label-studio',
      'conll-2',
    ]);
    expect(() => annotationFormat(undefined, 'a.txt')).toThrow(/not known by its name/);
    expect(() => annotationFormat('conll', 'a.txt')).toThrow(/unknown annotation format/);
    for (const format of ['jsonl', 'label-studio'] as const)
      expect(readAnnotations(writeAnnotations(documents, format).text, format, 'x').length).toBe(5);
    const conll = writeAnnotations(documents.slice(0, 2), 'conll-4');
    expect(readAnnotations(conll.text, 'conll-4', 'x', { texts })[1]!.entities).toEqual(documents[1]!.entities);
  });
});
