import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Workspace } from '../workspace.ts';
import { adjudicate } from './adjudicate.ts';
import { cohenKappa, fleissKappa, krippendorffAlpha, spanF1, tokenTags } from './agreement.ts';
import { ahoCorasick, foldCase } from './aho-corasick.ts';
import { preAnnotator } from './pre-annotate.ts';
import { longestCommonSubsequence, RougePool, rougeL, rougeN, rougeTokens } from './rouge.ts';
import { type AnnotatedDocument, emptyAnnotation } from './schema.ts';
import { AnnotationStore } from './store.ts';

describe('agreement', () => {
  it('Cohen: the worked example of Wikipedia, extremes, weights', () => {
    const [first, second]: [string[], string[]] = [[], []];
    for (const [a, b, n] of [
      ['y', 'y', 20],
      ['y', 'n', 5],
      ['n', 'y', 10],
      ['n', 'n', 15],
    ] as const)
      for (let i = 0; i < n; i++) {
        first.push(a);
        second.push(b);
      }
    expect(cohenKappa(first, second)).toBeCloseTo(0.4, 12);
    expect(cohenKappa([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(cohenKappa(['a', 'b'], ['b', 'a'])).toBe(-1);
    expect(cohenKappa(['a'], ['a'])).toBeNaN();
    expect(cohenKappa([1, 2, 3, 3], [1, 2, 3, 2], 'quadratic')).toBeGreaterThan(cohenKappa([1, 2, 3, 3], [1, 2, 3, 2]));
    expect(() => cohenKappa([1], [])).toThrow(/one length/);
  });

  it("Fleiss: the example of Fleiss' paper as Wikipedia gives it", () => {
    const table = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    expect(fleissKappa(table)).toBeCloseTo(0.2099, 4);
    expect(() =>
      fleissKappa([
        [1, 1],
        [2, 1],
      ]),
    ).toThrow(/same number of votes/);
  });

  it('Krippendorff: the example of Krippendorff 2011 §B (two observers, binary) and §C (missing values)', () => {
    const a = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0];
    const b = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0];
    expect(krippendorffAlpha([a, b])).toBeCloseTo(0.095, 3);
    const _ = undefined;
    const four = [
      [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
      [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
      [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
      [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ];
    expect(krippendorffAlpha(four)).toBeCloseTo(0.743, 3);
  });

  it('span F1: exact and partial', () => {
    const gold = [
      [
        { start: 0, end: 4, label: 'A' },
        { start: 6, end: 9, label: 'B' },
      ],
      [{ start: 0, end: 2, label: 'A' }],
    ];
    const given = [
      [
        { start: 0, end: 4, label: 'A' },
        { start: 7, end: 9, label: 'B' },
        { start: 6, end: 7, label: 'B' },
      ],
      [],
    ];
    expect(spanF1(gold, given).micro).toEqual({
      precision: 1 / 3,
      recall: 1 / 3,
      f1: 1 / 3,
      support: 3,
      predicted: 3,
      matched: 1,
    });
    const partial = spanF1(gold, given, 'partial');
    expect([partial.micro.matched, partial.labels.B!.matched, partial.labels.A!.recall]).toEqual([1.5, 0.5, 0.5]);
    expect(spanF1(gold, gold).macroF1).toBe(1);
    expect(spanF1([[]], [[]]).micro.f1).toBe(0);
  });
});

const version = (annotator: string, more: Partial<AnnotatedDocument> = {}): AnnotatedDocument => ({
  ...emptyAnnotation,
  id: 'd',
  text: '李白 met Du Fu in Luoyang',
  meta: {},
  annotator,
  ...more,
});
const li = { id: 'a', start: 0, end: 2, label: 'PER' };
const du = { id: 'b', start: 7, end: 12, label: 'PER' };
const luoyang = { id: 'c', start: 16, end: 23, label: 'LOC' };

describe('adjudication', () => {
  const versions = [
    version('ann', {
      entities: [li, du],
      relations: [{ id: 'x', type: 'met', from: 'a', to: 'b' }],
      labels: ['history'],
    }),
    version('bob', {
      entities: [{ ...du, id: 'q' }, { ...li, id: 'p' }, luoyang],
      relations: [{ id: 'y', type: 'met', from: 'p', to: 'q' }],
      reasoning: [{ id: 'q', question: 'Who?', answer: 'Du  Fu', steps: [], evidence: [] }],
    }),
    version('cai', {
      entities: [li],
      reasoning: [{ id: 'z', question: 'who?', answer: 'du fu', steps: [], evidence: [] }],
    }),
  ];

  it('majority: what more than half say; conflicts are listed', () => {
    const { document, conflicts } = adjudicate(versions, { rule: 'majority' });
    expect(document.entities.map(({ start, label }) => [start, label])).toEqual([
      [0, 'PER'],
      [7, 'PER'],
    ]);
    expect(document.relations).toEqual([{ id: 'r1', type: 'met', from: 'e1', to: 'e2' }]);
    expect(document.reasoning).toHaveLength(1);
    expect([document.labels, document.annotator]).toEqual([[], undefined]);
    expect(conflicts.map(({ kind, what, by, kept }) => [kind, what, by.join(), kept])).toEqual([
      ['entity', "PER [7, 12) 'Du Fu'", 'ann,bob', true],
      ['entity', "LOC [16, 23) 'Luoyang'", 'bob', false],
      ['relation', 'met from a to b', 'ann,bob', true],
      ['reasoning', 'Who? → Du  Fu', 'bob,cai', true],
      ['label', 'history', 'ann', false],
    ]);
  });

  it('unanimous and reviewer', () => {
    expect(adjudicate(versions, { rule: 'unanimous' }).document.entities.map(({ start }) => start)).toEqual([0]);
    const reviewed = adjudicate(versions, { rule: 'reviewer', reviewer: 'bob' });
    expect(reviewed.document.entities.map(({ start }) => start)).toEqual([0, 7, 16]);
    expect(() => adjudicate(versions, { rule: 'reviewer', reviewer: 'eve' })).toThrow(
      /no annotation by the reviewer 'eve'/,
    );
    expect(() => adjudicate([versions[0]!, versions[0]!], { rule: 'majority' })).toThrow(/twice/);
    expect(() => adjudicate([versions[0]!, { ...versions[1]!, text: 'x' }], { rule: 'majority' })).toThrow(
      /not of one text/,
    );
  });

  it('feeds κ over tokens', () => {
    const tags = tokenTags(
      versions[0]!.text,
      versions.map(({ entities }) => entities),
    );
    expect(tags[0]).toEqual(['B-PER', 'I-PER', 'O', 'B-PER', 'I-PER', 'O', 'O']);
    expect(cohenKappa(tags[0]!, tags[1]!)).toBeGreaterThan(0.5);
  });
});

describe('pre-annotation', () => {
  it('finds what a plain search finds (property)', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '中'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '中', 'c'), maxLength: 40 }),
        (words, text) => {
          const expected = words.flatMap((one, n) =>
            Array.from({ length: text.length }, (_, i) => i)
              .filter((i) => text.startsWith(one, i))
              .map((start) => `${start} ${start + one.length} ${n}`),
          );
          const found = [...ahoCorasick(words).matches(text)].map(({ start, end, word: n }) => `${start} ${end} ${n}`);
          expect(found.sort()).toEqual(expected.sort());
        },
      ),
    );
  });

  it('takes the longest word, whole words in English, any in Chinese', () => {
    const annotate = preAnnotator(
      [],
      [
        {
          label: 'LOC',
          words: ['北京', '北京大学', '大学', 'York', 'New York'],
          ignore_case: false,
          whole_words: true,
        },
        { label: 'ORG', words: ['ibm'], ignore_case: true, whole_words: true },
      ],
    );
    expect(
      annotate('我在北京大学和北京。Yorkshire, New York; IBM and IBMs').map(({ text, label, start }) => [
        text,
        label,
        start,
      ]),
    ).toEqual([
      ['北京大学', 'LOC', 2],
      ['北京', 'LOC', 7],
      ['New York', 'LOC', 21],
      ['IBM', 'ORG', 31],
    ]);
    expect(foldCase('É'.charCodeAt(0))).toBe('é'.charCodeAt(0));
  });

  it('rules: groups, names, cases; the longest of overlapping ones; errors', () => {
    const annotate = preAnnotator(
      [
        { pattern: '(\\d{4})年', label: 'YEAR', group: 1, ignore_case: false },
        { pattern: 'dr\\. (?<who>\\p{Lu}\\p{L}+)', label: 'PER', group: 'who', ignore_case: true },
        { pattern: '\\d{4}年\\d月', label: 'DATE', group: 0, ignore_case: false },
        { pattern: 'x*', label: 'EMPTY', group: 0, ignore_case: false },
      ],
      [],
    );
    expect(annotate('Dr. Who, 1998年2月, 2001年').map(({ text, label, source }) => [text, label, source])).toEqual([
      ['Who', 'PER', 'rule:2'],
      ['1998年2月', 'DATE', 'rule:3'],
      ['2001', 'YEAR', 'rule:1'],
    ]);
    expect(() => preAnnotator([{ pattern: '(', label: 'X', group: 0, ignore_case: false }], [])).toThrow(
      /rules\[0\]\.pattern/,
    );
  });

  it('stays linear on hostile text', () => {
    const annotate = preAnnotator(
      [],
      [{ label: 'A', words: ['a'.repeat(2000), `${'a'.repeat(500)}b`], ignore_case: false, whole_words: false }],
    );
    const started = performance.now();
    expect(annotate(`${'a'.repeat(1999)}b`.repeat(250)).length).toBe(250);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('ROUGE', () => {
  it('the examples of Lin 2004 §3', () => {
    const [reference, first, second] = [
      'police killed the gunman',
      'police kill the gunman',
      'the gunman kill police',
    ].map((text) => rougeTokens(text, 'ascii'));
    expect(rougeL(reference!, first!).f1).toBe(0.75);
    expect(rougeL(reference!, second!).f1).toBe(0.5);
    expect(rougeN(reference!, first!, 2)).toMatchObject({ recall: 1 / 3, precision: 1 / 3 });
    expect(rougeL([], first!).f1).toBe(0);
  });

  it('Chinese by characters', () => {
    expect(rougeTokens('写一首关于春天的诗。Write a poem')).toEqual([...'写一首关于春天的诗', 'write', 'a', 'poem']);
    expect(rougeL(rougeTokens('写一首关于春天的诗'), rougeTokens('写一首关于秋天的诗')).f1).toBeCloseTo(8 / 9, 12);
  });

  it('the pool answers as comparing with each does (property)', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', '中'), { maxLength: 8 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(text), text, fc.constantFrom(0.3, 0.5, 0.7, 1), (known, given, limit) => {
        const pool = new RougePool();
        for (const one of known) pool.add(one);
        const index = known.findIndex((one) => rougeL(rougeTokens(one), rougeTokens(given)).f1 >= limit);
        expect(pool.closer(given, limit)?.index ?? -1).toBe(index);
      }),
    );
    expect(longestCommonSubsequence([...'ABCBDAB'], [...'BDCABA'])).toBe(4);
  });
});

describe('store', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'athanor-annotations-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('appends events and shows the present state', () => {
    const store = new AnnotationStore(new Workspace(root), '人物');
    const text = '李白 in Luoyang';
    const annotation = { entities: [{ id: 'e1', start: 0, end: 2, label: 'PER' }] };
    expect(store.annotators()).toEqual([]);
    store.append('li', { time: '2026-01-01T00:00:00Z', document: 'd1', action: 'save', annotation }, text);
    store.append('li', { time: '2026-01-01T00:01:00Z', document: 'd2', action: 'skip', comment: 'garbled' }, text);
    const last = store.append('li', { time: '2026-01-01T00:02:00Z', document: 'd1', action: 'submit' }, text);
    store.append('wang@x.cn', { time: '2026-01-01T00:03:00Z', document: 'd1', action: 'save' }, text);
    expect(last.number).toBe(3);
    const reopened = new AnnotationStore(new Workspace(root), '人物');
    expect(reopened.annotators()).toEqual(['li', 'wang@x.cn']);
    const view = reopened.view('li');
    expect(view.get('d1')).toMatchObject({ status: 'submitted', events: 2, annotation });
    expect(view.get('d2')).toMatchObject({ status: 'skipped', comments: ['garbled'] });
  });

  it('refuses what does not fit, survives a half-written line', () => {
    const store = new AnnotationStore(new Workspace(root), 'p');
    const bad = { entities: [{ id: 'e1', start: 0, end: 20, label: 'PER' }] };
    expect(() => store.append('li', { time: 't', document: 'd', action: 'save', annotation: bad }, 'short')).toThrow(
      /'d': entity 'e1'/,
    );
    expect(() => store.append('../x', { time: 't', document: 'd', action: 'save' }, '')).toThrow(
      /cannot be the name of an annotator/,
    );
    expect(() => new AnnotationStore(new Workspace(root), 'a/b')).toThrow(/cannot be the name of a project/);
    store.append('li', { time: 't', document: 'd1', action: 'save' }, '');
    const file = join(store.directory, 'li.events.jsonl');
    appendFileSync(file, '{"number":2,"time":"t","docu');
    store.append('li', { time: 't', document: 'd2', action: 'save' }, '');
    expect(store.events('li').map(({ number, document }) => [number, document])).toEqual([
      [1, 'd1'],
      [2, 'd2'],
    ]);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4);
    // What another process appends is counted too.
    new AnnotationStore(new Workspace(root), 'p').append('li', { time: 't', document: 'd3', action: 'save' }, '');
    expect(store.append('li', { time: 't', document: 'd4', action: 'save' }, '').number).toBe(4);
  });
});
