import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAtSpans, rangesOf, tagsOf, tokenize, withoutOverlaps } from './bio.ts';
import { fromConll, toConll } from './conll.ts';
import { fromJsonl, toJsonl } from './jsonl.ts';
import { fromLabelStudio, labelStudioConfig, toLabelStudio } from './label-studio.ts';
import { parseProject, projectProblems } from './project.ts';
import { type AnnotatedDocument, annotationProblems, type Entity, emptyAnnotation } from './schema.ts';

function documentOf(
  id: string,
  text: string,
  spans: readonly [string, string][],
  more: Partial<AnnotatedDocument> = {},
): AnnotatedDocument {
  let from = 0;
  const entities = spans.map(([covered, label], i): Entity => {
    const start = text.indexOf(covered, from);
    from = start;
    return { id: `e${i + 1}`, start, end: start + covered.length, label, text: covered };
  });
  return { ...emptyAnnotation, id, text, meta: {}, ...more, entities };
}

const english = documentOf(
  'en-1',
  'Marie Curie was born in Warsaw. She won the Nobel Prize in 1903\nin Stockholm.',
  [
    ['Marie Curie', 'PER'],
    ['Warsaw', 'LOC'],
    ['Nobel Prize', 'MISC'],
    ['1903', 'DATE'],
    ['Stockholm', 'LOC'],
  ],
  {
    relations: [
      { id: 'r1', type: 'born-in', from: 'e1', to: 'e2' },
      { id: 'r2', type: 'won', from: 'e1', to: 'e3' },
    ],
  },
);
const chinese = documentOf('zh-1', '屠呦呦出生于浙江宁波，2015年获诺贝尔生理学或医学奖。她在北京大学读书😀𠮷。', [
  ['屠呦呦', 'PER'],
  ['浙江宁波', 'LOC'],
  ['2015年', 'DATE'],
  ['北京大学', 'ORG'],
  ['𠮷', 'MISC'],
]);
const layered: AnnotatedDocument = {
  ...chinese,
  annotator: 'li@example.org',
  labels: ['biography'],
  reasoning: [
    {
      id: 'q1',
      question: '屠呦呦哪年获奖？',
      answer: '2015年',
      steps: ['文中写到获奖年份', '即2015年'],
      evidence: [{ start: 11, end: 16, text: '2015年' }],
    },
  ],
};

describe('BIO', () => {
  it('cuts a text into words, Han characters and signs', () => {
    expect(tokenize('GPT-4于2023年 naïve。').map(({ text }) => text)).toEqual([
      'GPT',
      '-',
      '4',
      '于',
      '2023',
      '年',
      'naïve',
      '。',
    ]);
  });

  it.each([
    [
      ['B-A', 'I-A', 'O', 'B-B'],
      [
        ['A', 0, 1],
        ['B', 3, 3],
      ],
    ],
    [
      ['I-A', 'I-A', 'B-A', 'I-B'],
      [
        ['A', 0, 1],
        ['A', 2, 2],
        ['B', 3, 3],
      ],
    ],
    [
      ['S-A', 'B-A', 'E-A', 'B-A', 'M-A', 'E-A', 'O'],
      [
        ['A', 0, 0],
        ['A', 1, 2],
        ['A', 3, 5],
      ],
    ],
    [['O', 'O'], []],
  ] as const)('reads %j', (tags, ranges) => {
    expect(rangesOf(tags).map(({ label, first, last }) => [label, first, last])).toEqual(ranges);
  });

  it('keeps the longest of overlapping spans', () => {
    const spans = [
      { start: 0, end: 4, label: 'a' },
      { start: 2, end: 8, label: 'b' },
      { start: 8, end: 9, label: 'c' },
      { start: 3, end: 8, label: 'd' },
    ];
    const { kept, lost } = withoutOverlaps(spans);
    expect([kept.map(({ label }) => label), lost.map(({ label }) => label)]).toEqual([
      ['b', 'c'],
      ['d', 'a'],
    ]);
  });

  it('loses nothing from spans to tags and back', () => {
    const alphabet = fc.constantFrom('a', 'b', ' ', '\n', '中', '国', '。', '1', '😀', 'é', '-');
    fc.assert(
      fc.property(
        fc.array(alphabet, { maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(30), fc.nat(30), fc.constantFrom('A', 'B'))),
        (characters, raw) => {
          const text = characters.join('');
          const ends = [0, ...characters.map((_, i) => characters.slice(0, i + 1).join('').length)];
          const spans = raw.flatMap(([a, b, label]) => {
            const [start, end] = [Math.min(a, b), Math.max(a, b)].map((n) => ends[Math.min(n, ends.length - 1)]!) as [
              number,
              number,
            ];
            const covered = text.slice(start, end);
            return covered.trim() === covered && covered !== '' ? [{ start, end, label }] : [];
          });
          const { kept } = withoutOverlaps(spans);
          const tokens = cutAtSpans(tokenize(text), kept);
          expect(tokens.map((token) => token.text)).toEqual(tokens.map(({ start, end }) => text.slice(start, end)));
          expect(tokens.map((token) => token.text).join('')).toBe(text.replace(/\s/g, ''));
          const back = rangesOf(tagsOf(tokens, kept)).map(({ label, first, last }) => ({
            label,
            start: tokens[first]!.start,
            end: tokens[last]!.end,
          }));
          expect(back).toEqual(kept.map(({ label, start, end }) => ({ label, start, end })));
        },
      ),
    );
  });
});

const spansOf = ({ entities }: AnnotatedDocument) =>
  entities.map(({ start, end, label, text }) => [start, end, label, text]);

describe('CoNLL', () => {
  it.each(['conll-2', 'conll-4', 'multihead'] as const)('%s: writes, reads back onto the text', (layout) => {
    const { text, losses } = toConll([english, chinese], layout);
    expect(losses).toEqual([]);
    const back = fromConll(text, 'x.conll', [english.text, chinese.text]);
    expect(back.map(spansOf)).toEqual([english, chinese].map(spansOf));
    if (layout !== 'conll-4') expect(back.map(({ id }) => id)).toEqual(['en-1', 'zh-1']);
    if (layout === 'multihead')
      expect(back[0]!.relations.map(({ type, from, to }) => [type, from, to])).toEqual([
        ['born-in', 'e1', 'e2'],
        ['won', 'e1', 'e3'],
      ]);
  });

  it('writes what everybody reads', () => {
    const { text } = toConll(
      [
        documentOf('d', '李白在长安。', [
          ['李白', 'PER'],
          ['长安', 'LOC'],
        ]),
      ],
      'conll-2',
    );
    expect(text).toBe('#doc d\n李\tB-PER\n白\tI-PER\n在\tO\n长\tB-LOC\n安\tI-LOC\n。\tO\n');
    expect(toConll([english], 'conll-4').text.split('\n').slice(0, 5)).toEqual([
      '-DOCSTART- -X- -X- O',
      '',
      'Marie -X- _ B-PER',
      'Curie -X- _ I-PER',
      'was -X- _ O',
    ]);
  });

  it('reads CoNLL-2003 (IOB1, four columns), without a text', () => {
    const [document] = fromConll(
      '-DOCSTART- -X- -X- O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\nGerman JJ I-NP I-MISC\ncall NN I-NP O\n. . O O\n\nPeter NNP I-NP I-PER\nBlackburn NNP I-NP I-PER\n',
      'eng.testa',
    );
    expect(document!.text).toBe('EU rejects German call .\nPeter Blackburn');
    expect(spansOf(document!)).toEqual([
      [0, 2, 'ORG', 'EU'],
      [11, 17, 'MISC', 'German'],
      [25, 40, 'PER', 'Peter Blackburn'],
    ]);
  });

  it('reads the multi-head files of Bekoulis et al., and tokens that are escaped', () => {
    const file =
      "#doc 5121\n0\tJohn\tB-Peop\t['N']\t[0]\n1\tWilkes\tI-Peop\t['Kill', 'Live_In']\t[3, 5]\n2\tshot\tO\t['N']\t[2]\n3\tLincoln\tB-Peop\t['N']\t[3]\n4\t-LRB-\tO\t['N']\t[4]\n5\tUS\tB-Loc\t['N']\t[5]\n";
    const [document] = fromConll(file, 'train.txt', ['John Wilkes shot Lincoln (US']);
    expect(document!.relations).toEqual([
      { id: 'r1', type: 'Kill', from: 'e1', to: 'e2' },
      { id: 'r2', type: 'Live_In', from: 'e1', to: 'e3' },
    ]);
    expect(spansOf(document!).at(-1)).toEqual([26, 28, 'Loc', 'US']);
  });

  it('names line and reason where a file is wrong', () => {
    expect(() => fromConll('a\tB-X\nb c d\n', 'x.conll')).toThrow(/x\.conll:2: 'b c d'/);
    expect(() => fromConll('a\tB-X\nc\tO\n', 'x.conll', ['a b'])).toThrow(
      /x\.conll:2: the token 'c' is not what the text has at 2: 'b'/,
    );
    expect(() => fromConll('a\tO\n', 'x.conll', ['a', 'b'])).toThrow(/1 documents, 2 texts/);
  });

  it('takes the sign # for a token, and a comment for none', () => {
    const text = 'C # is\n# 9 and #1。# 号';
    const document = documentOf('a', text, [['#', 'SIGN']]);
    for (const layout of ['conll-2', 'conll-4', 'multihead'] as const)
      expect(fromConll(toConll([document], layout).text, 'x', [text])[0]!.entities).toMatchObject([
        { start: 2, end: 3, label: 'SIGN' },
      ]);
    expect(fromConll('# text = a\n# a comment\na\tB-X\n', 'x')[0]).toMatchObject({ text: 'a' });
  });

  it('reports what BIO cannot hold', () => {
    const nested = documentOf('n', '北京大学图书馆', [
      ['北京大学图书馆', 'ORG'],
      ['北京', 'LOC'],
    ]);
    expect(toConll([nested], 'conll-2').losses).toMatchObject([{ document: 'n', entities: [{ label: 'LOC' }] }]);
  });
});

describe('JSONL', () => {
  it('keeps everything, in either unit', () => {
    for (const unit of ['utf16', 'code-points'] as const) {
      const text = toJsonl([layered, english], unit);
      expect(fromJsonl(text, 'x.jsonl', unit)).toEqual([layered, english]);
    }
    const points = JSON.parse(toJsonl([chinese], 'code-points')).entities.at(-1);
    expect([...chinese.text].slice(points.start, points.end).join('')).toBe('𠮷');
  });

  it('says which unit is wrong', () => {
    expect(() => fromJsonl(toJsonl([chinese], 'code-points'), 'x.jsonl')).toThrow(
      /x\.jsonl:1: entity 'e5': \[\d+, \d+\) covers/,
    );
    expect(() => fromJsonl('{"id":"a"}\n', 'x.jsonl')).toThrow(/text/);
    expect(() => fromJsonl('{"id":\n', 'x.jsonl')).toThrow(/x\.jsonl:1: not valid JSON/);
  });

  it('finds what does not fit', () => {
    const bad = {
      ...english,
      relations: [{ id: 'r', type: 't', from: 'e1', to: 'e9' }],
      entities: [...english.entities, { id: 'e1', start: 5, end: 900, label: 'X' }],
    };
    expect(annotationProblems(bad.text, bad)).toEqual([
      "entity 'e1': the id occurs twice",
      "entity 'e1': [5, 900) lies outside the text of 77 units",
      "relation 'r': there is no entity 'e9'",
    ]);
  });
});

describe('Label Studio', () => {
  it('round trip: entities, relations, labels, reasoning, two annotators, pre-annotations', () => {
    const second = { ...english, annotator: '7' };
    const first = { ...english, annotator: 'a@b.c' };
    const back = fromLabelStudio(toLabelStudio([layered, first, second]), 'x.json');
    expect(back.documents).toEqual([layered, first, second]);
    expect([back.leftOut, back.cancelled]).toEqual([{}, 0]);
    expect(fromLabelStudio(toLabelStudio([chinese, english]), 'x.json').documents).toEqual([chinese, english]);
    const tasks = JSON.parse(toLabelStudio([chinese, first, second]));
    expect(
      tasks.map((task: { annotations: unknown[]; predictions: unknown[] }) => [
        task.annotations.length,
        task.predictions.length,
      ]),
    ).toEqual([
      [0, 1],
      [2, 0],
    ]);
    const predicted = fromLabelStudio(JSON.stringify(tasks), 'x.json', { predictions: true }).documents[0]!;
    expect(spansOf(predicted)).toEqual(spansOf(chinese));
  });

  // The envelope (fields around `result`) is that of exports in label-studio-converter's own tests (Apache-2.0); the regions are ours.
  const exported = (result: object[], text = 'Jane met 张三😀 in Oslo.') => [
    {
      id: 12,
      annotations: [
        {
          id: 9,
          completed_by: { id: 1, email: 'test@example.com', first_name: '', last_name: '' },
          result,
          reviews: [],
          last_action: 'submitted',
          was_cancelled: false,
          ground_truth: false,
          created_at: '2022-11-04T18:50:53.017134Z',
          lead_time: 10.744,
          prediction: {},
          result_count: 0,
          task: 12,
          parent_prediction: null,
        },
        { id: 10, completed_by: 2, result: [], was_cancelled: true },
      ],
      file_upload: 'd06c405d-news.json',
      drafts: [],
      predictions: [3],
      agreement: 100.0,
      data: { text, source: 'news' },
      meta: {},
      inner_id: 1,
      total_annotations: 1,
      project: 3,
      comment_authors: [],
    },
  ];
  const region = (id: string, start: number, end: number, text: string, labels: string[]) => ({
    value: { start, end, text, labels },
    id,
    from_name: 'label',
    to_name: 'text',
    type: 'labels',
    origin: 'manual',
  });

  it('reads an export, its offsets in code points or (older) in UTF-16', () => {
    for (const oslo of [16, 17]) {
      const result = [
        region('xA1', 0, 4, 'Jane', ['PER', 'AUTHOR']),
        region('xB2', 9, 11, '张三', ['PER']),
        region('xC3', oslo, oslo + 4, 'Oslo', ['LOC']),
        { from_id: 'xA1', to_id: 'xC3', type: 'relation', direction: 'right', labels: ['lives-in'] },
        { from_id: 'xB2', to_id: 'xC3', type: 'relation', direction: 'left' },
        { id: 'k', type: 'choices', from_name: 'topic', to_name: 'text', value: { choices: ['news'] } },
        { id: 'r', type: 'rectanglelabels', from_name: 'box', to_name: 'image', value: { x: 1, y: 2 } },
      ];
      const { documents, leftOut, cancelled } = fromLabelStudio(JSON.stringify(exported(result)), 'export.json');
      expect(documents).toHaveLength(1);
      const document = documents[0]!;
      expect(document).toMatchObject({
        id: '12',
        annotator: 'test@example.com',
        labels: ['news'],
        meta: { source: 'news' },
      });
      expect(spansOf(document)).toEqual([
        [0, 4, 'PER', 'Jane'],
        [0, 4, 'AUTHOR', 'Jane'],
        [9, 11, 'PER', '张三'],
        [17, 21, 'LOC', 'Oslo'],
      ]);
      expect(document.relations.map(({ type, from, to }) => [type, from, to])).toEqual([
        ['lives-in', 'xA1', 'xC3'],
        ['related', 'xC3', 'xB2'],
      ]);
      expect([leftOut, cancelled]).toEqual([{ rectanglelabels: 1 }, 1]);
    }
  });

  it('says what is wrong', () => {
    const wrong = JSON.stringify(exported([region('a', 0, 4, 'John', ['PER'])]));
    expect(() => fromLabelStudio(wrong, 'e.json')).toThrow(
      /e\.json: task 12: entity 'a': \[0, 4\) covers 'Jane', not 'John'/,
    );
    expect(() => fromLabelStudio('{"a":1}', 'e.json')).toThrow(/expected array/i);
    expect(() => fromLabelStudio('[{"data":{"body":"x"}}]', 'e.json')).toThrow(/data\.text is not a text/);
    expect(() => fromLabelStudio('[', 'e.json')).toThrow(/not valid JSON/);
  });
});

describe('project file', () => {
  const yaml = `
name: people
language: zh-Hans
guidelines: |
  # 怎样标注
  只标专名。
labels:
  - { name: PER, description: People, colour: '#3b82f6', hotkey: p }
  - { name: ORG, description: 'Companies & "schools"' }
relations:
  - { name: works-for, from: [PER], to: [ORG] }
document_labels: [{ name: news }]
reasoning: true
annotators: [li, wang, zhao]
adjudication: { rule: reviewer, reviewer: zhao }
`;
  it('reads labels, relations and guidelines, and checks annotations by them', () => {
    const project = parseProject(yaml, 'p.yaml');
    expect(project.guidelines).toContain('只标专名');
    expect(projectProblems(project, { ...english, labels: ['sport'] })).toEqual([
      "entity 'e2': 'LOC' is no label of the project",
      "entity 'e3': 'MISC' is no label of the project",
      "entity 'e4': 'DATE' is no label of the project",
      "entity 'e5': 'LOC' is no label of the project",
      "relation 'r1': 'born-in' is no relation of the project",
      "relation 'r2': 'won' is no relation of the project",
      "document label 'sport' is none of the project",
    ]);
    const wrong = documentOf(
      'd',
      'IBM Ann',
      [
        ['IBM', 'ORG'],
        ['Ann', 'PER'],
      ],
      { relations: [{ id: 'r', type: 'works-for', from: 'e1', to: 'e2' }] },
    );
    expect(projectProblems(project, wrong)).toEqual([
      "relation 'r': 'works-for' may not go from ORG, only PER",
      "relation 'r': 'works-for' may not go to PER, only ORG",
    ]);
    expect(labelStudioConfig(project)).toContain('<Label value="ORG" hint="Companies &amp; &quot;schools&quot;"/>');
  });

  it.each([
    ['label: []', /unknown key 'label'/],
    ['labels: [{ name: A }, { name: A }]', /name 'A' occurs twice/],
    ['labels: [{ name: A, hotkey: x }, { name: B, hotkey: x }]', /hotkey 'x' occurs twice/],
    ['labels: [{ name: PER }]\nrelations: [{ name: r, from: [PR] }]', /no label 'PR'/],
    ['labels: [{ name: "has space" }]', /labels\[0\]\.name: expected letters/],
    ['adjudication: { rule: reviewer }', /needs `reviewer/],
    ['labels: [', /p\.yaml/],
  ])('%s', (lines, message) => expect(() => parseProject(`name: x\n${lines}`, 'p.yaml')).toThrow(message));
});
